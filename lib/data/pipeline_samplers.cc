#include "lib/data/pipeline_samplers.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "lib/data/pipeline_samplers_internal.h"

namespace vs::data {
namespace {

std::array<std::span<const NamedSampler>, 2> tables() { return {clip_samplers(), system_samplers()}; }

}  // namespace

std::vector<std::string> sampler_names() {
  std::vector<std::string> names;
  for (const auto& table : tables())
    for (const NamedSampler& named : table) names.emplace_back(named.type);
  return names;
}

std::unique_ptr<FrameSampler> make_sampler(StepOptions& options) {
  for (const auto& table : tables())
    for (const NamedSampler& named : table)
      if (options.type() == named.type) return named.make(options);
  return nullptr;
}

FramePlan plan_of(std::vector<int64_t> frames, int64_t clip_len) {
  FramePlan plan;
  plan.clip_len = clip_len;
  plan.num_clips = static_cast<int64_t>(frames.size()) / clip_len;
  plan.frames = std::move(frames);
  return plan;
}

}  // namespace vs::data

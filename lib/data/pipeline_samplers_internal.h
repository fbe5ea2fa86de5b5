// Tables of samplers by name; one a file.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "lib/data/pipeline_samplers.h"

namespace vs::data {

/// Longest clip and most clips of a sample: what a recipe may ask for without being a mistake.
constexpr int64_t kMostFrames = 1 << 16;

struct NamedSampler {
  const char* type;
  std::unique_ptr<FrameSampler> (*make)(StepOptions&);
};

std::span<const NamedSampler> clip_samplers();
std::span<const NamedSampler> system_samplers();

/// Frames in clips of clip_len.
FramePlan plan_of(std::vector<int64_t> frames, int64_t clip_len);

}  // namespace vs::data

#include "lib/systems/system.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "lib/core/error.h"

namespace vs::systems {
namespace {

void check_layout(const at::Tensor& imgs, InputLayout layout, const std::string& kind) {
  const bool clips = layout == InputLayout::kClips;
  const bool fits = imgs.dim() == (clips ? 6 : 5) && imgs.size(2) == 3 && imgs.numel() > 0 && imgs.is_floating_point();
  if (fits) return;
  throw DataError(kind, fmt::format("takes {} of numbers with a point, not [{}] of {}",
                                    clips ? "[N, clips, 3, T, H, W]" : "[N, M, 3, H, W]", fmt::join(imgs.sizes(), ", "),
                                    c10::toString(imgs.scalar_type())));
}

/// Where results are used. What has no values stays without.
void bring_to_cpu(Result& result) {
  for (at::Tensor* tensor : {&result.scores, &result.clip_scores, &result.stage_logits, &result.embeddings}) {
    if (tensor->defined() && !tensor->is_meta()) *tensor = tensor->to(at::kCPU);
  }
}

const at::Tensor* first_entry(nn::Module& module) {
  const auto entries = module.entries();
  return entries.empty() ? nullptr : entries.front().tensor;
}

}  // namespace

System::System(std::string kind, InputLayout layout, std::unique_ptr<nn::Module> module, nn::AverageClips average)
    : kind_(std::move(kind)),
      layout_(layout),
      module_(std::move(module)),
      root_(module_.get()),
      weight_(first_entry(*root_)),
      average_(average) {}
System::~System() = default;

void System::set_prepared(bool prepared) {
  prepared_ = prepared;
  recorded_.reset();
}

std::vector<at::Tensor> System::compute(const at::Tensor& x, const nn::TensorFunction& function) {
  return prepared_ ? recorded_(x, function) : function(x);
}

Result System::run(const at::Tensor& imgs, std::vector<uint64_t> keys) {
  check_layout(imgs, layout_, kind_);
  const std::string refused = refusal(imgs.size(layout_ == InputLayout::kClips ? 3 : 1));
  if (!refused.empty()) throw DataError(kind_, refused);
  const auto videos = static_cast<size_t>(imgs.size(0));
  if (keys.empty()) {
    keys.resize(videos);
    std::iota(keys.begin(), keys.end(), uint64_t{0});
  } else if (keys.size() != videos) {
    throw DataError(kind_, fmt::format("{} keys for {} videos", keys.size(), videos));
  }
  const at::NoGradGuard no_gradients;
  Result result = look(imgs.is_meta() ? imgs : imgs.to(device(), /*non_blocking=*/true), keys);
  if (result.clip_scores.defined())
    result.scores = nn::average_clips(result.clip_scores.flatten(0, 1), result.clip_scores.size(1), average_);
  bring_to_cpu(result);
  return result;
}

}  // namespace vs::systems

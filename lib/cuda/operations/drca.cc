#include <c10/core/DeviceGuard.h>
#include <torch/csrc/autograd/custom_function.h>

#include "lib/cuda/kernels/drca_rank.h"
#include "lib/cuda/operations/operations.h"
#include "lib/cuda/operations/stream.h"
#include "lib/nn/drca/perturbed_rank.h"

namespace vs::cuda {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Frames split into kept and dropped ones, and back.
struct GatherFrames : public torch::autograd::Function<GatherFrames> {
  static variable_list forward(AutogradContext* context, const at::Tensor& given, const at::Tensor& kept,
                               const at::Tensor& dropped) {
    const at::OptionalDeviceGuard here(given.device());
    const at::Tensor frames = given.stride(2) == 1 ? given : given.contiguous();
    const int64_t bytes = static_cast<int64_t>(frames.element_size());
    at::Tensor kept_frames = at::empty({frames.size(0), kept.size(1), frames.size(2)}, frames.options());
    at::Tensor dropped_frames = at::empty({frames.size(0), dropped.size(1), frames.size(2)}, frames.options());
    FrameRows rows;
    rows.data = frames.const_data_ptr();
    rows.videos = frames.size(0);
    rows.frame_bytes = frames.size(2) * bytes;
    rows.video_stride_bytes = frames.stride(0) * bytes;
    rows.frame_stride_bytes = frames.stride(1) * bytes;
    drca_gather(rows, kept.contiguous().const_data_ptr<int64_t>(), kept.size(1),
                dropped.contiguous().const_data_ptr<int64_t>(), dropped.size(1), kept_frames.mutable_data_ptr(),
                dropped_frames.mutable_data_ptr(), stream_of(frames));
    context->save_for_backward({kept, dropped});
    return {kept_frames, dropped_frames};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor both = at::cat({gradients[0], gradients[1]}, 1);
    // Where each frame went.
    const at::Tensor place = std::get<1>(at::cat({saved[0], saved[1]}, 1).sort(-1));
    return {both.gather(1, place.unsqueeze(-1).expand_as(both)), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

nn::drca::Split Operations::split_by_score(const at::Tensor& scores, int64_t k) const {
  if (scores.scalar_type() != at::kFloat || scores.size(1) > kMaxRankedFrames)
    return nn::drca::split_by_score_composed(scores, k);
  const at::OptionalDeviceGuard here(scores.device());
  const at::Tensor rows = scores.contiguous();
  const auto whole = scores.options().dtype(at::kLong);
  nn::drca::Split split{at::empty({rows.size(0), k}, whole), at::empty({rows.size(0), rows.size(1) - k}, whole)};
  drca_rank(rows.const_data_ptr<float>(), rows.size(0), rows.size(1), k, split.kept.mutable_data_ptr<int64_t>(),
            split.dropped.mutable_data_ptr<int64_t>(), nullptr, stream_of(rows));
  return split;
}

std::pair<at::Tensor, at::Tensor> Operations::gather_frames(const at::Tensor& frames,
                                                            const nn::drca::Split& split) const {
  const variable_list parts = GatherFrames::apply(frames, split.kept, split.dropped);
  return {parts[0], parts[1]};
}

nn::drca::Mixture Operations::perturbed_mixture(const at::Tensor& scores, const at::Tensor& noise, int64_t k,
                                                double sigma) const {
  if (scores.scalar_type() != at::kFloat || noise.scalar_type() != at::kFloat || scores.size(1) > kMaxMixedFrames)
    return nn::drca::perturbed_mixture_composed(scores, noise, k, sigma);
  const at::OptionalDeviceGuard here(scores.device());
  const int64_t videos = scores.size(0), frames = scores.size(1);
  const at::Tensor rows = scores.detach().contiguous(), draws = noise.contiguous();
  const auto made = [&](int64_t places) { return at::empty({videos, places, frames}, rows.options()); };
  const nn::drca::Mixture mean{made(k), made(frames - k)}, slope{made(k), made(frames - k)};
  MixtureArrays arrays;
  arrays.scores = rows.const_data_ptr<float>();
  arrays.noise = draws.const_data_ptr<float>();
  arrays.kept = mean.kept.mutable_data_ptr<float>();
  arrays.dropped = mean.dropped.mutable_data_ptr<float>();
  arrays.kept_slope = slope.kept.mutable_data_ptr<float>();
  arrays.dropped_slope = slope.dropped.mutable_data_ptr<float>();
  drca_mixture(arrays, videos, draws.size(1), frames, k, sigma, stream_of(rows));
  // Zero, with the gradient that the estimator says.
  const at::Tensor zero = (scores - scores.detach()).unsqueeze(1);
  return {mean.kept + slope.kept * zero, mean.dropped + slope.dropped * zero};
}

}  // namespace vs::cuda

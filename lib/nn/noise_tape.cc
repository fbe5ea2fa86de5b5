#include "lib/nn/noise_tape.h"

#include <utility>

namespace vs::nn {

at::Tensor NotedNoise::uniform(at::IntArrayRef shape, const at::TensorOptions& options) {
  draws_.push_back({Draw::Kind::kUniform, shape.vec()});
  return source_.uniform(shape, options);
}

at::Tensor NotedNoise::normal(at::IntArrayRef shape, const at::TensorOptions& options) {
  draws_.push_back({Draw::Kind::kNormal, shape.vec()});
  return source_.normal(shape, options);
}

NoiseTape::NoiseTape(std::vector<Draw> draws, at::Device device) : draws_(std::move(draws)), offsets_{0} {
  for (const Draw& draw : draws_) offsets_.push_back(offsets_.back() + c10::multiply_integers(draw.shape));
  values_ = at::empty({offsets_.back()}, at::device(device).dtype(at::kFloat));
}

void NoiseTape::refill(NoiseSource& source) {
  if (values_.numel() == 0) return;
  const at::NoGradGuard no_gradients;
  const auto host = at::device(at::kCPU).dtype(at::kFloat);
  // New memory each time: LibTorch gives out that of a copy which is under way only after it.
  const at::Tensor drawn = at::empty({values_.numel()}, host.pinned_memory(!values_.is_cpu()));
  for (size_t i = 0; i < draws_.size(); ++i) {
    const Draw& draw = draws_[i];
    const at::Tensor values =
        draw.kind == Draw::Kind::kUniform ? source.uniform(draw.shape, host) : source.normal(draw.shape, host);
    drawn.narrow(0, offsets_[i], values.numel()).copy_(values.flatten());
  }
  values_.copy_(drawn, /*non_blocking=*/true);
}

at::Tensor NoiseTape::uniform(at::IntArrayRef shape, const at::TensorOptions& options) {
  return take(Draw::Kind::kUniform, shape, options);
}

at::Tensor NoiseTape::normal(at::IntArrayRef shape, const at::TensorOptions& options) {
  return take(Draw::Kind::kNormal, shape, options);
}

at::Tensor NoiseTape::take(Draw::Kind kind, at::IntArrayRef shape, const at::TensorOptions& options) {
  TORCH_CHECK(next_ < draws_.size() && draws_[next_].kind == kind && draws_[next_].shape == shape,
              "work draws otherwise than before");
  TORCH_CHECK(options.device().type() == values_.device().type(), "work draws on another device");
  const int64_t first = offsets_[next_], count = offsets_[next_ + 1] - first;
  ++next_;
  return values_.narrow(0, first, count).view(shape).to(options.dtype());
}

}  // namespace vs::nn

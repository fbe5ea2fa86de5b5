#include "lib/nn/layers/gru.h"

#include <tuple>

namespace vs::nn {

Gru::Gru(int64_t in_features, int64_t hidden_features)
    : weight_ih_(parameter("weight_ih_l0", {3 * hidden_features, in_features})),
      weight_hh_(parameter("weight_hh_l0", {3 * hidden_features, hidden_features})),
      bias_ih_(parameter("bias_ih_l0", {3 * hidden_features})),
      bias_hh_(parameter("bias_hh_l0", {3 * hidden_features})) {}

at::Tensor Gru::forward(const at::Tensor& x) {
  const at::Tensor start = at::zeros({1, x.size(0), hidden_features()}, x.options());
  // One layer, biases, no drop-out, one direction, batch first.
  return std::get<0>(
      at::gru(x, start, {weight_ih_, weight_hh_, bias_ih_, bias_hh_}, true, 1, 0, training(), false, true));
}

at::Tensor Gru::step(const at::Tensor& x, const at::Tensor& state) {
  const Running running(*this);
  const at::Tensor before = state.defined() ? state : at::zeros({x.size(0), hidden_features()}, x.options());
  return at::gru_cell(x, before, weight_ih_, weight_hh_, bias_ih_, bias_hh_);
}

}  // namespace vs::nn

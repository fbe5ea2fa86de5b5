// A gated recurrent unit (Cho et al., EMNLP 2014).
#pragma once

#include <cstdint>
#include <string>

#include "lib/nn/module.h"

namespace vs::nn {

/// One layer over sequences [N, T, in] from a state of zeros; gives the state after each step, [N, T, hidden].
/// Entries: weight_ih_l0 [3 hidden, in], weight_hh_l0 [3 hidden, hidden], bias_ih_l0, bias_hh_l0; rows in the order
/// reset, update, new.
class Gru : public Layer {
 public:
  Gru(int64_t in_features, int64_t hidden_features);
  std::string kind() const override { return "GRU"; }
  int64_t in_features() const { return weight_ih_.size(1); }
  int64_t hidden_features() const { return weight_hh_.size(1); }
  /// One step of sequences [N, in] from their states [N, hidden] (undefined: zeros). Returns the states after it.
  at::Tensor step(const at::Tensor& x, const at::Tensor& state);

 protected:
  at::Tensor forward(const at::Tensor& x) override;

 private:
  at::Tensor &weight_ih_, &weight_hh_, &bias_ih_, &bias_hh_;
};

}  // namespace vs::nn

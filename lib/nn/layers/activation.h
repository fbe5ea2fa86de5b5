// Activations without parameters.
#pragma once

#include "lib/nn/module.h"

namespace vs::nn {

enum class Activation { kNone, kRelu, kRelu6, kGelu, kTanh, kSigmoid };

/// kGelu is the exact one, by the error function.
at::Tensor activate(const at::Tensor& x, Activation activation);

/// An activation where a reference counts it among its numbered layers.
class ActivationLayer : public Layer {
 public:
  explicit ActivationLayer(Activation activation) : activation_(activation) {}
  std::string kind() const override;

 protected:
  at::Tensor forward(const at::Tensor& x) override { return activate(x, activation_); }

 private:
  Activation activation_;
};

}  // namespace vs::nn

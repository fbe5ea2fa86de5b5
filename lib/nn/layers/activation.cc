#include "lib/nn/layers/activation.h"

#include <stdexcept>

namespace vs::nn {

at::Tensor activate(const at::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return at::relu(x);
    case Activation::kRelu6:
      return at::relu6(x);
    case Activation::kGelu:
      return at::gelu(x);
    case Activation::kTanh:
      return at::tanh(x);
    case Activation::kSigmoid:
      return at::sigmoid(x);
  }
  throw std::logic_error("no such activation");
}

std::string ActivationLayer::kind() const {
  switch (activation_) {
    case Activation::kNone:
      return "Identity";
    case Activation::kRelu:
      return "ReLU";
    case Activation::kRelu6:
      return "ReLU6";
    case Activation::kGelu:
      return "GELU";
    case Activation::kTanh:
      return "Tanh";
    case Activation::kSigmoid:
      return "Sigmoid";
  }
  return "Activation";
}

}  // namespace vs::nn

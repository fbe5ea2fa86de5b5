// Forwards of fixed shapes that a device repeats by itself (CUDA graphs).
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "lib/nn/device_backend.h"

namespace vs::nn {

/// A function of one tensor that asks the device for no value in between.
using TensorFunction = std::function<std::vector<at::Tensor>(const at::Tensor&)>;

/// Calls a function whose weights are fixed. On a device with a backend, without gradients, the second input of a shape
/// has it recorded, and from then on inputs of that shape only replay it: launching hundreds of small kernels costs
/// more than they do. Elsewhere it is called as it is. For one function, and one thread at a time.
class RecordedFunction {
 public:
  /// Undefined tensors among the results stay so.
  std::vector<at::Tensor> operator()(const at::Tensor& x, const TensorFunction& function);
  /// Forgets what was recorded: the weights are others from now on, or lie elsewhere.
  void reset() { recordings_.clear(); }

 private:
  struct Recording {
    std::vector<int64_t> shape;
    at::ScalarType dtype = at::kFloat;
    at::Tensor input = {};  ///< where the device reads
    std::vector<at::Tensor> outputs = {};
    std::unique_ptr<DeviceGraph> graph = {};
    bool tried = false;  ///< to record; a shape that was seen once was not
  };

  std::list<Recording> recordings_;  ///< latest first
};

}  // namespace vs::nn

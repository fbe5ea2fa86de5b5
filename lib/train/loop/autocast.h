// Mixed precision of a step.
#pragma once

#include "lib/nn/torch.h"

namespace vs::train {

/// Large operations on one kind of device in a half precision for its lifetime, on this thread; or, with kFloat, none.
class Autocast {
 public:
  /// type: kFloat, kBFloat16 or kHalf.
  Autocast(at::DeviceType device, at::ScalarType type);
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;
  ~Autocast();

  /// What large operations of this thread compute in there now; kFloat where nothing is cast.
  static at::ScalarType type_on(at::DeviceType device);

 private:
  at::DeviceType device_;
  bool was_on_;
  at::ScalarType type_;
};

}  // namespace vs::train

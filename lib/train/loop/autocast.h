// Mixed precision of a step.
#pragma once

#include "lib/nn/torch.h"

namespace vs::train {

/// Large operations in bf16 for its lifetime, on this thread; or, with `on` false, none.
class Autocast {
 public:
  explicit Autocast(bool on);
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;
  ~Autocast();

  /// Whether this thread computes so now.
  static bool is_on();

 private:
  bool was_on_;
  at::ScalarType type_;
};

}  // namespace vs::train

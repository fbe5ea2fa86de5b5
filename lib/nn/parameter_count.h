// How many numbers of a network are trained.
#pragma once

#include <cstdint>

#include "lib/nn/module.h"

namespace vs::nn {

/// Elements of all parameters of a module and its children; buffers do not count.
inline int64_t num_parameters(nn::Module& module) {
  int64_t count = 0;
  for (const Entry& entry : module.entries()) {
    if (entry.kind == EntryKind::kParameter) count += entry.tensor->numel();
  }
  return count;
}

}  // namespace vs::nn

// Shapes of results, where LibTorch has rules for them in its Python half only.
#pragma once

namespace vs::nn {

/// Lets convolutions, normalisations, poolings and a few others run on the meta device, where tensors have shapes and
/// no values. Registers, for the whole process and once, only what the LibTorch at hand lacks. Modules call it when
/// they make their first tensor.
void register_meta_kernels();

}  // namespace vs::nn

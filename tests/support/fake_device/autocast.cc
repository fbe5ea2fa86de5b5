// Mixed precision on the fake device: LibTorch's own lists of what runs in which, which are CUDA's too.
#include <ATen/Operators.h>
#include <ATen/autocast_mode.h>
#include <torch/library.h>

namespace vs::test::fake {
namespace {

using at::DimnameList;
using at::Scalar;
using at::ScalarType;
using at::Tensor;
using c10::IntArrayRef;

}  // namespace

TORCH_LIBRARY_IMPL(_, AutocastPrivateUse1, m) { m.fallback(torch::CppFunction::makeFallthrough()); }

TORCH_LIBRARY_IMPL(aten, AutocastPrivateUse1, m) {
#define VS_LOW(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, lower_precision_fp)
#define VS_FULL(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, fp32)
#define VS_FULL_TYPED(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, fp32_set_opt_dtype)
#define VS_WIDEST(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, promote)
  AT_FORALL_LOWER_PRECISION_FP(VS_LOW)
  AT_FORALL_FP32(VS_FULL)
  AT_FORALL_FP32_SET_OPT_DTYPE(VS_FULL_TYPED)
  AT_FORALL_DIFFERENT_REDISPATCH_SIGNATURE(KERNEL_DIFFERENT_REDISPATCH_SIGNATURE_PRIVATEUSEONE)
  AT_FORALL_PROMOTE(VS_WIDEST)
}

}  // namespace vs::test::fake

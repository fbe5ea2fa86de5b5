#include "lib/nn/adafocus/non_local.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/core/error.h"

namespace vs::nn {
namespace {

ConvOptions point_conv(int64_t in_channels, int64_t out_channels) {
  return {.in_channels = in_channels, .out_channels = out_channels, .kernel = {1, 1, 1}};
}

}  // namespace

NonLocal::NonLocal(int64_t channels) : channels_(channels) {
  const int64_t inner = std::max<int64_t>(channels / 2, 1);
  const Axes halved{1, 2, 2}, none{0, 0, 0};
  Module& value = child<Module>("g");
  value_ = &value.child<Conv>("0", point_conv(channels, inner));
  value_pool_ = &value.child<MaxPool>("1", halved, halved, none);
  Module& out = child<Module>("W");
  project_ = &out.child<Conv>("0", point_conv(inner, channels));
  norm_ = &out.child<BatchNorm>("1", channels);
  query_ = &child<Conv>("theta", point_conv(channels, inner));
  Module& key = child<Module>("phi");
  key_ = &key.child<Conv>("0", point_conv(channels, inner));
  key_pool_ = &key.child<MaxPool>("1", halved, halved, none);
}

at::Tensor NonLocal::forward(const at::Tensor& x) {
  if (x.dim() != 5 || x.size(1) != channels_ || x.size(3) < 2 || x.size(4) < 2)
    throw DataError("non-local block", fmt::format("takes [N, {}, T, H, W] of 2 pixels a side or more", channels_));
  const at::Tensor queries = (*query_)(x).flatten(2).transpose(1, 2);
  const at::Tensor keys = (*key_pool_)((*key_)(x)).flatten(2);
  const at::Tensor values = (*value_pool_)((*value_)(x)).flatten(2).transpose(1, 2);
  const at::Tensor attended = at::matmul(at::softmax(at::matmul(queries, keys), -1), values).transpose(1, 2);
  const at::Tensor map = attended.reshape({x.size(0), attended.size(1), x.size(2), x.size(3), x.size(4)});
  return (*norm_)((*project_)(map)) + x;
}

}  // namespace vs::nn

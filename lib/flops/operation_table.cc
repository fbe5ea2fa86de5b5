#include "lib/flops/operation_table.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "lib/nn/network.h"
#include "lib/nn/torch.h"

namespace vs::flops {
namespace {

const at::Tensor& tensor(const OperationCall& call, size_t i) { return call.inputs.at(i).toTensor(); }
int64_t elements(const OperationCall& call) { return tensor(call, 0).numel(); }
int64_t output_elements(const OperationCall& call) { return call.outputs.at(0).toTensor().numel(); }
bool given(const OperationCall& call, size_t i) {
  return i < call.inputs.size() && call.inputs[i].isTensor() && call.inputs[i].toTensor().defined();
}

OperationCost cost_of_batch_norm(const OperationCall& call) {
  const int64_t count = (given(call, 1) ? 2 : 1) * elements(call);
  return {"batch_norm", {.mmcv = count, .fvcore = count}};
}

/// Of statistics of the input itself. `weight`: where among the inputs it is.
OperationCost norm(const char* heading, const OperationCall& call, size_t weight) {
  const bool affine = given(call, weight);
  return {heading, {.mmcv = (affine ? 2 : 1) * elements(call), .fvcore = (affine ? 5 : 4) * elements(call)}};
}
OperationCost cost_of_layer_norm(const OperationCall& call) { return norm("layer_norm", call, 2); }
OperationCost cost_of_group_norm(const OperationCall& call) { return norm("group_norm", call, 2); }
OperationCost cost_of_instance_norm(const OperationCall& call) { return norm("instance_norm", call, 1); }

OperationCost cost_of_rectifier(const OperationCall& call) { return {"activation", {.mmcv = output_elements(call)}}; }

OperationCost cost_of_pooling(const OperationCall& call) { return {"pool", {.mmcv = elements(call)}}; }

OperationCost adaptive_pooling(int64_t axes, int64_t count) {
  if (axes == 2) return {"adaptive_avg_pool2d", {.mmcv = count, .fvcore = count}};
  return {axes == 3 ? "adaptive_avg_pool3d" : "adaptive_avg_pool1d", {.mmcv = count}};
}
OperationCost cost_of_adaptive_pooling1d(const OperationCall& call) { return adaptive_pooling(1, elements(call)); }
OperationCost cost_of_adaptive_pooling2d(const OperationCall& call) { return adaptive_pooling(2, elements(call)); }
OperationCost cost_of_adaptive_pooling3d(const OperationCall& call) { return adaptive_pooling(3, elements(call)); }

/// True if a mean over all positions is an adaptive pooling in the implementation that published figures count: in
/// heads, and behind ResNets and OCSampler's sampler. AdaFocusV2's MobileNetV2 takes a plain mean.
bool pools_by_mean(const OperationCall& call) {
  static const std::unordered_set<std::string> kinds{"ResNet", "MobileNetV2Sampler"};
  const nn::Module& module = *call.modules->back();
  return dynamic_cast<const nn::Head*>(&module) || kinds.count(module.kind()) > 0 ||
         (call.backbone && kinds.count(call.backbone->kind()) > 0);
}

OperationCost cost_of_mean(const OperationCall& call) {
  const at::Tensor& x = tensor(call, 0);
  const bool by_axes = call.inputs.size() > 1 && call.inputs[1].isIntList();
  if (by_axes && x.dim() >= 3 && pools_by_mean(call)) {
    std::vector<int64_t> positions(static_cast<size_t>(x.dim() - 2));
    std::iota(positions.begin(), positions.end(), 2);
    if (call.inputs[1].toIntVector() == positions) return adaptive_pooling(x.dim() - 2, x.numel());
  }
  return {"mean"};
}

/// mmcv counts the module, not the function.
OperationCost resizing(const char* heading, const OperationCall& call, int64_t each) {
  const int64_t outputs = output_elements(call);
  return {heading, {.mmcv = call.modules->back()->kind() == "Upsample" ? outputs : 0, .fvcore = each * outputs}};
}
OperationCost cost_of_nearest(const OperationCall& call) { return resizing("upsample_nearest2d", call, 1); }
OperationCost cost_of_bilinear(const OperationCall& call) { return resizing("upsample_bilinear2d", call, 4); }
OperationCost cost_of_grid_sampler(const OperationCall& call) {
  return {"grid_sampler", {.fvcore = 4 * output_elements(call)}};
}

const std::unordered_map<std::string_view, OperationRule>& rules() {
  static const std::unordered_map<std::string_view, OperationRule> table{
      {"convolution", cost_of_convolution},
      {"conv2d", cost_of_convolution},
      {"conv3d", cost_of_convolution},
      {"conv1d", cost_of_convolution},
      {"linear", cost_of_linear},
      {"addmm", cost_of_addmm},
      {"matmul", cost_of_matmul},
      {"mm", cost_of_matmul},
      {"bmm", cost_of_matmul},
      {"scaled_dot_product_attention", cost_of_attention},
      {"gru", cost_of_gru},
      {"batch_norm", cost_of_batch_norm},
      {"layer_norm", cost_of_layer_norm},
      {"group_norm", cost_of_group_norm},
      {"instance_norm", cost_of_instance_norm},
      {"relu", cost_of_rectifier},
      {"relu_", cost_of_rectifier},
      {"relu6", cost_of_rectifier},
      {"relu6_", cost_of_rectifier},
      {"leaky_relu", cost_of_rectifier},
      {"prelu", cost_of_rectifier},
      {"elu", cost_of_rectifier},
      {"max_pool2d", cost_of_pooling},
      {"max_pool3d", cost_of_pooling},
      {"avg_pool2d", cost_of_pooling},
      {"avg_pool3d", cost_of_pooling},
      {"adaptive_avg_pool1d", cost_of_adaptive_pooling1d},
      {"adaptive_avg_pool2d", cost_of_adaptive_pooling2d},
      {"adaptive_avg_pool3d", cost_of_adaptive_pooling3d},
      {"mean", cost_of_mean},
      {"upsample_nearest2d", cost_of_nearest},
      {"upsample_bilinear2d", cost_of_bilinear},
      {"grid_sampler", cost_of_grid_sampler},
  };
  return table;
}

bool is_opened(std::string_view name) {
  static const std::unordered_set<std::string_view> names{"einsum", "tensordot"};
  return names.count(name) > 0;
}

/// Element by element: no convention counts them.
bool is_elementwise(std::string_view name) {
  static const std::unordered_set<std::string_view> names{
      "abs",       "add",         "all",         "amax",        "amin",       "any",      "argmax",      "argmin",
      "argsort",   "bitwise_and", "bitwise_not", "bitwise_or",  "ceil",       "clamp",    "clamp_max",   "clamp_min",
      "cos",       "cumsum",      "div",         "dropout",     "eq",         "exp",      "floor",       "floor_divide",
      "ge",        "gelu",        "gt",          "hardsigmoid", "hardswish",  "hardtanh", "isneginf",    "le",
      "log",       "log_softmax", "logical_and", "logical_not", "logical_or", "lt",       "masked_fill", "max",
      "maximum",   "min",         "minimum",     "mul",         "ne",         "neg",      "pow",         "reciprocal",
      "remainder", "round",       "rsqrt",       "rsub",        "sigmoid",    "sign",     "silu",        "sin",
      "softmax",   "sort",        "sqrt",        "square",      "std",        "sub",      "sum",         "tanh",
      "topk",      "trunc",       "var",         "where"};
  return names.count(name) > 0;
}

/// Elements made or moved, shapes changed. The grid of a crop is made of coordinates, not of pixels.
bool is_movement(std::string_view name) {
  static const std::unordered_set<std::string_view> names{"_reshape_alias",
                                                          "_to_copy",
                                                          "_unsafe_view",
                                                          "affine_grid_generator",
                                                          "alias",
                                                          "arange",
                                                          "as_strided",
                                                          "broadcast_tensors",
                                                          "cat",
                                                          "chunk",
                                                          "clone",
                                                          "concat",
                                                          "constant_pad_nd",
                                                          "contiguous",
                                                          "copy",
                                                          "detach",
                                                          "embedding",
                                                          "empty",
                                                          "empty_like",
                                                          "empty_strided",
                                                          "expand",
                                                          "expand_as",
                                                          "fill",
                                                          "flatten",
                                                          "flip",
                                                          "full",
                                                          "full_like",
                                                          "gather",
                                                          "index",
                                                          "index_put",
                                                          "index_select",
                                                          "lift_fresh",
                                                          "linspace",
                                                          "masked_select",
                                                          "meshgrid",
                                                          "movedim",
                                                          "narrow",
                                                          "new_empty",
                                                          "new_full",
                                                          "new_zeros",
                                                          "one_hot",
                                                          "ones",
                                                          "ones_like",
                                                          "pad",
                                                          "permute",
                                                          "pixel_shuffle",
                                                          "repeat",
                                                          "repeat_interleave",
                                                          "reshape",
                                                          "reshape_as",
                                                          "resize",
                                                          "roll",
                                                          "scalar_tensor",
                                                          "scatter",
                                                          "scatter_add",
                                                          "select",
                                                          "slice",
                                                          "split",
                                                          "split_with_sizes",
                                                          "squeeze",
                                                          "stack",
                                                          "swapaxes",
                                                          "t",
                                                          "take_along_dim",
                                                          "tensor_split",
                                                          "tile",
                                                          "to",
                                                          "transpose",
                                                          "type_as",
                                                          "unbind",
                                                          "unflatten",
                                                          "unsafe_chunk",
                                                          "unsqueeze",
                                                          "view",
                                                          "view_as",
                                                          "zero",
                                                          "zeros",
                                                          "zeros_like"};
  return names.count(name) > 0;
}

}  // namespace

OperationEntry find_operation(std::string_view name) {
  constexpr std::string_view kNamespace = "aten::";
  if (!name.starts_with(kNamespace)) return {};
  name.remove_prefix(kNamespace.size());
  const auto found = rules().find(name);
  if (found != rules().end()) return {Treatment::kCounted, found->second};
  if (is_opened(name)) return {Treatment::kOpened};
  // The form that writes in place is the same operation.
  std::string_view plain = name;
  if (plain.size() > 1 && plain.ends_with('_')) plain.remove_suffix(1);
  if (is_elementwise(plain) || is_movement(plain)) return {Treatment::kFree};
  return {};
}

}  // namespace vs::flops

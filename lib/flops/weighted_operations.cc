// Costs of operations that multiply and accumulate.
#include <algorithm>

#include "lib/flops/operation_table.h"
#include "lib/nn/torch.h"

namespace vs::flops {
namespace {

const at::Tensor& tensor(const OperationCall& call, size_t i) { return call.inputs.at(i).toTensor(); }

int64_t output_elements(const OperationCall& call) { return call.outputs.at(0).toTensor().numel(); }

bool given(const OperationCall& call, size_t i) {
  return i < call.inputs.size() && call.inputs[i].isTensor() && call.inputs[i].toTensor().defined();
}

/// mmcv knows layers by their exact type: the projections of an attention module are of none that it counts.
bool inside_packed_attention(const OperationCall& call) {
  return std::any_of(call.modules->begin(), call.modules->end(),
                     [](const nn::Module* module) { return module->kind() == "MultiheadAttention"; });
}

OperationCost product(const char* heading, int64_t macs, int64_t outputs) {
  return {heading, {.macs = macs, .mmcv = 0, .fvcore = macs}, outputs};
}

}  // namespace

OperationCost cost_of_convolution(const OperationCall& call) {
  const int64_t outputs = output_elements(call);
  const at::Tensor& weight = tensor(call, 1);
  const int64_t macs = outputs * (weight.numel() / weight.size(0));
  const int64_t biases = given(call, 2) ? outputs : 0;
  return {"conv", {.macs = macs, .mmcv = macs + biases, .fvcore = macs}, outputs};
}

OperationCost cost_of_linear(const OperationCall& call) {
  const int64_t outputs = output_elements(call);
  const int64_t macs = outputs * tensor(call, 1).size(-1);
  return {"linear", {.macs = macs, .mmcv = inside_packed_attention(call) ? 0 : macs, .fvcore = macs}, outputs};
}

OperationCost cost_of_addmm(const OperationCall& call) {
  const int64_t outputs = output_elements(call);
  return product("addmm", outputs * tensor(call, 1).size(-1), outputs);
}

OperationCost cost_of_matmul(const OperationCall& call) {
  const int64_t outputs = output_elements(call);
  const char* heading = call.name == "aten::bmm" ? "bmm" : "matmul";
  return product(heading, outputs * tensor(call, 0).size(-1), outputs);
}

OperationCost cost_of_attention(const OperationCall& call) {
  const at::Tensor &q = tensor(call, 0), &k = tensor(call, 1), &v = tensor(call, 2);
  const int64_t weights = q.numel() / q.size(-1) * k.size(-2);
  const int64_t outputs = output_elements(call);
  return product("attention", weights * (q.size(-1) + v.size(-1)), weights + outputs);
}

OperationCost cost_of_gru(const OperationCall& call) {
  const at::Tensor& x = tensor(call, 0);
  const int64_t positions = x.numel() / x.size(-1);
  const c10::List<at::Tensor> parameters = call.inputs.at(2).toTensorList();
  int64_t macs = 0;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const at::Tensor& parameter = parameters.get(i);
    if (parameter.dim() == 2) macs += positions * parameter.numel();
  }
  return {"gru", {.macs = macs, .mmcv = 0, .fvcore = 0}, output_elements(call)};
}

}  // namespace vs::flops

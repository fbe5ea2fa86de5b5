#include "lib/train/optimizers/parameter_states.h"

#include <fmt/format.h>

#include <map>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::train {
namespace {

/// Whether equal indices are equal addresses; the stride of an axis of one element says nothing.
bool same_layout(const at::Tensor& a, const at::Tensor& b) {
  for (int64_t axis = 0; axis < a.dim(); ++axis) {
    if (a.size(axis) != 1 && a.stride(axis) != b.stride(axis)) return false;
  }
  return true;
}

at::Tensor as_laid_out(const at::Tensor& values, const at::Tensor& like) {
  return same_layout(values, like) ? values : at::empty_like(like).copy_(values);
}

}  // namespace

ParameterStates::ParameterStates(const std::vector<ParameterGroup>& groups, std::vector<StateKind> kinds)
    : kinds_(std::move(kinds)) {
  for (size_t group = 0; group < groups.size(); ++group) {
    for (const nn::Entry& parameter : groups[group].parameters)
      remembered_.push_back({parameter, group, groups[group].weight_decay, {}});
  }
}

at::Tensor ParameterStates::blank(const Remembered& of, const StateKind& kind) const {
  if (kind.scalar) return at::zeros({}, of.parameter.tensor->options().dtype(at::kFloat).requires_grad(false));
  return at::zeros_like(*of.parameter.tensor).set_requires_grad(false);
}

std::vector<UpdateBatch> ParameterStates::batches(std::span<const double> rates) {
  std::map<std::pair<double, double>, UpdateBatch> found;
  for (Remembered& one : remembered_) {
    const at::Tensor& parameter = *one.parameter.tensor;
    if (!parameter.grad().defined()) continue;
    if (one.tensors.empty()) {
      for (const StateKind& kind : kinds_) one.tensors.push_back(blank(one, kind));
    }
    UpdateBatch& batch = found[{rates[one.group], one.weight_decay}];
    batch.parameters.push_back(parameter);
    batch.gradients.push_back(as_laid_out(parameter.grad(), parameter));
    batch.states.resize(kinds_.size());
    for (size_t kind = 0; kind < kinds_.size(); ++kind) {
      if (!kinds_[kind].scalar) one.tensors[kind] = as_laid_out(one.tensors[kind], parameter);
      batch.states[kind].push_back(one.tensors[kind]);
    }
  }
  std::vector<UpdateBatch> batches;
  for (auto& [key, batch] : found) {
    std::tie(batch.learning_rate, batch.weight_decay) = key;
    batches.push_back(std::move(batch));
  }
  return batches;
}

std::vector<OptimizerState> ParameterStates::list() {
  std::vector<OptimizerState> state;
  for (Remembered& one : remembered_) {
    for (size_t kind = 0; kind < one.tensors.size(); ++kind)
      state.push_back({kinds_[kind].name + "." + one.parameter.name, &one.tensors[kind]});
  }
  return state;
}

void ParameterStates::restore(const std::vector<std::pair<std::string, at::Tensor>>& state) {
  const at::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> given;
  for (const auto& [name, tensor] : state) {
    if (!given.emplace(name, tensor).second)
      throw DataError(printable(name), "is there twice in the optimiser's state");
  }
  std::vector<std::vector<at::Tensor>> taken(remembered_.size());
  for (size_t i = 0; i < remembered_.size(); ++i) {
    for (const StateKind& kind : kinds_) {
      const std::string name = kind.name + "." + remembered_[i].parameter.name;
      const auto at = given.find(name);
      if (at == given.end()) continue;
      at::Tensor tensor = blank(remembered_[i], kind);
      if (at->second.sizes() != tensor.sizes()) {
        throw DataError(name, fmt::format("has the shape [{}], the parameter needs [{}]",
                                          fmt::join(at->second.sizes(), ", "), fmt::join(tensor.sizes(), ", ")));
      }
      taken[i].push_back(tensor.copy_(at->second));
      given.erase(at);
    }
    if (!taken[i].empty() && taken[i].size() != kinds_.size())
      throw DataError(remembered_[i].parameter.name, "has a part of its optimiser's state, the rest is missing");
  }
  if (!given.empty()) {
    throw DataError(printable(given.begin()->first), "is no state of this optimiser",
                    "resume with the recipe of the run that saved it");
  }
  for (size_t i = 0; i < remembered_.size(); ++i) remembered_[i].tensors = std::move(taken[i]);
}

}  // namespace vs::train

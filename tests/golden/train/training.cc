#include "tests/golden/train/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "lib/core/error.h"

namespace vs::golden {
namespace {

at::Tensor next_of(std::deque<at::Tensor>& draws, at::IntArrayRef shape, const at::TensorOptions& options,
                   const char* kind) {
  if (draws.empty()) throw DataError("case", fmt::format("more {} draws are asked for than it states", kind));
  const at::Tensor next = draws.front();
  draws.pop_front();
  if (next.numel() != c10::multiply_integers(shape))
    throw DataError("case", fmt::format("{} draws [{}] are asked for, it states [{}]", kind, fmt::join(shape, ", "),
                                        fmt::join(next.sizes(), ", ")));
  return next.to(options).view(shape);
}

}  // namespace

at::Tensor StatedNoise::uniform(at::IntArrayRef shape, const at::TensorOptions& options) {
  return next_of(uniform_, shape, options, "uniform");
}

at::Tensor StatedNoise::normal(at::IntArrayRef shape, const at::TensorOptions& options) {
  return next_of(normal_, shape, options, "normal");
}

void switch_off(nn::Module& module, const std::vector<std::string>& kinds) {
  for (const auto& child : module.children()) {
    switch_off(*child, kinds);
    if (std::find(kinds.begin(), kinds.end(), child->kind()) != kinds.end()) child->train(false);
  }
}

at::Tensor& entry_of(nn::Module& module, const std::string& name) {
  for (const nn::Entry& entry : module.entries()) {
    if (entry.name == name) return *entry.tensor;
  }
  throw DataError("case", name + " is no entry of the network");
}

at::Tensor gradient_of(nn::Module& module, const std::string& name) { return entry_of(module, name).grad(); }

std::vector<std::string> names_with_gradient(nn::Module& module) {
  std::vector<std::string> names;
  for (const nn::Entry& entry : module.entries()) {
    if (entry.kind == nn::EntryKind::kParameter && entry.tensor->grad().defined()) names.push_back(entry.name);
  }
  return names;
}

at::Tensor first_elements(const at::Tensor& tensor, int64_t count) {
  return tensor.detach().flatten().slice(0, 0, count);
}

at::Tensor norm_of(const at::Tensor& tensor) { return tensor.detach().to(at::kDouble).norm(); }

at::Tensor norms_and_firsts(const std::vector<at::Tensor>& tensors, int64_t count) {
  at::Tensor rows =
      at::zeros({static_cast<int64_t>(tensors.size()), 1 + count}, at::device(at::kCPU).dtype(at::kDouble));
  for (size_t i = 0; i < tensors.size(); ++i) {
    at::Tensor row = rows[static_cast<int64_t>(i)];
    row[0].copy_(norm_of(tensors[i]));
    const at::Tensor first = first_elements(tensors[i], count);
    row.narrow(0, 1, first.numel()).copy_(first);
  }
  return rows;
}

std::optional<Clipping> stated_clipping(const nlohmann::json& parameters, const std::string& key) {
  const auto at = parameters.find(key);
  if (at == parameters.end() || at->is_null()) return std::nullopt;
  Clipping clipping{.max_norm = at->at("max_norm").get<double>()};
  if (!at->contains("norm_type")) return clipping;
  const nlohmann::json& type = at->at("norm_type");
  clipping.norm_type = type.is_string() ? std::numeric_limits<double>::infinity() : type.get<double>();
  return clipping;
}

Step run_step(train::Task& task, train::Optimizer& optimizer, const train::Batch& batch,
              const std::optional<Clipping>& clipping, const std::function<void(const Step&)>& before_clipping) {
  optimizer.zero_gradients();
  Step step{.losses = task.losses(batch)};
  step.losses.total.backward();
  if (before_clipping) before_clipping(step);
  if (clipping) step.gradient_norm = train::clip_gradients(optimizer, clipping->max_norm, clipping->norm_type);
  optimizer.step();
  return step;
}

at::Tensor part_of(const train::Losses& losses, const std::string& name) {
  for (const auto& [part, value] : losses.parts) {
    if (part == name) return value;
  }
  throw DataError("case", "no part \"" + name + "\" is logged");
}

}  // namespace vs::golden

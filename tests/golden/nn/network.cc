#include "tests/golden/nn/network.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

namespace vs::golden {
namespace {

bool ends_with_component(const std::string& name, const std::string& component) {
  return name == component || name.ends_with("." + component);
}

double gain_of(const std::string& name, const WeightRule& rule) {
  double gain = rule.gain;
  size_t longest = 0;
  for (const auto& [prefix, value] : rule.gains_by_prefix) {
    if (!name.starts_with(prefix) || prefix.size() < longest) continue;
    longest = prefix.size();
    gain = value;
  }
  return gain;
}

std::vector<uint64_t> shape_of(const at::Tensor& tensor) { return {tensor.sizes().begin(), tensor.sizes().end()}; }

template <class T>
std::vector<T> values_of(const at::Tensor& tensor, at::ScalarType type) {
  const at::Tensor flat = tensor.detach().to(at::kCPU).to(type).contiguous();
  const T* first = flat.const_data_ptr<T>();
  return {first, first + flat.numel()};
}

}  // namespace

at::Tensor deterministic_weight(const std::string& name, at::IntArrayRef shape, const WeightRule& rule) {
  const std::string key = rule.prefix + name;
  at::Tensor tensor = at::empty(shape, at::kFloat);
  float* values = tensor.data_ptr<float>();
  const auto count = static_cast<uint64_t>(tensor.numel());
  double scale = 0.1, shift = 0;
  bool absolute = false;
  if (shape.size() >= 2) {
    scale = gain_of(name, rule) * std::sqrt(3.0 / (static_cast<double>(count) / static_cast<double>(shape[0])));
  } else if (name.ends_with("running_var")) {
    scale = 0.2, shift = 1, absolute = true;
  } else if (!name.ends_with("running_mean") && ends_with_component(name, "weight")) {
    shift = 1;
  }
  for (uint64_t i = 0; i < count; ++i) {
    const double u = deterministic_u(key, i);
    values[i] = static_cast<float>(shift + scale * (absolute ? std::abs(u) : u));
  }
  return tensor;
}

void fill_weights(nn::Module& module, const WeightRule& rule, at::ScalarType dtype) {
  module.materialize(dtype);
  const at::NoGradGuard no_gradients;
  for (const nn::Entry& entry : module.entries()) {
    if (!entry.tensor->is_floating_point()) continue;
    entry.tensor->copy_(deterministic_weight(entry.name, entry.tensor->sizes(), rule));
  }
}

at::Tensor fill_tensor(at::IntArrayRef shape, const std::string& key, double scale, double shift) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  const auto values = fill(static_cast<uint64_t>(tensor.numel()), key, scale, shift);
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  return tensor;
}

at::Tensor described_tensor(const nlohmann::json& description) {
  const nlohmann::json& d = description.contains("fill") ? description.at("fill") : description;
  return fill_tensor(d.at("shape").get<std::vector<int64_t>>(), d.at("key").get<std::string>(), d.value("scale", 1.0),
                     d.value("shift", 0.0));
}

at::Tensor input_tensor(const Case& c, const std::string& name) {
  const auto shape = c.input_shape(name);
  const std::vector<int64_t> sizes(shape.begin(), shape.end());
  const store::DatasetInfo info = c.file().info("input/" + name);
  if (info.type == store::Type::kFloat32 || info.type == store::Type::kFloat64) {
    auto values = c.input<double>(name);
    return at::from_blob(values.data(), sizes, at::kDouble).clone();
  }
  auto values = c.input<int64_t>(name);
  return at::from_blob(values.data(), sizes, at::kLong).clone();
}

void check_state_dict(const Case& c, nn::Module& module, Report& report) {
  const store::H5File& file = c.file();
  if (!file.has_attribute("/", "state_dict")) return;
  std::map<std::string, std::vector<int64_t>> expected;
  const auto listed = nlohmann::json::parse(file.read_text("/", "state_dict"));
  for (const auto& entry : listed) expected[entry.at(0)] = entry.at(1).get<std::vector<int64_t>>();
  std::set<std::string> found;
  for (const nn::Entry& entry : module.entries()) {
    found.insert(entry.name);
    const auto at = expected.find(entry.name);
    if (at == expected.end()) {
      report.check("state_dict: " + entry.name + " is not the reference's", false);
    } else if (entry.tensor->sizes().vec() != at->second) {
      report.check(fmt::format("state_dict: {} has another shape", entry.name), false);
    }
  }
  for (const auto& [name, shape] : expected) {
    if (!found.contains(name)) report.check("state_dict: " + name + " is missing", false);
  }
}

void compare(Report& report, const std::string& name, const at::Tensor& got) {
  if (got.is_floating_point()) {
    report.compare(name, values_of<double>(got, at::kDouble), shape_of(got));
  } else {
    report.compare(name, values_of<int64_t>(got, at::kLong), shape_of(got));
  }
}

}  // namespace vs::golden

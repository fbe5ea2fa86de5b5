#include "lib/nn/loading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "lib/nn/inflate.h"
#include "lib/weights/checkpoint.h"
#include "lib/weights/safetensors.h"

namespace vs::nn {
namespace {

at::ScalarType scalar_type_of(weights::Dtype dtype) {
  switch (dtype) {
    case weights::Dtype::kBool:
      return at::kBool;
    case weights::Dtype::kU8:
      return at::kByte;
    case weights::Dtype::kI8:
      return at::kChar;
    case weights::Dtype::kI16:
      return at::kShort;
    case weights::Dtype::kI32:
      return at::kInt;
    case weights::Dtype::kI64:
      return at::kLong;
    case weights::Dtype::kF16:
      return at::kHalf;
    case weights::Dtype::kBF16:
      return at::kBFloat16;
    case weights::Dtype::kF32:
      return at::kFloat;
    case weights::Dtype::kF64:
      return at::kDouble;
  }
  throw std::logic_error("no such type");
}

weights::Dtype dtype_of(at::ScalarType type) {
  for (const auto dtype : {weights::Dtype::kBool, weights::Dtype::kU8, weights::Dtype::kI8, weights::Dtype::kI16,
                           weights::Dtype::kI32, weights::Dtype::kI64, weights::Dtype::kF16, weights::Dtype::kBF16,
                           weights::Dtype::kF32, weights::Dtype::kF64}) {
    if (scalar_type_of(dtype) == type) return dtype;
  }
  throw std::logic_error("a type that no checkpoint holds");
}

std::vector<weights::NamedShape> shapes_of(const std::vector<Entry>& entries) {
  std::vector<weights::NamedShape> shapes;
  for (const Entry& entry : entries) shapes.push_back({entry.name, entry.tensor->sizes().vec()});
  return shapes;
}

/// A kernel [out, in, time, height, width] from one [out, in, height, width].
bool is_inflated(const weights::NamedShape& expected, const weights::NamedShape& found) {
  std::vector<int64_t> shape = expected.shape;
  if (shape.size() != 5) return false;
  shape.erase(shape.begin() + 2);
  return shape == found.shape;
}

at::Tensor read_tensor(const weights::Checkpoint& checkpoint, size_t index) {
  const weights::TensorInfo& info = checkpoint.tensors()[index];
  at::Tensor tensor = at::empty(info.shape, at::device(at::kCPU).dtype(scalar_type_of(info.dtype)));
  checkpoint.read(index, {static_cast<uint8_t*>(tensor.data_ptr()), info.size_bytes()});
  return tensor;
}

void copy_into(at::Tensor& target, const at::Tensor& value) {
  if (value.dim() + 1 == target.dim()) {
    target.copy_(inflated_kernel(value, target.size(2)));
  } else {
    target.copy_(value);
  }
}

uint64_t seed_of(uint64_t seed, const std::string& name) {
  uint64_t hash = 14695981039346656037u ^ seed;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

}  // namespace

LoadReport load_weights(Module& network, const std::string& path, const LoadOptions& options) {
  const weights::Checkpoint checkpoint = weights::Checkpoint::open(path);
  const std::vector<Entry> entries = network.entries();
  const auto expected = shapes_of(entries), found = weights::named_shapes(checkpoint.tensors());
  const weights::MappedNames mapped =
      weights::map_names(weights::read_name_maps(), expected, found, options.names, path);
  weights::MatchOptions match = options.match;
  match.computed.push_back("*relative_position_index");
  if (options.inflate && !match.adaptable) match.adaptable = is_inflated;
  LoadReport report{path, std::string(weights::name_of(checkpoint.format())), mapped.description(),
                    weights::match_names(expected, mapped.shapes(found), match)};
  weights::require_complete(report.match, path);

  std::unordered_map<std::string, size_t> index_of;
  for (const auto& [index, name] : mapped.names) index_of.emplace(name, index);
  std::unordered_map<std::string, at::Tensor*> entry_of;
  for (const Entry& entry : entries) entry_of.emplace(entry.name, entry.tensor);
  network.materialize();
  const at::NoGradGuard no_gradients;
  for (const auto* names : {&report.match.matched, &report.match.adapted}) {
    for (const std::string& name : *names) {
      copy_into(*entry_of.at(name), read_tensor(checkpoint, index_of.at(name)));
    }
  }
  return report;
}

nlohmann::ordered_json json_of(const LoadReport& report) {
  nlohmann::ordered_json document{{"path", report.path}, {"format", report.format}, {"names", report.mapping}};
  document.update(weights::json_of(report.match));
  return document;
}

std::string summary_of(const LoadReport& report) {
  return fmt::format("{}: {} ({}; {})", report.path, weights::summary_of(report.match), report.format, report.mapping);
}

void initialise(Module& network, uint64_t seed, at::ScalarType dtype) {
  network.materialize(dtype);
  const at::NoGradGuard no_gradients;
  for (const Entry& entry : network.entries()) {
    at::Tensor& tensor = *entry.tensor;
    if (!tensor.is_floating_point()) continue;
    const bool is_scale =
        entry.name.ends_with("running_var") || entry.name == "weight" || entry.name.ends_with(".weight");
    if (tensor.dim() >= 2) {
      const auto fan_out =
          static_cast<double>(tensor.numel()) / static_cast<double>(std::max<int64_t>(tensor.size(1), 1));
      SeededNoise noise(seed_of(seed, entry.name));
      tensor.copy_(noise.normal(tensor.sizes(), tensor.options()) * std::sqrt(2 / fan_out));
    } else {
      tensor.fill_(tensor.dim() == 1 && is_scale ? 1 : 0);
    }
  }
}

void save_weights(Module& network, const std::string& path, const std::map<std::string, std::string>& metadata) {
  std::vector<weights::TensorInfo> infos;
  std::unordered_map<std::string, at::Tensor> values;
  for (const Entry& entry : network.entries()) {
    if (entry.tensor->is_meta()) throw std::logic_error("a network without weights is not saved");
    infos.push_back({entry.name, dtype_of(entry.tensor->scalar_type()), entry.tensor->sizes().vec()});
    values.emplace(entry.name, entry.tensor->detach());
  }
  std::map<std::string, std::string> all = metadata;
  all.emplace("format", "pt");
  weights::SafetensorsWriter writer(path, std::move(infos), all);
  for (const weights::TensorInfo& info : writer.order()) {
    const at::Tensor flat = values.at(info.name).to(at::kCPU).contiguous();
    writer.write({static_cast<const uint8_t*>(flat.const_data_ptr()), info.size_bytes()});
  }
  writer.commit();
}

}  // namespace vs::nn

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/json.h"
#include "lib/weights/safetensors.h"

namespace vs::weights {
namespace {

constexpr const char* kMetadata = "__metadata__";

std::vector<TensorInfo> ordered(std::vector<TensorInfo> tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
    const uint64_t size_a = size_of(a.dtype), size_b = size_of(b.dtype);
    return size_a != size_b ? size_a > size_b : a.name < b.name;
  });
  return tensors;
}

void check_names(const std::string& path, const std::vector<TensorInfo>& tensors) {
  std::vector<std::string_view> names;
  for (const TensorInfo& tensor : tensors) {
    if (!is_valid_utf8(tensor.name)) throw DataError(path, "a name is not UTF-8: " + printable(tensor.name));
    if (tensor.name == kMetadata) throw DataError(path, "no tensor can be called __metadata__ in safetensors");
    names.push_back(tensor.name);
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) throw DataError(path, "two tensors are called " + printable(*twice));
}

/// One member a tensor, written as text: an ordered JSON object would look every new name up among all others.
std::string header_of(const std::vector<TensorInfo>& tensors, const std::map<std::string, std::string>& metadata) {
  std::string text = "{";
  const auto add = [&](const std::string& name, const store::Json& value) {
    text += (text.size() > 1 ? "," : "") + store::json_line(name) + ":" + store::json_line(value);
  };
  if (!metadata.empty()) add(kMetadata, metadata);
  uint64_t offset = 0;
  for (const TensorInfo& tensor : tensors) {
    const uint64_t end = offset + tensor.size_bytes();
    const std::string dtype(safetensors_name_of(tensor.dtype));
    add(tensor.name, {{"dtype", dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}});
    offset = end;
  }
  text += '}';
  constexpr size_t kAlignment = 8;
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  return text;
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(const std::string& path, std::vector<TensorInfo> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : order_(ordered(std::move(tensors))), file_(path) {
  check_names(path, order_);
  for (const auto& [key, value] : metadata) {
    if (!is_valid_utf8(key) || !is_valid_utf8(value)) throw DataError(path, "metadata is not UTF-8");
  }
  for (const TensorInfo& tensor : order_) missing_bytes_ += tensor.size_bytes();
  const std::string header = header_of(order_, metadata);
  std::vector<uint8_t> length(8);
  for (size_t i = 0; i < length.size(); ++i) length[i] = static_cast<uint8_t>(uint64_t{header.size()} >> (8 * i));
  file_.write(length);
  file_.write(header);
}

void SafetensorsWriter::write(std::span<const uint8_t> bytes) {
  if (bytes.size() > missing_bytes_)
    throw std::logic_error("more bytes than the header of a safetensors file promised");
  file_.write(bytes);
  missing_bytes_ -= bytes.size();
}

void SafetensorsWriter::commit() {
  if (missing_bytes_ != 0) throw std::logic_error("fewer bytes than the header of a safetensors file promised");
  file_.commit();
}

void write_safetensors(const std::string& path, const Checkpoint& checkpoint,
                       const std::vector<std::pair<size_t, std::string>>& tensors,
                       std::map<std::string, std::string> metadata) {
  metadata.emplace("format", "pt");
  std::map<std::string, size_t> index;
  std::vector<TensorInfo> infos;
  for (const auto& [source, name] : tensors) {
    TensorInfo info = checkpoint.tensors().at(source);
    info.name = name;
    index.emplace(name, source);
    infos.push_back(std::move(info));
  }
  SafetensorsWriter writer(path, std::move(infos), metadata);
  for (const TensorInfo& info : writer.order()) writer.write(checkpoint.read(index.at(info.name)));
  writer.commit();
}

void write_safetensors(const std::string& path, const Checkpoint& checkpoint) {
  std::vector<std::pair<size_t, std::string>> tensors;
  for (size_t i = 0; i < checkpoint.tensors().size(); ++i) tensors.emplace_back(i, checkpoint.tensors()[i].name);
  write_safetensors(path, checkpoint, tensors, checkpoint.metadata());
}

}  // namespace vs::weights

// Cases packed for machines without HDF5: safetensors files, whose metadata hold the texts.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/weights/byte_file.h"
#include "lib/weights/checkpoint.h"
#include "lib/weights/safetensors.h"
#include "tests/golden/content.h"

namespace vs::golden {
namespace {

static_assert(std::endian::native == std::endian::little);

using nlohmann::json;
using weights::Dtype;

// Keys of the metadata: the form with its number; the root's texts; datasets of texts as {"shape", "values"}.
constexpr const char* kFormKey = "form";
constexpr const char* kForm = "vs.golden/1";
const std::string kText = "text/", kStrings = "strings/";

template <class Stored, class T>
std::vector<T> converted(const std::vector<uint8_t>& bytes) {
  std::vector<Stored> stored(bytes.size() / sizeof(Stored));
  if (!bytes.empty()) std::memcpy(stored.data(), bytes.data(), bytes.size());
  std::vector<T> values;
  values.reserve(stored.size());
  for (const Stored value : stored) {
    if constexpr (std::is_integral_v<Stored> && std::is_integral_v<T>) {
      if (!std::in_range<T>(value)) throw std::out_of_range("a number does not fit the type that it is read as");
    }
    values.push_back(static_cast<T>(value));
  }
  return values;
}

class PackedContent final : public Content {
 public:
  explicit PackedContent(const std::string& path) : file_(weights::Checkpoint::open(path)) {
    const auto form = file_.metadata().find(kFormKey);
    if (form == file_.metadata().end()) bad("no packed case: its metadata do not say so");
    if (form->second != kForm) bad("a packed case of the form " + form->second + ", where " + kForm + " is read");
    for (const auto& [key, value] : file_.metadata()) {
      if (key.starts_with(kText)) texts_.emplace(key.substr(kText.size()), value);
      if (key.starts_with(kStrings)) read_strings(key.substr(kStrings.size()), value);
    }
  }

  std::vector<std::string> text_names() const override {
    std::vector<std::string> names;
    for (const auto& [name, value] : texts_) names.push_back(name);
    return names;
  }
  std::string text(const std::string& name) const override {
    const auto at = texts_.find(name);
    if (at == texts_.end()) bad("no text \"" + name + "\"");
    return at->second;
  }

  std::vector<std::string> dataset_names(const std::string& folder) const override {
    const std::string prefix = folder.empty() ? "" : folder + "/";
    std::vector<std::string> names;
    const auto add = [&](const std::string& name) {
      if (name.starts_with(prefix)) names.push_back(name.substr(prefix.size()));
    };
    for (const auto& tensor : file_.tensors()) add(tensor.name);
    for (const auto& [name, strings] : strings_) add(name);
    std::sort(names.begin(), names.end());
    return names;
  }
  bool has_dataset(const std::string& name) const override { return strings_.contains(name) || file_.find(name); }
  Dataset dataset(const std::string& name) const override {
    const auto text = strings_.find(name);
    if (text != strings_.end()) return {std::nullopt, text->second.shape};
    const weights::TensorInfo& info = file_.tensors()[index_of(name)];
    return {info.dtype, {info.shape.begin(), info.shape.end()}};
  }

  void read(const std::string& name, std::vector<uint8_t>& values) const override { values = numbers<uint8_t>(name); }
  void read(const std::string& name, std::vector<int64_t>& values) const override { values = numbers<int64_t>(name); }
  void read(const std::string& name, std::vector<float>& values) const override { values = numbers<float>(name); }
  void read(const std::string& name, std::vector<double>& values) const override { values = numbers<double>(name); }
  std::vector<std::string> strings(const std::string& name) const override {
    const auto at = strings_.find(name);
    if (at == strings_.end()) bad("dataset \"" + name + "\" holds no text");
    return at->second.values;
  }

 private:
  struct Strings {
    std::vector<uint64_t> shape;
    std::vector<std::string> values;
  };

  [[noreturn]] void bad(const std::string& finding) const { throw DataError(file_.path(), finding); }

  void read_strings(const std::string& name, const std::string& text) {
    const json list = json::parse(text, nullptr, /*allow_exceptions=*/false);
    Strings strings;
    try {
      strings = {list.at("shape").get<std::vector<uint64_t>>(), list.at("values").get<std::vector<std::string>>()};
    } catch (const json::exception&) {
      bad("dataset \"" + name + "\" of texts is malformed");
    }
    uint64_t count = 1;
    for (const uint64_t extent : strings.shape) count *= extent;
    if (count != strings.values.size()) bad("dataset \"" + name + "\" has another number of texts than its shape says");
    strings_.emplace(name, std::move(strings));
  }

  size_t index_of(const std::string& name) const {
    const auto index = file_.find(name);
    if (!index) bad("no dataset \"" + name + "\"");
    return *index;
  }

  template <class T>
  std::vector<T> numbers(const std::string& name) const {
    const size_t index = index_of(name);
    const Dtype dtype = file_.tensors()[index].dtype;
    const bool floating_point = dtype == Dtype::kF32 || dtype == Dtype::kF64;
    if (floating_point && std::is_integral_v<T>) bad("dataset \"" + name + "\" does not hold integers");
    const std::vector<uint8_t> bytes = file_.read(index);
    try {
      switch (dtype) {
        case Dtype::kU8:
          return converted<uint8_t, T>(bytes);
        case Dtype::kI8:
          return converted<int8_t, T>(bytes);
        case Dtype::kI16:
          return converted<int16_t, T>(bytes);
        case Dtype::kI32:
          return converted<int32_t, T>(bytes);
        case Dtype::kI64:
          return converted<int64_t, T>(bytes);
        case Dtype::kF32:
          return converted<float, T>(bytes);
        case Dtype::kF64:
          return converted<double, T>(bytes);
        default:
          bad("dataset \"" + name + "\" is of a type that packed cases do not have");
      }
    } catch (const std::out_of_range& error) {
      bad("dataset \"" + name + "\": " + error.what());
    }
  }

  weights::Checkpoint file_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, Strings> strings_;
};

template <class Stored, class T>
std::vector<uint8_t> bytes_of(const Content& content, const std::string& name) {
  std::vector<T> values;
  content.read(name, values);
  std::vector<Stored> stored(values.begin(), values.end());
  std::vector<uint8_t> bytes(stored.size() * sizeof(Stored));
  if (!bytes.empty()) std::memcpy(bytes.data(), stored.data(), bytes.size());
  return bytes;
}

std::vector<uint8_t> bytes_of(const Content& content, const weights::TensorInfo& info) {
  switch (info.dtype) {
    case Dtype::kU8:
      return bytes_of<uint8_t, uint8_t>(content, info.name);
    case Dtype::kI8:
      return bytes_of<int8_t, int64_t>(content, info.name);
    case Dtype::kI16:
      return bytes_of<int16_t, int64_t>(content, info.name);
    case Dtype::kI32:
      return bytes_of<int32_t, int64_t>(content, info.name);
    case Dtype::kI64:
      return bytes_of<int64_t, int64_t>(content, info.name);
    case Dtype::kF32:
      return bytes_of<float, float>(content, info.name);
    default:
      return bytes_of<double, double>(content, info.name);
  }
}

}  // namespace

bool is_packed(const std::string& path) {
  // The length of the header, then the header.
  constexpr uint64_t kBegins = 8;
  if (!std::filesystem::is_regular_file(path)) return false;
  const weights::ByteFile file(path);
  return file.holds(kBegins, 1) && file.read_at(kBegins, 1).front() == '{';
}

std::unique_ptr<Content> open_packed(const std::string& path) { return std::make_unique<PackedContent>(path); }

void write_packed(const Content& content, const std::string& path) {
  std::map<std::string, std::string> metadata{{kFormKey, kForm}};
  for (const std::string& name : content.text_names()) metadata[kText + name] = content.text(name);
  std::vector<weights::TensorInfo> tensors;
  for (const std::string& name : content.dataset_names("")) {
    const Content::Dataset dataset = content.dataset(name);
    if (dataset.dtype) {
      tensors.push_back({name, *dataset.dtype, {dataset.shape.begin(), dataset.shape.end()}});
    } else {
      metadata[kStrings + name] = json({{"shape", dataset.shape}, {"values", content.strings(name)}}).dump();
    }
  }
  weights::SafetensorsWriter writer(path, std::move(tensors), metadata);
  for (const weights::TensorInfo& info : writer.order()) writer.write(bytes_of(content, info));
  writer.commit();
}

}  // namespace vs::golden

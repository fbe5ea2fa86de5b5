#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/json.h"
#include "lib/weights/content.h"

namespace vs::weights {
namespace {

// The format's own bound on the header.
constexpr uint64_t kLongestHeader = 100'000'000, kLengthSize = 8;

struct Span {
  uint64_t begin = 0, end = 0;
  std::string name;
};

class SafetensorsReader {
 public:
  explicit SafetensorsReader(const ByteFile& file) : file_(&file) {}

  CheckpointContent run() {
    content_.format = CheckpointFormat::kSafetensors;
    const store::Json header = read_header();
    for (const auto& member : header.items()) {
      if (member.key() == "__metadata__") {
        read_metadata(member.value());
      } else {
        read_entry(member.key(), member.value());
      }
    }
    check_cover();
    return std::move(content_);
  }

 private:
  [[noreturn]] void bad(const std::string& finding) const { throw DataError(file_->path(), finding); }

  store::Json read_header() {
    std::array<uint8_t, kLengthSize> length_bytes{};
    file_->read_at(0, length_bytes);
    const uint64_t length = load_u64(length_bytes, 0);
    if (!file_->holds(kLengthSize, length))
      bad(fmt::format("the header length {} reaches beyond the file of {}", length, human_bytes(file_->size())));
    if (length > kLongestHeader) bad("its header is longer than safetensors allow");
    data_offset_ = kLengthSize + length;
    const auto bytes = file_->read_at(kLengthSize, length);
    store::JsonLimits limits;
    limits.max_bytes = kLongestHeader;
    limits.max_values = uint64_t{1} << 23U;
    limits.max_depth = 8;
    store::Json header =
        store::parse_json(store::JsonText(file_->path(), std::string(bytes.begin(), bytes.end())), limits);
    if (!header.is_object()) bad("its header is no JSON object");
    return header;
  }

  void read_metadata(const store::Json& metadata) {
    if (!metadata.is_object()) bad("its __metadata__ is no JSON object");
    for (const auto& member : metadata.items()) {
      if (!member.value().is_string()) bad("its __metadata__ holds something that is no text");
      content_.metadata.emplace(member.key(), member.value().get<std::string>());
    }
  }

  static std::optional<std::vector<int64_t>> sizes(const store::Json& value) {
    if (!value.is_array() || value.size() > kMaxDimensions) return std::nullopt;
    std::vector<int64_t> numbers;
    for (const auto& item : value) {
      if (!item.is_number_integer() || (item.is_number_unsigned() && item.get<uint64_t>() > INT64_MAX))
        return std::nullopt;
      numbers.push_back(item.get<int64_t>());
      if (numbers.back() < 0) return std::nullopt;
    }
    return numbers;
  }

  static const store::Json* find(const store::Json& entry, const char* key) {
    const auto found = entry.is_object() ? entry.find(key) : entry.end();
    return entry.is_object() && found != entry.end() ? &*found : nullptr;
  }

  void read_entry(const std::string& name, const store::Json& entry) {
    const std::string what = "tensor " + shown(name);
    const auto *dtype_name = find(entry, "dtype"), *shape = find(entry, "shape"),
               *offsets = find(entry, "data_offsets");
    if (!dtype_name || !dtype_name->is_string() || !shape || !offsets)
      bad(what + ": its header has no dtype, shape or data_offsets");
    const auto extents = sizes(*shape), ends = sizes(*offsets);
    if (!extents) bad(what + ": its shape is malformed");
    if (!ends || ends->size() != 2 || (*ends)[0] > (*ends)[1]) bad(what + ": its data_offsets are malformed");
    const auto begin = static_cast<uint64_t>((*ends)[0]), end = static_cast<uint64_t>((*ends)[1]);
    if (!file_->holds(data_offset_, end)) bad(what + ": truncated: its data lie beyond the end of the file");
    spans_.push_back({begin, end, name});
    const auto dtype = dtype_of_safetensors(dtype_name->get<std::string>());
    if (!dtype) {
      content_.skipped.push_back({name, shown(dtype_name->get<std::string>()) + " tensor"});
      return;
    }
    const auto size = checked_size_bytes(*extents, *dtype);
    if (!size) bad(what + ": its shape " + shape_text(*extents) + " overflows");
    if (*size != end - begin)
      bad(fmt::format("{}: its data_offsets hold {} bytes, its dtype and shape {} need {}", what, end - begin,
                      shape_text(*extents), *size));
    StoredTensor tensor;
    tensor.info = {network_name(name), *dtype, *extents};
    tensor.file_offset = data_offset_ + begin;
    content_.tensors.push_back(std::move(tensor));
  }

  /// The format wants every byte of the data to belong to exactly one tensor.
  void check_cover() {
    std::sort(spans_.begin(), spans_.end(),
              [](const Span& a, const Span& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
    uint64_t at = 0;
    for (const Span& span : spans_) {
      if (span.begin < at) bad("tensor " + shown(span.name) + ": its data overlap those of another tensor");
      if (span.begin > at) bad(fmt::format("bytes {} to {} of its data belong to no tensor", at, span.begin));
      at = span.end;
    }
    if (data_offset_ + at != file_->size())
      bad(fmt::format("{} bytes at its end belong to no tensor", file_->size() - data_offset_ - at));
  }

  const ByteFile* file_;
  uint64_t data_offset_ = 0;
  std::vector<Span> spans_;
  CheckpointContent content_;
};

}  // namespace

bool recognises_safetensors(const ByteFile& file) {
  std::array<uint8_t, kLengthSize + 1> start{};
  if (file.size() < start.size()) return false;
  file.read_at(0, start);
  return start[kLengthSize] == '{';
}

CheckpointContent read_safetensors(const ByteFile& file) { return SafetensorsReader(file).run(); }

}  // namespace vs::weights

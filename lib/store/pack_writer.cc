#include "lib/store/pack_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/sha256.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"
#include "lib/store/pack_file.h"

namespace vs::store {
namespace {

constexpr uint64_t kCopyBytes = uint64_t{4} << 20;
constexpr uint64_t kChunkBytes = uint64_t{256} << 10;
constexpr uint64_t kTextRows = 4096;

template <class T>
constexpr Type type_of() {
  if constexpr (std::is_same_v<T, int8_t>) return Type::kInt8;
  if constexpr (std::is_same_v<T, uint8_t>) return Type::kUint8;
  if constexpr (std::is_same_v<T, int32_t>) return Type::kInt32;
  if constexpr (std::is_same_v<T, int64_t>) return Type::kInt64;
  if constexpr (std::is_same_v<T, float>) return Type::kFloat32;
  if constexpr (std::is_same_v<T, double>) return Type::kFloat64;
}

/// Calls visit(T{}) with the C++ type of a column.
template <class Visit>
void with_type(Type type, Visit visit) {
  switch (type) {
    case Type::kInt8:
      return visit(int8_t{});
    case Type::kUint8:
      return visit(uint8_t{});
    case Type::kInt32:
      return visit(int32_t{});
    case Type::kInt64:
      return visit(int64_t{});
    case Type::kFloat32:
      return visit(float{});
    case Type::kFloat64:
      return visit(double{});
    default:
      throw std::logic_error("a pack has no columns of this type");
  }
}

template <class T>
void put(std::string& bytes, const T* values, size_t count) {
  bytes.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

/// Takes pieces off the front of a payload that this program wrote; a short one means a damaged journal.
class Payload {
 public:
  Payload(std::string_view bytes, const std::string& place) : bytes_(bytes), place_(place) {}
  std::string_view take(uint64_t count) {
    if (count > bytes_.size()) throw DataError(place_, "is damaged", "--force starts anew");
    const std::string_view piece = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return piece;
  }
  uint64_t take_count() {
    uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

 private:
  std::string_view bytes_;
  const std::string& place_;
};

std::string sum_of(std::span<const uint8_t> bytes) { return sha256_of_bytes(bytes); }

}  // namespace

struct PackWriter::Impl {
  /// What the current item has so far.
  struct Buffer {
    std::string bytes;  ///< rows, or texts each with its length before it
    uint64_t count = 0;
  };

  std::string path, partial;
  PackSchema schema;
  std::optional<ItemLog> log;
  std::optional<H5File> file;  ///< open from the start only if there is a streamed column
  std::optional<size_t> streamed;
  uint64_t streamed_rows = 0, item_rows = 0;  ///< rows of whole items; rows of the current one
  std::optional<Sha256> item_hash;
  bool disturbed = false;  ///< the streamed column was cut: its layout is not that of a fresh file
  std::vector<Buffer> buffers;

  const std::string& log_place() const { return partial; }

  size_t column(std::string_view name) const {
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      if (schema.columns[i].name == name) return i;
    }
    throw std::logic_error("no column " + std::string(name));
  }

  static DatasetLayout layout_of(const Column& column, size_t value_size) {
    DatasetLayout layout = column.layout;
    uint64_t row_bytes = value_size;
    for (const uint64_t extent : column.row_shape) row_bytes *= extent;
    if (layout.chunk_rows == 0)
      layout.chunk_rows = std::max<uint64_t>(1, kChunkBytes / std::max<uint64_t>(1, row_bytes));
    return layout;
  }

  /// A fresh file with its root attributes and, if there is one, the empty streamed column.
  H5File fresh_file(const std::string& name) const {
    H5File made = H5File::create(name);
    made.write_text("/", "schema", schema.schema);
    for (const auto& [key, value] : schema.attributes) made.write_text("/", key, value);
    if (streamed) {
      const Column& column = schema.columns[*streamed];
      made.create_growing<uint8_t>(column.name, column.row_shape, layout_of(column, 1));
      describe_dataset(made, column.name, column.units, column.axes, column.formula);
    }
    return made;
  }

  std::string decode_streamed(const std::string& bytes, uint64_t& rows) const {
    Payload payload(bytes, log_place());
    rows = payload.take_count();
    return std::string(payload.take(64));
  }

  /// Keeps the items whose streamed bytes are as the journal says; what comes after them is done again.
  void check_streamed() {
    const Column& column = schema.columns[*streamed];
    std::vector<std::pair<uint64_t, std::string>> items;
    log->for_each([&](const LoggedItem& item) {
      uint64_t rows = 0;
      std::string sum;
      if (!item.reason) sum = decode_streamed(item.payload, rows);
      items.emplace_back(rows, sum);
    });
    uint64_t good = 0;
    try {
      file.emplace(H5File::open_for_append(partial));
      const uint64_t there = file->has_dataset(column.name) ? count_rows(*file, column.name) : 0;
      for (; good < items.size(); ++good) {
        const auto& [rows, sum] = items[good];
        if (rows > there - streamed_rows || (!sum.empty() && hash_rows(streamed_rows, rows) != sum)) break;
        streamed_rows += rows;
      }
      file->truncate_rows(column.name, streamed_rows);
    } catch (const DataError&) {
      // The kill fell into a flush: nothing of it can be used.
      good = 0;
    }
    log->truncate(good);
    disturbed = true;
    if (good == 0) start_streamed();
  }

  std::string hash_rows(uint64_t begin, uint64_t count) const {
    Sha256 hash;
    for (uint64_t done = 0; done < count;) {
      const uint64_t part = std::min(kCopyBytes, count - done);
      hash.update(file->read_rows<uint8_t>(schema.columns[*streamed].name, begin + done, part));
      done += part;
    }
    return hash.finish();
  }

  void start_streamed() {
    file.reset();
    file.emplace(fresh_file(partial));
    file->flush();
    streamed_rows = 0;
    disturbed = false;
  }

  void append_bytes(size_t index, const void* rows, size_t bytes, uint64_t count) {
    if (streamed == index) {
      const std::span<const uint8_t> part(static_cast<const uint8_t*>(rows), bytes);
      if (!item_hash) item_hash.emplace();
      item_hash->update(part);
      file->append<uint8_t>(schema.columns[index].name, part);
      item_rows += bytes;
      return;
    }
    buffers[index].bytes.append(static_cast<const char*>(rows), bytes);
    buffers[index].count += count;
  }

  std::string take_payload() {
    std::string payload;
    if (streamed) {
      put(payload, &item_rows, 1);
      payload += item_hash ? item_hash->finish() : sum_of({});
    }
    for (auto& buffer : buffers) {
      const uint64_t size = buffer.bytes.size();
      put(payload, &size, 1);
      payload += buffer.bytes;
      buffer = {};
    }
    return payload;
  }

  void drop_item() {
    for (auto& buffer : buffers) buffer = {};
    item_hash.reset();
    if (item_rows) {
      file->truncate_rows(schema.columns[*streamed].name, streamed_rows);
      disturbed = true;
    }
    item_rows = 0;
  }

  /// Calls visit(bytes) with each done item's part of a column.
  template <class Visit>
  void for_each_part(size_t index, Visit visit) const {
    log->for_each([&](const LoggedItem& item) {
      if (item.reason) return;
      Payload payload(item.payload, log_place());
      if (streamed) payload.take(8 + 64);
      for (size_t i = 0; i < index; ++i) payload.take(payload.take_count());
      visit(payload.take(payload.take_count()));
    });
  }

  template <class T>
  void write_numbers(H5File& target, size_t index) const {
    const Column& column = schema.columns[index];
    const DatasetLayout layout = layout_of(column, sizeof(T));
    uint64_t row = 1;
    for (const uint64_t extent : column.row_shape) row *= extent;
    const uint64_t piece = layout.chunk_rows * row;
    target.create_growing<T>(column.name, column.row_shape, layout);
    std::vector<T> values;
    T sum{};
    if (column.cumulative) values.push_back(sum);
    // Whole chunks only: each is compressed once.
    const auto hand_over = [&](uint64_t least) {
      size_t begin = 0;
      for (; values.size() - begin >= std::max<uint64_t>(1, least);
           begin += std::min<size_t>(piece, values.size() - begin))
        target.append<T>(column.name,
                         std::span<const T>(values).subspan(begin, std::min<size_t>(piece, values.size() - begin)));
      values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(begin));
    };
    for_each_part(index, [&](std::string_view bytes) {
      for (size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
        T value;
        std::memcpy(&value, bytes.data() + at, sizeof(T));
        if (column.cumulative) value = sum = static_cast<T>(sum + value);
        values.push_back(value);
      }
      hand_over(piece);
    });
    hand_over(1);
  }

  void write_texts(H5File& target, size_t index) const {
    const std::string& name = schema.columns[index].name;
    target.create_growing_strings(name);
    std::vector<std::string> values;
    for_each_part(index, [&](std::string_view bytes) {
      Payload texts(bytes, log_place());
      while (!bytes.empty()) {
        const auto text = texts.take(texts.take_count());
        bytes.remove_prefix(8 + text.size());
        values.emplace_back(text);
      }
      if (values.size() < kTextRows) return;
      target.append_strings(name, values);
      values.clear();
    });
    if (!values.empty()) target.append_strings(name, values);
  }

  /// The streamed column once more, in the steps of an undisturbed run.
  void copy_streamed(H5File& target) const {
    const std::string& name = schema.columns[*streamed].name;
    uint64_t begin = 0;
    log->for_each([&](const LoggedItem& item) {
      if (item.reason) return;
      uint64_t rows = 0;
      decode_streamed(item.payload, rows);
      for (uint64_t done = 0; done < rows;) {
        const uint64_t part = std::min(kCopyBytes, rows - done);
        target.append<uint8_t>(name, file->read_rows<uint8_t>(name, begin + done, part));
        done += part;
      }
      begin += rows;
      target.flush();
    });
  }
};

PackWriter::PackWriter(std::string path, PackSchema schema, const Json& key, bool force)
    : impl_(std::make_unique<Impl>()) {
  check_output_free(path, force);
  impl_->path = std::move(path);
  impl_->partial = partial_name(impl_->path);
  impl_->schema = std::move(schema);
  const auto& columns = impl_->schema.columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!columns[i].streamed) continue;
    if (impl_->streamed || columns[i].type != Type::kUint8 || !columns[i].row_shape.empty())
      throw std::logic_error("one list of bytes can be streamed");
    impl_->streamed = i;
  }
  impl_->buffers.resize(columns.size());
  impl_->log.emplace(impl_->partial + ".log", key, force);
  if (!impl_->streamed) return;
  if (impl_->log->resumed()) {
    impl_->check_streamed();
  } else {
    impl_->start_streamed();
  }
}

PackWriter::PackWriter(PackWriter&&) noexcept = default;
PackWriter& PackWriter::operator=(PackWriter&&) noexcept = default;
PackWriter::~PackWriter() = default;

uint64_t PackWriter::first() const { return impl_->log->size(); }
ItemRunResult PackWriter::before(const std::vector<Item>& items) const { return impl_->log->result(items); }

template <class T>
void PackWriter::append(std::string_view column, std::span<const T> rows) {
  const size_t index = impl_->column(column);
  if (impl_->schema.columns[index].type != type_of<T>()) throw std::logic_error("another type than the column's");
  impl_->append_bytes(index, rows.data(), rows.size_bytes(), rows.size());
}

void PackWriter::append_text(std::string_view column, std::string_view value) {
  const size_t index = impl_->column(column);
  if (impl_->schema.columns[index].type != Type::kString) throw std::logic_error("the column holds no text");
  const uint64_t size = value.size();
  impl_->append_bytes(index, &size, sizeof size, 0);
  impl_->append_bytes(index, value.data(), value.size(), 1);
}

void PackWriter::end_item(const ItemOutcome& outcome) {
  // The bytes first, then the word that they are there.
  if (impl_->item_rows) impl_->file->flush();
  LoggedItem item{outcome.index, outcome.input, std::nullopt, impl_->take_payload()};
  impl_->log->append(item);
  impl_->streamed_rows += impl_->item_rows;
  impl_->item_rows = 0;
  impl_->item_hash.reset();
}

void PackWriter::fail_item(const ItemOutcome& outcome, const std::string& reason) {
  impl_->drop_item();
  impl_->log->append({outcome.index, outcome.input, reason, {}});
}

void PackWriter::finish(const Json& inner_manifest) {
  std::optional<H5File> target;
  const std::string copy = impl_->partial + ".copy";
  if (impl_->streamed && !impl_->disturbed) {
    target.swap(impl_->file);
  } else if (impl_->streamed) {
    target.emplace(impl_->fresh_file(copy));
    target->flush();
    impl_->copy_streamed(*target);
  } else {
    target.emplace(impl_->fresh_file(impl_->partial));
  }
  for (size_t i = 0; i < impl_->schema.columns.size(); ++i) {
    const Column& column = impl_->schema.columns[i];
    if (impl_->streamed == i) continue;
    if (column.type == Type::kString) {
      impl_->write_texts(*target, i);
    } else {
      with_type(column.type, [&](auto value) { impl_->write_numbers<decltype(value)>(*target, i); });
    }
    describe_dataset(*target, column.name, column.units, column.axes, column.formula);
  }
  publish_pack(std::move(*target), impl_->path, inner_manifest);
  impl_->file.reset();
  ::unlink(impl_->partial.c_str());
  impl_->log->remove();
}

#define VS_PACK_TYPE(T) template void PackWriter::append<T>(std::string_view, std::span<const T>);
VS_PACK_TYPE(int8_t)
VS_PACK_TYPE(uint8_t)
VS_PACK_TYPE(int32_t)
VS_PACK_TYPE(int64_t)
VS_PACK_TYPE(float)
VS_PACK_TYPE(double)
#undef VS_PACK_TYPE

}  // namespace vs::store

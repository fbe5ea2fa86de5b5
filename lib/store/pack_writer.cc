#include "lib/store/pack_writer.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include "lib/core/error.h"
#include "lib/core/fast_hash.h"
#include "lib/core/file.h"
#include "lib/store/byte_column_writer.h"
#include "lib/store/float16.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"
#include "lib/store/pack_columns.h"
#include "lib/store/pack_file.h"

namespace vs::store {
namespace {

constexpr uint64_t kCopyBytes = uint64_t{4} << 20;

template <class T>
constexpr Type type_of() {
  if constexpr (std::is_same_v<T, int8_t>) return Type::kInt8;
  if constexpr (std::is_same_v<T, uint8_t>) return Type::kUint8;
  if constexpr (std::is_same_v<T, int32_t>) return Type::kInt32;
  if constexpr (std::is_same_v<T, int64_t>) return Type::kInt64;
  if constexpr (std::is_same_v<T, Float16>) return Type::kFloat16;
  if constexpr (std::is_same_v<T, float>) return Type::kFloat32;
  if constexpr (std::is_same_v<T, double>) return Type::kFloat64;
}

template <class T>
void put(std::string& bytes, const T* values, size_t count) {
  bytes.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

/// Of no bytes: what an item without streamed rows has.
std::string empty_sum() { return FastHash().finish(); }

}  // namespace

struct PackWriter::Impl {
  std::string path, partial;
  PackSchema schema;
  std::optional<ItemLog> log;
  std::optional<H5File> file;  ///< open from the start only if there is a streamed column
  std::optional<size_t> streamed;
  std::optional<ByteColumnWriter> stream;     ///< into the streamed column of `file`
  uint64_t streamed_rows = 0, item_rows = 0;  ///< rows of whole items; rows of the current one
  std::optional<FastHash> item_hash;
  std::vector<uint64_t> rows_of_items;  ///< those of each item that has some
  bool published = false;               ///< the output is there, the journal not yet removed
  bool disturbed = false;               ///< the streamed column was cut: its layout is not that of a fresh file
  /// What the current item has so far, a column each: rows, or texts each with its length before it.
  std::vector<std::string> buffers;

  const std::string& log_place() const { return partial; }

  size_t column(std::string_view name) const {
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      if (schema.columns[i].name == name) return i;
    }
    throw std::logic_error("no column " + std::string(name));
  }

  /// A fresh file with its root attributes and, if there is one, the empty streamed column.
  H5File fresh_file(const std::string& name) const {
    H5File made = H5File::create(name);
    made.write_text("/", "schema", schema.schema);
    for (const auto& [key, value] : schema.attributes) made.write_text("/", key, value);
    for (const FixedTexts& texts : schema.texts) {
      made.write_strings(texts.name, texts.values);
      describe_dataset(made, texts.name, "1", texts.axes);
    }
    if (streamed) create_column(made, schema.columns[*streamed]);
    return made;
  }

  std::string copy_name() const { return partial + ".copy"; }

  /// What the log's end note says of an output: inode, size and time of the file that gets its name.
  static std::string identity_of(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0)
      throw RunError(file, std::string("cannot be read: ") + std::strerror(errno));
    const int64_t modified_ns = static_cast<int64_t>(status.st_mtim.tv_sec) * 1000000000 + status.st_mtim.tv_nsec;
    return fmt::format("published inode {} size {} modified {}", status.st_ino, status.st_size, modified_ns);
  }

  /// Opens the journal; sees whether the output that is there is this run's.
  void open_log(const Json& key, bool force) {
    const std::string log_path = partial + ".log";
    std::error_code code;
    const bool judge =
        !force && std::filesystem::is_regular_file(path, code) && std::filesystem::exists(log_path, code);
    if (!judge) check_output_free(path, force);
    log.emplace(log_path, key, force);
    if (judge) {
      published = log->end_note() == identity_of(path);
      if (!published) {
        if (!log->resumed()) log->remove();
        check_output_free(path, force);
      }
    }
    // A kill while the output was made or cleaned up after.
    ::unlink(copy_name().c_str());
    if (published) ::unlink(partial.c_str());
  }

  std::string decode_streamed(PayloadReader& payload, uint64_t& rows) const {
    rows = payload.take_count();
    return std::string(payload.take(FastHash::kTextSize));
  }

  void check_open() const {
    if (published) throw std::logic_error("the pack is finished");
  }

  /// Keeps the items whose streamed bytes are as the journal says; what comes after them is done again.
  void check_streamed() {
    const Column& column = schema.columns[*streamed];
    std::vector<std::pair<uint64_t, std::string>> items;
    log->for_each([&](const LoggedItem& item) {
      uint64_t rows = 0;
      std::string sum;
      if (!item.reason) {
        PayloadReader payload(item.payload, log_place());
        sum = decode_streamed(payload, rows);
      }
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
        if (rows) rows_of_items.push_back(rows);
      }
      file->truncate_rows(column.name, streamed_rows);
    } catch (const DataError&) {
      // The kill fell into a flush: nothing of it can be used.
      good = 0;
    }
    log->truncate(good);
    disturbed = true;
    if (good == 0) return start_streamed();
    stream.emplace(*file, column.name);
  }

  std::string hash_rows(uint64_t begin, uint64_t count) const {
    FastHash hash;
    for (uint64_t done = 0; done < count;) {
      const uint64_t part = std::min(kCopyBytes, count - done);
      hash.update(file->read_rows<uint8_t>(schema.columns[*streamed].name, begin + done, part));
      done += part;
    }
    return hash.finish();
  }

  void start_streamed() {
    stream.reset();
    file.reset();
    file.emplace(fresh_file(partial));
    file->flush();
    stream.emplace(*file, schema.columns[*streamed].name);
    streamed_rows = 0;
    rows_of_items.clear();
    disturbed = false;
  }

  void append_bytes(size_t index, const void* rows, size_t bytes) {
    check_open();
    if (streamed == index) {
      const std::span<const uint8_t> part(static_cast<const uint8_t*>(rows), bytes);
      if (!item_hash) item_hash.emplace();
      item_hash->update(part);
      stream->append(part);
      item_rows += bytes;
      return;
    }
    buffers[index].append(static_cast<const char*>(rows), bytes);
  }

  std::string take_payload() {
    std::string payload;
    if (streamed) {
      put(payload, &item_rows, 1);
      payload += item_hash ? item_hash->finish() : empty_sum();
    }
    for (auto& buffer : buffers) {
      const uint64_t size = buffer.size();
      put(payload, &size, 1);
      payload += buffer;
      buffer = {};
    }
    return payload;
  }

  void drop_item() {
    for (auto& buffer : buffers) buffer = {};
    item_hash.reset();
    if (item_rows) {
      stream->truncate(streamed_rows);
      disturbed = true;
    }
    item_rows = 0;
  }

  /// The streamed column once more, in the steps of an undisturbed run.
  void copy_streamed(H5File& target) const {
    const std::string& name = schema.columns[*streamed].name;
    ByteColumnWriter copy(target, name);
    uint64_t begin = 0;
    for (const uint64_t rows : rows_of_items) {
      for (uint64_t done = 0; done < rows;) {
        const uint64_t part = std::min(kCopyBytes, rows - done);
        copy.append(file->read_rows<uint8_t>(name, begin + done, part));
        done += part;
      }
      begin += rows;
      copy.flush();
      target.flush();
    }
  }

  /// The other columns, in one pass over the journal.
  void write_columns(H5File& target) const {
    PackColumns columns(target, schema.columns, log_place());
    log->for_each([&](const LoggedItem& item) {
      if (item.reason) return;
      PayloadReader payload(item.payload, log_place());
      uint64_t rows = 0;
      if (streamed) decode_streamed(payload, rows);
      columns.add(payload);
    });
    columns.finish();
  }
};

PackWriter::PackWriter(std::string path, PackSchema schema, const Json& key, bool force)
    : impl_(std::make_unique<Impl>()) {
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
  impl_->open_log(key, force);
  if (!impl_->streamed || impl_->published) return;
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
  impl_->append_bytes(index, rows.data(), rows.size_bytes());
}

void PackWriter::append_text(std::string_view column, std::string_view value) {
  const size_t index = impl_->column(column);
  if (impl_->schema.columns[index].type != Type::kString) throw std::logic_error("the column holds no text");
  const uint64_t size = value.size();
  impl_->append_bytes(index, &size, sizeof size);
  impl_->append_bytes(index, value.data(), value.size());
}

void PackWriter::end_item(const ItemOutcome& outcome) {
  impl_->check_open();
  // The bytes first, then the word that they are there.
  if (impl_->item_rows) {
    impl_->stream->flush();
    impl_->file->flush();
  }
  LoggedItem item{outcome.index, outcome.input, std::nullopt, impl_->take_payload()};
  impl_->log->append(item);
  impl_->streamed_rows += impl_->item_rows;
  if (impl_->item_rows) impl_->rows_of_items.push_back(impl_->item_rows);
  impl_->item_rows = 0;
  impl_->item_hash.reset();
}

void PackWriter::fail_item(const ItemOutcome& outcome, const std::string& reason) {
  impl_->check_open();
  impl_->drop_item();
  impl_->log->append({outcome.index, outcome.input, reason, {}});
}

void PackWriter::finish(const Json& inner_manifest) {
  if (impl_->published) return;
  std::optional<H5File> target;
  impl_->stream.reset();
  if (impl_->streamed && !impl_->disturbed) {
    target.swap(impl_->file);
  } else if (impl_->streamed) {
    target.emplace(impl_->fresh_file(impl_->copy_name()));
    target->flush();
    impl_->copy_streamed(*target);
  } else {
    target.emplace(impl_->fresh_file(impl_->partial));
  }
  impl_->write_columns(*target);
  publish_pack(std::move(*target), impl_->path, inner_manifest,
               [&](const std::string& made) { impl_->log->set_end_note(Impl::identity_of(made)); });
  impl_->published = true;
  impl_->file.reset();
  ::unlink(impl_->partial.c_str());
}

void PackWriter::done() {
  if (!impl_->published) throw std::logic_error("the pack is not finished");
  impl_->log->remove();
}

#define VS_PACK_TYPE(T) template void PackWriter::append<T>(std::string_view, std::span<const T>);
VS_PACK_TYPE(int8_t)
VS_PACK_TYPE(uint8_t)
VS_PACK_TYPE(int32_t)
VS_PACK_TYPE(int64_t)
VS_PACK_TYPE(Float16)
VS_PACK_TYPE(float)
VS_PACK_TYPE(double)
#undef VS_PACK_TYPE

}  // namespace vs::store

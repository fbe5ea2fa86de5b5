#include "lib/store/pack_columns.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "lib/core/error.h"
#include "lib/store/float16.h"
#include "lib/store/pack_file.h"

namespace vs::store {
namespace {

constexpr uint64_t kChunkBytes = uint64_t{256} << 10;
constexpr uint64_t kTextRows = 4096;

/// Returns visit(T{}) with the C++ type of a column.
template <class Visit>
auto with_type(Type type, Visit visit) {
  switch (type) {
    case Type::kInt8:
      return visit(int8_t{});
    case Type::kUint8:
      return visit(uint8_t{});
    case Type::kInt32:
      return visit(int32_t{});
    case Type::kInt64:
      return visit(int64_t{});
    case Type::kFloat16:
      return visit(Float16{});
    case Type::kFloat32:
      return visit(float{});
    case Type::kFloat64:
      return visit(double{});
    default:
      throw std::logic_error("a pack has no columns of this type");
  }
}

/// Values of a row.
uint64_t row_values(const Column& column) {
  uint64_t values = 1;
  for (const uint64_t extent : column.row_shape) values *= extent;
  return values;
}

DatasetLayout layout_of(const Column& column, size_t value_size) {
  DatasetLayout layout = column.layout;
  if (layout.chunk_rows == 0)
    layout.chunk_rows = std::max<uint64_t>(1, kChunkBytes / std::max<uint64_t>(1, row_values(column) * value_size));
  return layout;
}

template <class T>
class NumberWriter final : public ColumnWriter {
 public:
  NumberWriter(H5File& target, const Column& column)
      : target_(target),
        name_(column.name),
        cumulative_(column.cumulative),
        piece_(layout_of(column, sizeof(T)).chunk_rows * row_values(column)) {
    if (cumulative_) values_.push_back(sum_);
  }

  void add(std::string_view rows) override {
    for (size_t at = 0; at + sizeof(T) <= rows.size(); at += sizeof(T)) {
      T value;
      std::memcpy(&value, rows.data() + at, sizeof(T));
      if constexpr (std::is_arithmetic_v<T>) {
        if (cumulative_) value = sum_ = static_cast<T>(sum_ + value);
      }
      values_.push_back(value);
    }
    write_pieces(piece_);
  }

  void finish() override { write_pieces(1); }

 private:
  /// Whole chunks while at least `least` values wait: each is compressed once.
  void write_pieces(uint64_t least) {
    size_t begin = 0;
    while (values_.size() - begin >= std::max<uint64_t>(1, least)) {
      const size_t count = std::min<size_t>(piece_, values_.size() - begin);
      target_.append<T>(name_, std::span<const T>(values_).subspan(begin, count));
      begin += count;
    }
    values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(begin));
  }

  H5File& target_;
  std::string name_;
  bool cumulative_;
  uint64_t piece_;  ///< values of a chunk
  T sum_{};
  std::vector<T> values_;
};

class TextWriter final : public ColumnWriter {
 public:
  TextWriter(H5File& target, std::string name, const std::string& place)
      : target_(target), name_(std::move(name)), place_(place) {}

  void add(std::string_view rows) override {
    for (PayloadReader texts(rows, place_); !texts.empty();) texts_.emplace_back(texts.take(texts.take_count()));
    if (texts_.size() >= kTextRows) finish();
  }

  void finish() override {
    if (!texts_.empty()) target_.append_strings(name_, texts_);
    texts_.clear();
  }

 private:
  H5File& target_;
  std::string name_;
  std::string place_;
  std::vector<std::string> texts_;
};

}  // namespace

std::string_view PayloadReader::take(uint64_t count) {
  if (count > bytes_.size()) throw DataError(place_, "is damaged", "--force starts anew");
  const std::string_view piece = bytes_.substr(0, count);
  bytes_.remove_prefix(count);
  return piece;
}

uint64_t PayloadReader::take_count() {
  uint64_t value = 0;
  std::memcpy(&value, take(sizeof value).data(), sizeof value);
  return value;
}

void create_column(H5File& target, const Column& column) {
  if (column.type == Type::kString) {
    target.create_growing_strings(column.name);
  } else {
    with_type(column.type, [&](auto value) {
      using T = decltype(value);
      target.create_growing<T>(column.name, column.row_shape, layout_of(column, sizeof(T)));
    });
  }
  describe_dataset(target, column.name, column.units, column.axes, column.formula);
}

PackColumns::PackColumns(H5File& target, const std::vector<Column>& columns, std::string place)
    : place_(std::move(place)) {
  for (const Column& column : columns) {
    auto& writer = writers_.emplace_back();
    if (column.streamed) continue;
    create_column(target, column);
    if (column.type == Type::kString) {
      writer = std::make_unique<TextWriter>(target, column.name, place_);
    } else {
      writer = with_type(column.type, [&](auto value) -> std::unique_ptr<ColumnWriter> {
        return std::make_unique<NumberWriter<decltype(value)>>(target, column);
      });
    }
  }
}

void PackColumns::add(PayloadReader payload) {
  for (const auto& writer : writers_) {
    const std::string_view rows = payload.take(payload.take_count());
    if (writer) writer->add(rows);
  }
}

void PackColumns::finish() {
  for (const auto& writer : writers_) {
    if (writer) writer->finish();
  }
}

}  // namespace vs::store

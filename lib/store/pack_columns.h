// How the journal of a pack becomes its columns. Only pack_writer.cc includes it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/store/h5.h"
#include "lib/store/pack_writer.h"

namespace vs::store {

/// Makes the empty dataset of a column, with its attributes. cumulative columns get no first 0 yet.
void create_column(H5File& target, const Column& column);

/// Takes pieces off the front of a journal payload. DataError naming `place` if it is shorter than it says: damaged.
class PayloadReader {
 public:
  PayloadReader(std::string_view bytes, const std::string& place) : bytes_(bytes), place_(place) {}
  std::string_view take(uint64_t count);
  /// A number of 8 bytes.
  uint64_t take_count();
  bool empty() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
  const std::string& place_;
};

/// What is known of one column's dataset while its rows come in.
class ColumnWriter {
 public:
  virtual ~ColumnWriter() = default;
  /// One item's rows: numbers as they lie in memory; texts each with its length before it. What makes whole chunks is
  /// written, each chunk once; the rest waits.
  virtual void add(std::string_view rows) = 0;
  /// Writes what waits.
  virtual void finish() = 0;
};

/// All columns of a pack but the streamed one, fed item by item in one pass; memory: about a chunk a column.
class PackColumns {
 public:
  /// Makes the datasets in `target`, which must outlive this. place: of the journal, for messages.
  PackColumns(H5File& target, const std::vector<Column>& columns, std::string place);
  /// The parts of one item in the order of the columns, each with its length before it (an empty one where streamed).
  void add(PayloadReader payload);
  void finish();

 private:
  std::string place_;
  std::vector<std::unique_ptr<ColumnWriter>> writers_;  ///< null: streamed
};

}  // namespace vs::store

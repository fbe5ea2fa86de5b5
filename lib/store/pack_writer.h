// The one way in which HDF5 outputs come to be: resumable, whole or not at all, equal bytes for equal input.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/store/h5.h"
#include "lib/store/item_run.h"

namespace vs::store {

/// One dataset of a pack.
struct Column {
  std::string name;
  Type type = Type::kFloat64;
  std::string units = {}, axes = {}, formula = {};  ///< attributes; formula only if not empty
  std::vector<uint64_t> row_shape = {};             ///< axes after the first
  DatasetLayout layout = {};
  /// The values appended are sizes; stored is where each begins: 0, then the sums, one row more than sizes. Type kInt64
  /// only.
  bool cumulative = false;
  /// Rows go into the partial file at once instead of through the journal: for the one column too large for that.
  /// kUint8 only.
  bool streamed = false;
};

/// Texts that hold for the whole file and do not fit an attribute, such as class names; a dataset of their own.
struct FixedTexts {
  std::string name, axes;
  std::vector<std::string> values;
};

/// What the file is: its datasets and its root attributes beside `schema`, `manifest` and `complete`.
struct PackSchema {
  std::string schema;  ///< "vs.motion/1"
  std::vector<Column> columns;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<FixedTexts> texts = {};
};

/// Writes a pack of many items.
///
/// While it runs there are `.NAME.partial` (HDF5 with the streamed column) and `.NAME.partial.log` (the journal,
/// ItemLog, with the rows of the other columns) beside the output, both locked. After each item the HDF5 file is
/// flushed, then the journal gets the item's record with a checksum of its streamed bytes; so a killed run loses at
/// most the items in flight. A run that goes on checks those sums and cuts both files to the last whole item. finish()
/// writes the other columns in one go (a compressed chunk is thus written once: rewriting one in place is not safe
/// against SIGKILL and leaves holes), sets `complete`, closes, fsyncs, renames and fsyncs the folder. HDF5 does not lay
/// out a reopened file as a fresh one, so a resumed run copies the streamed column to a fresh file at the end.
///
/// The journal stays until done(), which the caller calls when what belongs to the output (its manifest, which takes
/// hashing the whole file) is written, too. A run killed in between finds the output as its own: first() is the number
/// of all items, finish() does nothing. The journal notes for this which file is to get the name, just before it does.
class PackWriter {
 public:
  /// key: run_key(). A complete output at `path` is a UsageError unless `force` or its run was killed before done(); so
  /// is a killed run with another key.
  PackWriter(std::string path, PackSchema schema, const nlohmann::ordered_json& key, bool force);
  PackWriter(PackWriter&&) noexcept;
  PackWriter& operator=(PackWriter&&) noexcept;
  ~PackWriter();

  /// Items of a killed run that are in the file already: ItemRunOptions::first.
  uint64_t first() const;
  /// Their counts, failures and inputs, for run_items(before).
  ItemRunResult before(const std::vector<Item>& items) const;

  /// Appends rows of the current item to a column. T must be the column's type.
  template <class T>
  void append(std::string_view column, std::span<const T> rows);
  template <class T>
  void append_one(std::string_view column, T value) {
    append<T>(column, std::span<const T>(&value, 1));
  }
  void append_text(std::string_view column, std::string_view value);
  /// The rows appended since the last end are the current item; it is done.
  void end_item(const ItemOutcome& outcome);
  /// The current item failed: rows appended since the last end are dropped.
  void fail_item(const ItemOutcome& outcome, const std::string& reason);

  /// Makes the output. inner_manifest: Manifest::inner_document(). If a complete output with the same bytes is there,
  /// it keeps its mtime. Nothing can be appended any more. Does nothing if the output was made by a killed run.
  void finish(const nlohmann::ordered_json& inner_manifest);
  /// After finish() and all that is written beside the output: removes the journal. Last call.
  void done();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::store

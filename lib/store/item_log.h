// The journal of a run: what is done of it survives SIGKILL at any moment, and the next run goes on from there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/store/item_run.h"
#include "lib/store/manifest.h"

namespace vs::store {

/// What a run must have in common with a killed one to go on with it: Manifest::resume_key() and the items. An object;
/// the keys are compared one by one, nested objects too. "items" holds a line an item, its id and where it really lies,
/// so that the same files are the same items however they are spelt; the options that only say which items there are
/// are left out.
nlohmann::ordered_json run_key(const Manifest& manifest, const std::vector<Item>& items);
/// The part of it that tells the options: two runs with an equal one do the same with an item.
nlohmann::ordered_json options_key(const Manifest& manifest);

/// The first difference of two run keys in words ("parameters.short_side was 256, is 128"; "video 3 was "b" (/v/b.mp4),
/// is "c" (/v/c.mp4)"); nothing if they are equal.
std::optional<std::string> first_difference(const nlohmann::ordered_json& before, const nlohmann::ordered_json& now);

/// One item as the journal holds it.
struct LoggedItem {
  uint64_t index = 0;                      ///< in the run's list of items, dense from 0
  std::optional<FileRecord> input = {};    ///< size and hash of what was read; its path is not kept
  std::optional<std::string> reason = {};  ///< set: the item failed
  std::string payload = {};                ///< bytes of the writer's own; empty for a failed item
};

/// The journal: one file, a header record with the run key, then a record an item in item order, each with a checksum.
/// It is locked while open, so that two runs never share an output. Records are handed to the kernel one by one.
class ItemLog {
 public:
  /// Opens the journal at `path` to write. If there is one of a killed run with an equal key, it is cut to its last
  /// whole record and gone on with; with another key this is a UsageError naming the first difference (use --force),
  /// with `start_anew` what is there is dropped. RunError if another run holds it.
  ItemLog(std::string path, const nlohmann::ordered_json& key, bool start_anew);
  ItemLog(ItemLog&&) noexcept;
  ItemLog& operator=(ItemLog&&) noexcept;
  ~ItemLog();

  /// Items that are in the journal; the run goes on with this index.
  uint64_t size() const;
  /// True if there were records of a killed run when it was opened.
  bool resumed() const;
  /// Counts, failures and inputs of the items in it, for run_items(before). Paths come from `items`, the list of the
  /// run key. Throws UsageError if an input has another content now than it had then.
  ItemRunResult result(const std::vector<Item>& items) const;
  /// Calls visit for each record in order, read from the file one at a time.
  void for_each(const std::function<void(const LoggedItem&)>& visit) const;
  /// Drops all records from `size` on, the end note too.
  void truncate(uint64_t size);

  /// Appends the record of item size(). RunError on a full disk.
  void append(const LoggedItem& item);
  /// Writes a note after the last item, in place of the one that is there: how far the making of the output has come.
  /// An item appended later drops it.
  void set_end_note(const std::string& note);
  /// The note; empty if there is none.
  const std::string& end_note() const;
  /// Closes and deletes the file: the output is whole.
  void remove();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::store

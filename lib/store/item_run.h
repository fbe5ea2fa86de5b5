// The run over items (videos, lists) that every program uses: parallel, in order, bad items reported and gone past.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lib/cli/shard.h"
#include "lib/core/log.h"
#include "lib/store/manifest.h"

namespace vs::store {

/// One thing to work on. `id` names it in outputs, `path` is where it is.
struct Item {
  std::string id, path;
  std::string fault = {};  ///< why it cannot be done, known before any work: it fails with these words; empty: none
  bool operator==(const Item&) const = default;
};

/// Throws DataError naming the item's path if it has a fault.
void throw_if_faulty(const Item& item);

/// The items of one shard: a contiguous part, so that shard files joined in order equal the whole run's file.
std::vector<Item> items_of_shard(const std::vector<Item>& items, const cli::Shard& shard);
/// "folder/name-00003-of-00016.h5" for "folder/name.h5"; the path itself if there is one shard only.
std::string shard_path(const std::string& path, const cli::Shard& shard);
/// Throws UsageError if two items have the same id, naming both paths and what tells them apart. Items with a fault do
/// not count.
void check_item_ids(const std::vector<Item>& items);
/// The items, those with a fault whose id can be no folder below the folder `output`: empty, with a part that begins
/// with '.' (hidden, and our partial files), where manifests lie ("manifest.json"), or longer than the file system
/// takes. own_names: further names in `output` that are kept for files of the run.
std::vector<Item> with_folder_faults(std::vector<Item> items, const std::string& output,
                                     const std::vector<std::string>& own_names = {});
/// As check_item_ids() where each id becomes a folder of its own below one output folder. Throws UsageError also if one
/// id lies below another ("x/y" in "x"), naming both paths, and for ids that with_folder_faults() would have marked for
/// their words.
void check_folder_ids(const std::vector<Item>& items);

/// How a run goes over its items.
struct ItemRunOptions {
  int jobs = 1;                  ///< threads, 0: all cores
  bool strict = false;           ///< stop at the first bad item
  std::string failed_path = {};  ///< --failed: written at the end, one path a line as --list reads it; empty: not
  std::string unit = "videos";   ///< for the progress line
  bool hash_inputs = true;       ///< file_record() of each item's path, in the worker
  /// Results that may wait for an item before them, 0: two a thread. So that a long video holds up nobody, set it as
  /// high as the memory of that many results allows.
  uint64_t window = 0;
  bool give_way = false;  ///< threads give way to those of the caller, see vs::give_way()
  uint64_t first = 0;     ///< items before this one were done by a killed run; see ItemRunResult `before`
};

/// What came of a run. Inputs and failures are in item order.
struct ItemRunResult {
  Counts counts;
  std::vector<Failure> failures;
  std::vector<FileRecord> inputs;
  int exit_code() const { return counts.failed ? 1 : 0; }
};

/// What was learned about an item beside its result.
struct ItemOutcome {
  const Item* item = nullptr;
  uint64_t index = 0;  ///< in the list given to run_items
  std::optional<FileRecord> input = {};
};

/// Writes the paths of failed items, one a line, as --list reads them; nothing for an empty `path`. run_items() does it
/// itself: for those who learn of failures after it.
void write_failed_list(const std::string& path, const std::vector<Failure>& failures, Log& log);

namespace detail {
/// One worker's result with its type hidden; null: skipped.
using AnyResult = std::shared_ptr<void>;
template <class T>
struct ValueOf {
  using type = T;
};
template <class T>
struct ValueOf<std::optional<T>> {
  using type = T;
};
template <class T>
inline constexpr bool kIsOptional = !std::is_same_v<T, typename ValueOf<T>::type>;

ItemRunResult run_items(const std::vector<Item>& items, const ItemRunOptions& options, Log& log,
                        const ItemRunResult& before, const std::function<AnyResult(const Item&)>& process,
                        const std::function<void(const ItemOutcome&, const AnyResult&)>& commit,
                        const std::function<void(const ItemOutcome&, const std::string& reason)>& fail);
}  // namespace detail

/// Calls process(item) for each item on `jobs` threads and commit(outcome, result) in the caller's thread in item
/// order, so that any number of jobs gives the same output. A bounded number of results waits.
///
/// process returns a movable result, or std::optional of one: nothing means that the item is skipped, its output is
/// there; the file of such an item is not hashed. A DataError in it (or in commit) makes the item fail: it is reported,
/// counted, and fail(outcome, reason) is called in item order (that of an item with a fault, too, for which process is
/// not called); with `strict` it is thrown on after that. Any other error, RunError and Interrupted among them, ends
/// the run and is thrown on. Between items the cancellation flag is looked at. `before` holds what a killed run had
/// done of the first `options.first` items; they are not processed. At the end, also an early one, the list of failed
/// items is written.
template <class Process, class Commit, class Fail>
ItemRunResult run_items(const std::vector<Item>& items, const ItemRunOptions& options, Log& log,
                        const ItemRunResult& before, Process process, Commit commit, Fail fail) {
  using Returned = std::invoke_result_t<Process, const Item&>;
  return detail::run_items(
      items, options, log, before,
      [&](const Item& item) -> detail::AnyResult {
        if constexpr (detail::kIsOptional<Returned>) {
          Returned returned = process(item);
          if (!returned) return nullptr;
          return std::make_shared<typename Returned::value_type>(std::move(*returned));
        } else {
          return std::make_shared<Returned>(process(item));
        }
      },
      [&](const ItemOutcome& outcome, const detail::AnyResult& result) {
        using Value = typename detail::ValueOf<Returned>::type;
        commit(outcome, std::move(*static_cast<Value*>(result.get())));
      },
      [&](const ItemOutcome& outcome, const std::string& reason) { fail(outcome, reason); });
}

}  // namespace vs::store

#include "lib/store/item_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/parallel.h"
#include "lib/core/progress.h"

namespace vs::store {
namespace {

/// What a worker hands to the one who commits.
struct Work {
  detail::AnyResult result;
  std::optional<FileRecord> input;
  std::optional<DataError> failure;
};

std::string reason_of(const DataError& error, const Item& item) {
  // The manifest names the path beside the reason; further lines say where it happened, for people only.
  const bool own_place = error.place() == item.path || error.place() == item.id;
  std::string reason = own_place ? error.finding() : std::string(error.what());
  if (own_place && !error.hint().empty()) reason += " (" + error.hint() + ")";
  return reason.substr(0, reason.find('\n'));
}

Work work_on(const Item& item, const ItemRunOptions& options,
             const std::function<detail::AnyResult(const Item&)>& process) {
  throw_if_cancelled();
  Work work;
  try {
    throw_if_faulty(item);
    work.result = process(item);
  } catch (const DataError& error) {
    work.failure = error;
  }
  // After the work: by then the bytes are in the kernel's cache.
  const bool skipped = !work.result && !work.failure;
  if (options.hash_inputs && !skipped && item.fault.empty() && !item.path.empty() && item.path != "-") {
    try {
      work.input = file_record(item.path);
    } catch (const DataError& error) {
      if (!work.failure) work.failure = error;
    }
  }
  return work;
}

}  // namespace

void write_failed_list(const std::string& path, const std::vector<Failure>& failures, Log& log) {
  if (path.empty()) return;
  std::string text;
  for (const auto& failure : failures) {
    if (failure.path.find('\n') == std::string::npos) {
      text += failure.path + "\n";
    } else {
      log.warning(path + ": an item with a line end in its name cannot be listed");
    }
  }
  write_file_atomically(path, text);
}

void throw_if_faulty(const Item& item) {
  if (!item.fault.empty()) throw DataError(item.path, item.fault);
}

std::vector<Item> items_of_shard(const std::vector<Item>& items, const cli::Shard& shard) {
  const auto total = static_cast<int64_t>(items.size());
  // Both below 2^31 in practice; the quotient form cannot overflow at all.
  const auto begin_of = [&](int64_t index) {
    return total / shard.count * index + std::min(index, total % shard.count);
  };
  return {items.begin() + begin_of(shard.index), items.begin() + begin_of(shard.index + 1)};
}

std::string shard_path(const std::string& path, const cli::Shard& shard) {
  if (shard.count == 1) return path;
  const std::filesystem::path whole(path);
  const std::string name =
      fmt::format("{}-{:05}-of-{:05}{}", whole.stem().string(), shard.index, shard.count, whole.extension().string());
  return (whole.parent_path() / name).string();
}

namespace detail {

ItemRunResult run_items(const std::vector<Item>& items, const ItemRunOptions& options, Log& log,
                        const ItemRunResult& before, const std::function<AnyResult(const Item&)>& process,
                        const std::function<void(const ItemOutcome&, const AnyResult&)>& commit,
                        const std::function<void(const ItemOutcome&, const std::string& reason)>& fail) {
  ItemRunResult result = before;
  const uint64_t first = std::min<uint64_t>(options.first, items.size());
  const uint64_t count = items.size() - first;
  Progress progress(log, items.size(), options.unit);
  if (first) progress.add(first);

  const auto consume = [&](uint64_t i, Work work) {
    const Item& item = items[first + i];
    const ItemOutcome outcome{&item, first + i, std::move(work.input)};
    if (!work.failure && work.result) {
      try {
        commit(outcome, work.result);
      } catch (const DataError& error) {
        work.failure = error;
      }
    }
    if (outcome.input) result.inputs.push_back(*outcome.input);
    if (work.failure) {
      const std::string reason = reason_of(*work.failure, item);
      ++result.counts.failed;
      result.failures.push_back({item.id, item.path, reason});
      // A strict run is repeated after a repair: nothing is recorded that would make the next one pass the item by.
      if (options.strict) throw DataError(*work.failure);
      fail(outcome, reason);
      log.error(work.failure->what());
    } else {
      ++(work.result ? result.counts.done : result.counts.skipped);
    }
    progress.add(1);
    throw_if_cancelled();
  };
  try {
    const int threads = thread_count(options.jobs, count);
    const auto produce = [&](uint64_t i) { return work_on(items[first + i], options, process); };
    ordered_parallel(count, threads, produce, consume, options.window, StartThread{options.give_way});
  } catch (...) {
    progress.finish();
    write_failed_list(options.failed_path, result.failures, log);
    throw;
  }
  progress.finish();
  write_failed_list(options.failed_path, result.failures, log);
  return result;
}

}  // namespace detail
}  // namespace vs::store

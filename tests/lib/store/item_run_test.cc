#include "lib/store/item_run.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "tests/lib/store/temporary_folder.h"

using namespace vs;
using namespace vs::store;

namespace {

std::vector<Item> numbered(int count) {
  std::vector<Item> items;
  for (int i = 0; i < count; ++i) items.push_back({"v" + std::to_string(i), "videos/v" + std::to_string(i) + ".mp4"});
  return items;
}

/// What was committed and what failed, in order.
struct Trace {
  std::vector<std::string> lines;
  ItemRunResult result;
};

/// Item 3 is bad when read, item 5 when committed, item 7 is there already.
Trace trace_run(ItemRunOptions options, int count, ItemRunResult before = {}) {
  Trace trace;
  Log log("test", Verbosity::kQuiet, false);
  options.hash_inputs = false;
  trace.result = run_items(
      numbered(count), options, log, std::move(before),
      [](const Item& item) -> std::optional<std::string> {
        if (item.id == "v3") throw DataError(item.path, "no video stream", "give another");
        if (item.id == "v7") return std::nullopt;
        // The first ones take longest, so that results come in the wrong order.
        std::this_thread::sleep_for(std::chrono::milliseconds(item.id.size() == 2 ? 10 - (item.id[1] - '0') : 0));
        return item.id + " done";
      },
      [&](const ItemOutcome& outcome, std::string text) {
        if (outcome.item->id == "v5") throw DataError("elsewhere", "does not fit");
        trace.lines.push_back(std::to_string(outcome.index) + " " + text);
      },
      [&](const ItemOutcome& outcome, const std::string& reason) {
        trace.lines.push_back(std::to_string(outcome.index) + " failed: " + reason);
      });
  return trace;
}

}  // namespace

TEST_CASE("items are committed in order for any number of jobs") {
  const std::vector<std::string> expected{"0 v0 done", "1 v1 done",
                                          "2 v2 done", "3 failed: no video stream (give another)",
                                          "4 v4 done", "5 failed: elsewhere: does not fit",
                                          "6 v6 done", "8 v8 done"};
  for (const int jobs : {1, 2, 4, 0, 50}) {
    CAPTURE(jobs);
    const Trace trace = trace_run({.jobs = jobs}, 9);
    CHECK(trace.lines == expected);
    CHECK(trace.result.counts == Counts{6, 1, 2});
    CHECK(trace.result.exit_code() == 1);
    REQUIRE(trace.result.failures.size() == 2);
    CHECK(trace.result.failures[0] == Failure{"v3", "videos/v3.mp4", "no video stream (give another)"});
    CHECK(trace.result.failures[1] == Failure{"v5", "videos/v5.mp4", "elsewhere: does not fit"});
  }
  CHECK(trace_run({}, 3).result.exit_code() == 0);
  CHECK(trace_run({}, 0).result.counts == Counts{});
}

TEST_CASE("a run goes on after what a stopped one did") {
  ItemRunResult before;
  before.counts = {3, 0, 1};
  before.failures = {{"v3", "videos/v3.mp4", "no video stream (give another)"}};
  const Trace trace = trace_run({.jobs = 2, .first = 4}, 9, before);
  CHECK(trace.lines.front() == "4 v4 done");
  CHECK(trace.result.counts == Counts{6, 1, 2});
  CHECK(trace.result.failures.size() == 2);
  CHECK(trace_run({.first = 9}, 9, before).result.counts == Counts{3, 0, 1});
}

TEST_CASE("strict stops at the first bad item; the failed list is a list of paths") {
  const TemporaryFolder folder;
  const std::string list = folder / "failed.txt";
  trace_run({.jobs = 2, .failed_path = list}, 9);
  CHECK(read_file(list) == "videos/v3.mp4\nvideos/v5.mp4\n");
  CHECK_THROWS_AS(trace_run({.jobs = 2, .strict = true, .failed_path = list}, 9), DataError);
  CHECK(read_file(list) == "videos/v3.mp4\n");
  trace_run({.failed_path = list}, 3);
  CHECK(read_file(list).empty());
}

TEST_CASE("errors of the run end it at once") {
  Log log("test", Verbosity::kQuiet, false);
  for (const int jobs : {1, 4}) {
    std::atomic<int> worked = 0;
    int committed = 0;
    const auto run = [&] {
      run_items(
          numbered(1000), {.jobs = jobs, .hash_inputs = false}, log, {},
          [&](const Item& item) -> int {
            ++worked;
            if (item.id == "v5") throw RunError("disk", "full");
            return 0;
          },
          [&](const ItemOutcome&, int) { ++committed; }, [](const ItemOutcome&, const std::string&) {});
    };
    CHECK_THROWS_AS(run(), RunError);
    CHECK(committed == 5);
    CHECK(worked < 50);
  }
}

TEST_CASE("a signal ends the run between items") {
  Log log("test", Verbosity::kQuiet, false);
  for (const int jobs : {1, 4}) {
    int committed = 0;
    const auto run = [&] {
      run_items(
          numbered(1000), {.jobs = jobs, .hash_inputs = false}, log, {}, [](const Item&) { return 0; },
          [&](const ItemOutcome&, int) {
            if (++committed == 10) set_cancel_signal(SIGTERM);
          },
          [](const ItemOutcome&, const std::string&) {});
    };
    CHECK_THROWS_AS(run(), Interrupted);
    set_cancel_signal(0);
    CHECK(committed == 10);
  }
}

TEST_CASE("inputs are recorded in order, also those of failed items") {
  const TemporaryFolder folder;
  std::vector<Item> items;
  for (int i = 0; i < 5; ++i) {
    items.push_back({"v" + std::to_string(i), folder / ("v" + std::to_string(i))});
    if (i != 2) write_file_atomically(items.back().path, std::string(static_cast<size_t>(i), 'x'));
  }
  Log log("test", Verbosity::kQuiet, false);
  const auto result = run_items(
      items, {.jobs = 3}, log, {},
      [](const Item& item) -> int {
        if (item.id == "v1" || item.id == "v2") throw DataError(item.path, "is bad");
        return 0;
      },
      [](const ItemOutcome& outcome, int) { CHECK(outcome.input.has_value()); },
      [](const ItemOutcome& outcome, const std::string&) { CHECK(outcome.input.has_value() == (outcome.index == 1)); });
  REQUIRE(result.inputs.size() == 4);
  CHECK(result.inputs[1].path == items[1].path);
  CHECK(result.inputs[3].size == 4);
  CHECK(result.inputs[3] == file_record(items[4].path));
}

TEST_CASE("shards are contiguous, disjoint and whole") {
  for (const int count : {0, 1, 5, 16, 17}) {
    for (const int64_t shards : {1, 2, 3, 16, 20}) {
      std::vector<Item> joined;
      size_t least = 1000, most = 0;
      for (int64_t i = 0; i < shards; ++i) {
        const auto part = items_of_shard(numbered(count), {i, shards});
        least = std::min(least, part.size());
        most = std::max(most, part.size());
        joined.insert(joined.end(), part.begin(), part.end());
      }
      CHECK(joined == numbered(count));
      CHECK(most - least <= 1);
    }
  }
  CHECK(shard_path("out/name.h5", {3, 16}) == "out/name-00003-of-00016.h5");
  CHECK(shard_path("name.h5", {0, 1}) == "name.h5");
}

TEST_CASE("names of items must differ") {
  CHECK_NOTHROW(check_item_ids(numbered(3)));
  CHECK(message_of<UsageError>([] {
          check_item_ids({{"a", "x/a.mp4"}, {"a", "y/a.mp4"}});
        }).starts_with("y/a.mp4: has the same name \"a\" as x/a.mp4"));
  const auto words = [](const Item& one, const Item& two) {
    return message_of<UsageError>([&] { check_item_ids({one, two}); });
  };
  CHECK(words({"a", "x/a.mp4"}, {"a", "x/a.avi"}).find("--names file") != std::string::npos);
  CHECK(words({"a", "x/a.mp4"}, {"a", "y/a.mp4"}).find("--levels N") != std::string::npos);
  CHECK(words({"a", "x.h5"}, {"a", "y.h5"}).find("must differ") != std::string::npos);
  CHECK_NOTHROW(check_item_ids({{"a", "x/a.mp4"}, {"a", "y/a.mp4", "a fault"}}));
}

TEST_CASE("an item with a fault fails with its words; it is not worked on and not read") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "b", "x");
  const std::vector<Item> items{{"a", folder / "b"}, {"b", folder / "b", "is not right"}, {"c", folder / "b"}};
  Log log("test", Verbosity::kQuiet, false);
  for (const int jobs : {1, 3}) {
    std::atomic<int> worked = 0;
    std::vector<std::string> lines;
    const auto result = run_items(
        items, {.jobs = jobs}, log, {}, [&](const Item&) { return ++worked; },
        [&](const ItemOutcome& outcome, int) { lines.push_back(outcome.item->id); },
        [&](const ItemOutcome& outcome, const std::string& reason) {
          CHECK_FALSE(outcome.input);
          lines.push_back(outcome.item->id + ": " + reason);
        });
    CHECK(worked == 2);
    CHECK(lines == std::vector<std::string>{"a", "b: is not right", "c"});
    CHECK(result.inputs.size() == 2);
    CHECK(result.failures == std::vector<Failure>{{"b", folder / "b", "is not right"}});
  }
}

TEST_CASE("the file of a skipped item is not read") {
  Log log("test", Verbosity::kQuiet, false);
  const auto result = run_items(
      numbered(2), {}, log, {}, [](const Item&) { return std::optional<int>(); }, [](const ItemOutcome&, int) {},
      [](const ItemOutcome&, const std::string&) {});
  CHECK(result.counts == Counts{0, 2, 0});  // there are no such files
  CHECK(result.inputs.empty());
}

TEST_CASE("ids that become folders must lie apart") {
  const auto words = [](const std::vector<Item>& items) {
    return message_of<UsageError>([&] { check_folder_ids(items); });
  };
  CHECK(words({}).empty());
  CHECK(words({{"x", "1.mp4"}, {"xy", "2.mp4"}, {"y/x", "3.mp4"}, {"y/x.mp4", "4.mp4"}, {"x y", "5.mp4"}}).empty());
  const std::string inner =
      "2.mp4: its folder \"x/y\" would lie in \"x\", that of 1.mp4 (the folder of one video must not hold that of "
      "another)";
  CHECK(words({{"x", "1.mp4"}, {"x/y", "2.mp4"}}) == inner);
  CHECK(words({{"x/y", "2.mp4"}, {"x", "1.mp4"}}) == inner);
  CHECK(words({{"a/b/c/d", "2.mp4"}, {"z", "3.mp4"}, {"a/b", "1.mp4"}}).starts_with("2.mp4: its folder \"a/b/c/d\""));
  CHECK(words({{"x", "1.mp4"}, {"x/", "2.mp4"}}).starts_with("2.mp4: has the same name \"x/\" as 1.mp4"));
  CHECK(words({{"a//b", "1.mp4"}, {"a/b", "2.mp4"}}).starts_with("2.mp4: has the same name"));
}

TEST_CASE("ids that collide with our own names are refused as folders") {
  for (const std::string id :
       {"manifest.json", "manifest.json/x", "manifest-00000-of-00002.json", ".x.partial", "a/.x.partial",
        ".vs-extract-00000-of-00002.log", ".", "..", "../x", "a/../b", "", "/"}) {
    CAPTURE(id);
    CHECK(message_of<UsageError>([&] { check_folder_ids({{id, "v.mp4"}}); }).starts_with("v.mp4: "));
  }
  CHECK_NOTHROW(check_folder_ids({{"a/manifest.json", "v.mp4"}, {"a/manifest", "w.mp4"}, {"x.partial", "u.mp4"}}));
}

TEST_CASE("names that can be no folder are faults of their items") {
  const TemporaryFolder folder;
  const std::string out = folder / "not/yet/there";
  const auto fault = [&](const std::string& id, const std::vector<std::string>& own = {}) {
    return with_folder_faults({{id, "v.mp4"}}, out, own).front().fault;
  };
  for (const std::string id : {"manifest.json", "manifest.json/x", ".x", "a/.x", "", "..", "a/../b"}) {
    CAPTURE(id);
    CHECK_FALSE(fault(id).empty());
  }
  CHECK(fault("a/manifest.json").empty());
  CHECK(fault("motion.h5").empty());
  CHECK(fault("motion.h5", {"motion.h5"}).find("a file of this run") != std::string::npos);
  CHECK(fault("motion.h5/x", {"motion.h5"}).find("a file of this run") != std::string::npos);
  // A name has 255 bytes at most here, and the partial folder's is ".NAME.partial".
  CHECK(fault(std::string(246, 'x')).empty());
  CHECK(fault(std::string(247, 'x')).find("247 bytes of at most 246") != std::string::npos);
  CHECK(fault(std::string(255, 'x') + "/a").empty());
  CHECK_FALSE(fault(std::string(256, 'x') + "/a").empty());
  std::string deep = "a";
  for (int i = 0; i < 40; ++i) deep += "/" + std::string(100, 'x');
  CHECK(fault(deep).find("too long") != std::string::npos);
  // The words that stand there already stay.
  CHECK(with_folder_faults({{"..", "v.mp4", "bad"}}, out).front().fault == "bad");
  CHECK_NOTHROW(check_folder_ids(with_folder_faults({{"manifest.json", "v.mp4"}, {"", "w.mp4"}}, out)));
}

#include "lib/store/item_log.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/store/json.h"
#include "tests/lib/store/temporary_folder.h"

using namespace vs;
using namespace vs::store;

namespace {

const Json kKey = {{"tool", "x"}, {"parameters", {{"short_side", 256}, {"method", "luma"}}}};

std::vector<std::string> payloads(const ItemLog& log) {
  std::vector<std::string> found;
  log.for_each([&](const LoggedItem& item) {
    CHECK(item.index == found.size());
    found.push_back(item.reason ? "failed " + *item.reason : item.payload);
  });
  return found;
}

}  // namespace

TEST_CASE("a journal is gone on with, whatever byte it was cut at") {
  const TemporaryFolder folder;
  const std::string path = folder / "log";
  std::vector<uint64_t> sizes;
  {
    ItemLog log(path, kKey, false);
    CHECK_FALSE(log.resumed());
    sizes.push_back(std::filesystem::file_size(path));
    log.append({0, std::nullopt, std::nullopt, "one"});
    sizes.push_back(std::filesystem::file_size(path));
    log.append({1, std::nullopt, "is \xff bad", ""});
    sizes.push_back(std::filesystem::file_size(path));
    log.append({2, std::nullopt, std::nullopt, std::string("\0three", 6)});
    sizes.push_back(std::filesystem::file_size(path));
    CHECK_THROWS_AS(log.append({7, {}, {}, ""}), std::logic_error);
  }
  const std::string whole = read_file(path);
  const std::vector<std::string> all{"one", "failed is \\xff bad", std::string("\0three", 6)};
  for (size_t length = 0; length <= whole.size(); ++length) {
    CAPTURE(length);
    write_file_atomically(path, whole.substr(0, length));
    ItemLog log(path, kKey, false);
    size_t expected = 0;
    while (expected < 3 && sizes[expected + 1] <= length) ++expected;
    CHECK(log.size() == expected);
    CHECK(log.resumed() == (expected > 0));
    CHECK(payloads(log) == std::vector<std::string>(all.begin(), all.begin() + static_cast<int64_t>(expected)));
    log.append({expected, {}, {}, "new"});
    CHECK(payloads(log).back() == "new");
  }
}

TEST_CASE("a damaged record ends the journal") {
  const TemporaryFolder folder;
  const std::string path = folder / "log";
  {
    ItemLog log(path, kKey, false);
    log.append({0, {}, {}, "one"});
    log.append({1, {}, {}, "two"});
  }
  const std::string whole = read_file(path);
  for (size_t at = 0; at < whole.size(); at += 3) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    write_file_atomically(path, damaged);
    ItemLog log(path, kKey, false);
    CHECK(log.size() < 2);
  }
}

TEST_CASE("other options are refused by name, force starts anew") {
  const TemporaryFolder folder;
  const std::string path = folder / "log";
  {
    ItemLog log(path, kKey, false);
    log.append({0, {}, {}, "one"});
  }
  Json other = kKey;
  other["parameters"]["short_side"] = 128;
  const auto words = message_of<UsageError>([&] { ItemLog(path, other, false); });
  CHECK(words.find("parameters.short_side was 256, is 128") != std::string::npos);
  CHECK(words.find("--force") != std::string::npos);
  CHECK(ItemLog(path, kKey, false).size() == 1);
  CHECK(ItemLog(path, other, true).size() == 0);
}

TEST_CASE("the first difference of two keys") {
  const auto words = [](const Json& before, const Json& now) { return first_difference(before, now).value_or(""); };
  CHECK(words(kKey, kKey).empty());
  CHECK(words({{"a", 1}}, {{"a", 1}, {"b", 2}}) == "b was not set, is 2");
  CHECK(words({{"a", 1}, {"b", {1, 2}}}, {{"a", 1}}) == "b was [1, 2], is not set");
  CHECK(words({{"a", {{"x", 1}}}}, {{"a", 3}}) == R"(a was {"x": 1}, is 3)");
  CHECK(words({{"a", 1}}, {{"a", "1"}}) == "a was 1, is \"1\"");
}

TEST_CASE("the items of a key: by name and real place; the first difference names the video") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "v");
  std::filesystem::create_directory_symlink(folder / "v", folder / "link");
  const std::string v = folder / "v";
  const Manifest manifest("x", {"x"}, {{"list", "l.txt"}, {"short_side", 256}},
                          {{"list", "l.txt"}, {"short_side", 256}});
  const Manifest other("x", {"x"}, {{"list", "m.txt"}, {"short_side", 256}}, {{"list", "m.txt"}, {"short_side", 256}});
  const std::vector<Item> items{{"a", v + "/a.mp4"}, {"b", v + "/b.mp4"}};
  const Json key = run_key(manifest, items);
  const auto words = [&](const std::vector<Item>& now) {
    return first_difference(key, run_key(manifest, now)).value_or("");
  };
  CHECK(words(items).empty());
  CHECK(words({{"a", folder / "link/../v/./a.mp4"}, {"b", folder / "link/b.mp4"}}).empty());
  CHECK(words({{"a", std::filesystem::proximate(v + "/a.mp4").string()}, items[1]}).empty());
  CHECK(first_difference(key, run_key(other, items)) == std::nullopt);
  const std::string real = std::filesystem::canonical(v).string();
  CHECK(words({items[0], {"c", v + "/b.mp4"}}) ==
        "video 2 was \"b\" (" + real + "/b.mp4), is \"c\" (" + real + "/b.mp4)");
  CHECK(words({items[0], {"b", v + "/c.mp4"}}) ==
        "video 2 was \"b\" (" + real + "/b.mp4), is \"b\" (" + real + "/c.mp4)");
  CHECK(words({items[0]}) == "video 2, \"b\" (" + real + "/b.mp4), is missing now");
  CHECK(words({items[0], items[1], {"c", v + "/c.mp4"}}) == "video 3, \"c\" (" + real + "/c.mp4), is new");
  CHECK(words({{"a\t\n", v + "/a.mp4"}, items[1]}).find("\\x09\\x0a") != std::string::npos);
  CHECK(options_key(manifest)["parameters"] == Json({{"short_side", 256}}));
}

TEST_CASE("two runs never share an output") {
  const TemporaryFolder folder;
  const std::string path = folder / "log";
  ItemLog log(path, kKey, false);
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      ItemLog second(path, kKey, true);
    } catch (const RunError&) {
      ::_exit(7);
    } catch (...) {
    }
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 7);
  log.remove();
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("what a stopped run did comes back, unless an input changed") {
  const TemporaryFolder folder;
  const std::string video = folder / "a.mp4";
  write_file_atomically(video, "abc");
  const std::vector<Item> items{{"a", video}, {"b", folder / "b.mp4"}};
  ItemLog log(folder / "log", kKey, false);
  log.append({0, file_record(video), {}, "x"});
  log.append({1, {}, "is bad", ""});
  const ItemRunResult result = log.result(items);
  CHECK(result.counts == Counts{1, 0, 1});
  CHECK(result.failures == std::vector<Failure>{{"b", folder / "b.mp4", "is bad"}});
  CHECK(result.inputs == std::vector<FileRecord>{file_record(video)});
  std::filesystem::last_write_time(video, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  CHECK_NOTHROW(log.result(items));
  write_file_atomically(video, "abd");
  CHECK(message_of<UsageError>([&] { log.result(items); }).starts_with(video + ": has changed"));
  log.truncate(1);
  CHECK(log.size() == 1);
  CHECK(payloads(log) == std::vector<std::string>{"x"});
}

TEST_CASE("the note after the items is kept, replaced and dropped") {
  const TemporaryFolder folder;
  const std::string path = folder / "log";
  {
    ItemLog log(path, kKey, false);
    log.set_end_note("of nothing");
  }
  {
    ItemLog log(path, kKey, false);
    CHECK(log.size() == 0);
    CHECK_FALSE(log.resumed());
    CHECK(log.end_note() == "of nothing");
    log.append({0, {}, {}, "one"});
    CHECK(log.end_note().empty());
    log.set_end_note("a long note, longer than the next");
    log.set_end_note("short");
  }
  {
    ItemLog log(path, kKey, false);
    CHECK(log.end_note() == "short");
    CHECK(payloads(log) == std::vector<std::string>{"one"});
    CHECK(log.result({{"a", "a.mp4"}}).counts == Counts{1, 0, 0});
    log.append({1, {}, {}, ""});
  }
  {
    ItemLog log(path, kKey, false);
    CHECK(log.end_note().empty());
    CHECK(payloads(log) == std::vector<std::string>{"one", ""});
    log.set_end_note("x");
    log.truncate(2);
  }
  // Torn: no note, and no item less.
  {
    ItemLog log(path, kKey, false);
    CHECK(log.end_note().empty());
    log.set_end_note("torn");
  }
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  ItemLog log(path, kKey, false);
  CHECK(log.end_note().empty());
  CHECK(log.size() == 2);
  CHECK_THROWS_AS(log.set_end_note(""), std::logic_error);
}

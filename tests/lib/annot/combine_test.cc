#include "lib/annot/combine.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "lib/annot/check_lists.h"
#include "lib/annot/statistics.h"
#include "lib/core/error.h"

using namespace vs::annot;

namespace {

Annotation record(const std::string& path, std::vector<int32_t> labels, int64_t frames = -1, int64_t line = 0) {
  Annotation item;
  item.path = path;
  item.labels = std::move(labels);
  item.num_frames = frames;
  item.line = line;
  return item;
}

AnnotationSet many(int count, int classes) {
  AnnotationSet set;
  set.media = Media::kVideos;
  for (int i = 0; i < count; ++i) set.items.push_back(record("v" + std::to_string(i), {i % classes}));
  return set;
}

std::string kinds(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings)
    text += (finding.error ? "" : "(") + finding.kind + (finding.error ? " " : ") ");
  return text;
}

}  // namespace

TEST_CASE("filtering by names, lines and length") {
  AnnotationSet set;
  set.items = {record("a/x.mp4", {0}, 5, 1), record("b.mp4", {0}, 2, 2), record("c", {0}, -1, 3),
               record("d", {0}, 9, 4)};
  RecordFilter filter;
  filter.drop = {"data/a/x"};
  filter.data_prefix = "data";
  filter.drop_lines = {4};
  filter.min_frames = 3;
  CHECK(filter_set(set, filter) == 3);
  REQUIRE(set.items.size() == 1);
  CHECK(set.items[0].path == "c");
  RecordFilter keep;
  keep.keep = {"z"};
  CHECK(filter_set(set, keep) == 1);
  CHECK(filter_set(set, keep) == 0);
}

TEST_CASE("parts of a split") {
  const auto parts = parse_split_parts("train=0.7, val=0.3");
  REQUIRE(parts.size() == 2);
  CHECK(parts[1].name == "val");
  for (const char* bad :
       {"", "train=1", "a=0.5,b=0.6", "a=0.5,a=0.5", "a=0,b=1", "a/b=0.5,c=0.5", "a=x,b=1", "a=-1,b=2"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_split_parts(bad), vs::UsageError);
  }
}

TEST_CASE("a split keeps fractions class by class, whatever the order") {
  const auto parts = parse_split_parts("train=0.5,val=0.25,test=0.25");
  AnnotationSet set = many(400, 7);
  const auto sets = split_set(set, parts, 1);
  CHECK(sets[0].items.size() == 200);
  CHECK(sets[1].items.size() == 100);
  CHECK(sets[2].items.size() == 100);
  std::map<int32_t, int> in_val;
  for (const Annotation& item : sets[1].items) {
    ++in_val[item.labels[0]];
    CHECK(item.split == "val");
  }
  for (const auto& [label, number] : in_val) CHECK(std::abs(number - 400.0 / 7 / 4) < 1.5);
  const auto paths = [](const AnnotationSet& part) {
    std::vector<std::string> names;
    for (const Annotation& item : part.items) names.push_back(item.path);
    std::sort(names.begin(), names.end());
    return names;
  };
  std::reverse(set.items.begin(), set.items.end());
  CHECK(paths(split_set(set, parts, 1)[1]) == paths(sets[1]));
  CHECK(paths(split_set(set, parts, 2)[1]) != paths(sets[1]));
}

TEST_CASE("a split at the edges") {
  const auto parts = parse_split_parts("train=0.1,val=0.9");
  const auto pair = split_set(many(2, 1), parts, 0);
  CHECK(pair[0].items.size() == 1);
  CHECK(split_set(many(1, 1), parts, 0)[1].items.size() == 1);
  CHECK(split_set(AnnotationSet(), parts, 0)[0].items.empty());
  // Clips of one video stay together, and a video counts for the rarest of its labels.
  AnnotationSet clips;
  for (int i = 0; i < 30; ++i) clips.items.push_back(record("v" + std::to_string(i / 3), {i % 3, 5}, 9));
  const auto halves = split_set(clips, parse_split_parts("a=0.5,b=0.5"), 0);
  CHECK(halves[0].items.size() == 15);
  CHECK(halves[0].items.size() % 3 == 0);
}

TEST_CASE("merging") {
  AnnotationSet a = many(2, 2), b;
  b.media = Media::kVideos;
  b.items = {record("v1", {1}), record("w", {0})};
  CHECK_THROWS_AS(merge_sets({{"a", a}, {"b", b}}, false), vs::DataError);
  CHECK(merge_sets({{"a", a}, {"b", b}}, true).items.size() == 3);
  b.items[0].labels = {0};
  CHECK_THROWS_AS(merge_sets({{"a", a}, {"b", b}}, true), vs::DataError);
  b.items.erase(b.items.begin());
  a.classes = {"x", "y"};
  CHECK(merge_sets({{"b", b}, {"a", a}}, false).classes == a.classes);
  b.classes = {"y", "x"};
  CHECK_THROWS_AS(merge_sets({{"a", a}, {"b", b}}, false), vs::DataError);
  b.classes.clear();
  b.with_offset = true;
  CHECK_THROWS_AS(merge_sets({{"a", a}, {"b", b}}, false), vs::DataError);
  CHECK(merge_sets({}, false).items.empty());
}

TEST_CASE("shards are put in order and must all be there") {
  using Names = std::vector<std::string>;
  CHECK(ordered_shards({"d/a-00001-of-00002.h5", "d/a-00000-of-00002.h5"}) ==
        Names{"d/a-00000-of-00002.h5", "d/a-00001-of-00002.h5"});
  CHECK_THROWS_AS(ordered_shards({"a-00001-of-00002.h5"}), vs::DataError);
  CHECK_THROWS_AS(ordered_shards({"a-00000-of-00001.h5", "a-00000-of-00001.h5"}), vs::DataError);
  CHECK_THROWS_AS(ordered_shards({"a-00000-of-99999999999.h5"}), vs::DataError);
  CHECK(ordered_shards({"b.txt", "a.txt"}) == Names{"b.txt", "a.txt"});
  CHECK(ordered_shards({"a-00001-of-00002.h5", "b-00000-of-00002.h5"}) ==
        Names{"a-00001-of-00002.h5", "b-00000-of-00002.h5"});
  CHECK(ordered_shards({}).empty());
}

TEST_CASE("what a check of lists finds") {
  AnnotationSet train, val;
  train.items = {record("a", {1}, 9, 1), record("b", {2}, 9, 2), record("a", {1}, 9, 3)};
  val.items = {record("a", {2}, 9, 1), record("c", {3}, 9, 2)};
  CHECK(kinds(check_lists({{"t", train}}, 0)) == "(labels_from_1) duplicate ");
  CHECK(kinds(check_lists({{"t", train}, {"v", val}}, 3)) ==
        "labels_from_1 label_out_of_range (class_missing) duplicate in_two_splits labels_differ ");
  CHECK(kinds(check_lists({{"t", train}, {"v", val}}, 4)) == "(class_missing) duplicate in_two_splits labels_differ ");
  AnnotationSet clips;
  clips.with_offset = true;
  clips.items = {record("a", {0}, 9, 1), record("a", {1}, 9, 2)};
  clips.items[1].offset = 20;
  CHECK(kinds(check_lists({{"c", clips}}, 0)).empty());
  clips.items[0].split = "train";
  clips.items[1].split = "val";
  CHECK(kinds(check_lists({{"c", clips}}, 0)) == "in_two_splits ");
  CHECK(check_lists({}, 5).empty());
}

TEST_CASE("numbers about a set") {
  AnnotationSet set;
  set.num_classes = 4;
  set.classes = {"w", "x", "y", "z"};
  set.items = {record("a", {0, 2}, 10), record("b", {2}, 20), record("b", {}, 40)};
  set.items[2].split = "val";
  const Statistics numbers = statistics_of(set);
  CHECK(numbers.records == 3);
  CHECK(numbers.videos == 2);
  CHECK(numbers.unlabelled == 1);
  CHECK(numbers.several_labels == 1);
  CHECK(numbers.classes_present == 2);
  CHECK(numbers.imbalance == 2);
  CHECK(numbers.by_class[2].frames == 30);
  CHECK(numbers.frames.median == 20);
  CHECK(numbers.frames.total == 70);
  CHECK(numbers.splits.size() == 1);
  CHECK(spread_of({4, 1, 3, 2}).median == 2);
  CHECK(statistics_of(AnnotationSet()).imbalance == 0);
  AnnotationSet far;
  far.items = {record("a", {2147483647})};
  CHECK(statistics_of(far).by_class.empty());
}

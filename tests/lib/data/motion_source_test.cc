#include "lib/data/motion_source.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/store/motion_file.h"
#include "tests/support/scratch.h"

namespace vs::data {
namespace {

using Values = std::vector<double>;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

DataItem item_of(const std::string& name) {
  DataItem item;
  item.id = item.name = name;
  return item;
}

DataItem part_of(const std::string& name, int64_t offset) {
  DataItem item = item_of(name);
  item.place.is_part = true;
  item.place.offset = offset;
  return item;
}

std::string failure_of(const MotionSource& motion, const DataItem& item, int64_t num_frames) {
  try {
    motion.values(item, num_frames);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

void write_motion(const std::string& path, store::MotionKind kind, const std::vector<store::VideoMotion>& videos) {
  store::MotionInfo info;
  info.method = "luma";
  info.kind = kind;
  std::vector<store::Item> items;
  for (const auto& video : videos) items.push_back({video.video_id, video.video_id});
  store::MotionWriter writer(path, info, nlohmann::ordered_json{{"key", 1}}, false);
  for (uint64_t i = 0; i < items.size(); ++i) {
    writer.add({&items[i], i, store::FileRecord{items[i].path, 1, std::string(64, '0')}}, videos[i]);
  }
  writer.finish(nlohmann::ordered_json::object());
  writer.done();
}

}  // namespace

TEST_CASE("motion of the reference's JSON, by frame_dir or its last component") {
  const test::Scratch scratch("vs-motion-source");
  scratch.touch("m.json", R"({"78687": [1.5, 2.0, 3.0], "x/a": [4.0], "a": [5.0, 6.0], "one": []})");
  const MotionSource motion(scratch / "m.json");
  CHECK_FALSE(motion.is_curve());
  CHECK(motion.values(item_of("78687"), 4) == Values{1.5, 2, 3});
  CHECK(motion.values(item_of("/data/sthv1/78687"), 4) == Values{1.5, 2, 3});
  CHECK(motion.values(item_of("videos/78687.webm"), 4) == Values{1.5, 2, 3});
  CHECK(motion.values(item_of("x/a"), 2) == Values{4});
  CHECK(motion.values(item_of("y/a"), 3) == Values{5, 6});
  CHECK(motion.values(item_of("one"), 1).empty());
  CHECK(contains(failure_of(motion, item_of("b"), 4), "m.json: has no motion of \"b\""));
  CHECK(contains(failure_of(motion, item_of("78687"), 3), "3 values of \"78687\", which has 3 frames: 2 are needed"));
  CHECK(contains(failure_of(motion, item_of("78687"), 5), "4 are needed"));
  CHECK(contains(failure_of(motion, item_of("one"), 2), "0 values"));
}

TEST_CASE("motion of a part of a video is cut from the whole video's") {
  const test::Scratch scratch("vs-motion-source-part");
  scratch.touch("m.json", R"({"v": [0.0, 1.0, 2.0, 3.0, 4.0]})");
  scratch.touch("c.json", R"({"v": [0.0, 0.5, 1.0]})");
  const MotionSource motion(scratch / "m.json"), curve(scratch / "c.json", motion::Values::kCurve);
  CHECK(motion.values(part_of("v", 0), 3) == Values{0, 1});
  CHECK(motion.values(part_of("v", 2), 4) == Values{2, 3, 4});
  CHECK(motion.values(part_of("v", 5), 1).empty());
  CHECK(contains(failure_of(motion, part_of("v", 3), 4), "whose part ends at frame 7"));
  CHECK(contains(failure_of(motion, part_of("v", INT64_MAX - 1), 1), "5 values"));
  CHECK(curve.is_curve());
  CHECK(curve.values(part_of("v", 0), 4) == Values{0, 0.5, 1});
  CHECK(contains(failure_of(curve, part_of("v", 1), 2), "cannot be cut"));
}

TEST_CASE("motion of vs.motion/1") {
  const test::Scratch scratch("vs-motion-source-h5");
  write_motion(scratch / "raw.h5", store::MotionKind::kRaw, {{"a", 3, {1, 2}, {}}, {"sub/b", 2, {3}, {}}});
  write_motion(scratch / "curve.h5", store::MotionKind::kCurve, {{"a", 3, {0.5, 1}, {}}});
  const MotionSource raw(scratch / "raw.h5"), curve(scratch / "curve.h5");
  CHECK_FALSE(raw.is_curve());
  CHECK(curve.is_curve());
  CHECK(raw.values(item_of("some/a.mp4"), 3) == Values{1, 2});
  CHECK(raw.values(item_of("sub/b.mp4"), 2) == Values{3});
  CHECK(contains(failure_of(raw, item_of("b"), 2), "has no motion of \"b\""));
  CHECK(contains(failure_of(raw, item_of("a"), 4), "3 are needed"));

  Dataset data;
  for (const char* name : {"a", "b", "c"}) data.items.push_back(item_of(name));
  try {
    check_motion(data, raw);
    CHECK(false);
  } catch (const DataError& error) {
    CHECK(contains(error.what(), "has no motion of 2 of 3 videos: b, c"));
  }
  data.items.resize(1);
  CHECK_NOTHROW(check_motion(data, raw));
}

TEST_CASE("what is no motion file") {
  const test::Scratch scratch("vs-motion-source-bad");
  scratch.touch("list.txt", "a 5 0\n");
  CHECK_THROWS_AS(MotionSource(scratch / "list.txt"), DataError);
  CHECK_THROWS_AS(MotionSource(scratch / "none.h5"), DataError);
  CHECK_THROWS_AS(MotionSource(scratch / ""), DataError);
  CHECK_THROWS_AS(MotionSource(std::string(VS_TEST_DATA) + "/packs/frames.h5"), DataError);
}

}  // namespace vs::data

#include "lib/data/dataset.h"

#include <doctest/doctest.h>

#include "lib/core/error.h"
#include "lib/data/dataset_names.h"
#include "lib/store/annotations_file.h"
#include "tests/lib/data/made_videos.h"
#include "tests/support/scratch.h"

namespace vs::data {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<std::string> ids_of(const Dataset& data) {
  std::vector<std::string> ids;
  for (const DataItem& item : data.items) ids.push_back(item.id);
  return ids;
}

Dataset read(const std::string& list, const DatasetOptions& options, const annot::ReadOptions& reading = {}) {
  return read_dataset(list, std::nullopt, reading, options);
}

std::string failure_of(const std::string& list, const DatasetOptions& options, const annot::ReadOptions& reading = {}) {
  try {
    read(list, options, reading);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("names under which a video is looked up") {
  CHECK(lookup_names("a/b/c.mp4") == Ids{"a/b/c.mp4", "a/b/c", "c.mp4", "c"});
  CHECK(lookup_names("./78687/") == Ids{"78687"});
  CHECK(lookup_names("frames/a.1") == Ids{"frames/a.1", "frames/a", "a.1", "a"});
  CHECK(lookup_names(".mp4") == Ids{".mp4"});
}

TEST_CASE("folders of a list below a root") {
  const test::Scratch scratch("vs-dataset");
  scratch.touch("data/x/a/img_00001.jpg");
  scratch.touch("data/b.1/img_00001.jpg");
  scratch.touch("list.txt", "x/a 163 1\nb.1 7 0\n");
  DatasetOptions options;
  options.root = scratch / "data";
  const Dataset data = read(scratch / "list.txt", options);
  CHECK(ids_of(data) == Ids{"x/a", "b.1"});
  CHECK(data.items[0].place.path == scratch / "data/x/a");
  CHECK(data.items[0].place.kind == media::SourceKind::kFolder);
  CHECK(data.items[0].place.num_frames == 163);
  CHECK(data.items[0].labels == std::vector<int32_t>{1});
  CHECK(data.items[1].line == 2);
  CHECK(data.num_classes == 2);
  CHECK_FALSE(data.multi_label);
  CHECK(data.missing.empty());
  CHECK(data.warnings.empty());
}

TEST_CASE("videos, with and without the ending") {
  const test::Scratch scratch("vs-dataset-videos");
  for (const char* name : {"a.mp4", "c/b.mp4", "d.webm"}) scratch.touch(std::string("data/") + name, "x");
  scratch.touch("list.txt", "a.mp4 0\nc/b 1\nd.webm 1\na.mp4 1\na.mp4 0\n");
  DatasetOptions options;
  options.root = scratch / "data/";
  const Dataset data = read_dataset(scratch / "list.txt", annot::Format::kVideos, {}, options);
  CHECK(ids_of(data) == Ids{"a", "c/b", "d", "a#2", "a#3"});
  CHECK(data.items[1].place.path == scratch / "data/c/b.mp4");
  CHECK(data.items[1].place.kind == media::SourceKind::kVideo);
  CHECK(data.items[1].place.num_frames == -1);
}

TEST_CASE("videos of a pack") {
  const test::Scratch scratch("vs-dataset-pack");
  const media::Image picture(8, 8, 3);
  write_pack(scratch / "pack.h5", {"x/a", "b"}, {{picture}, {picture, picture}});
  scratch.touch("list.txt", "x/a 1 1\nsome/folder/b 2 0\nnone 1 0\n");
  DatasetOptions options;
  options.root = scratch / "pack.h5";
  CHECK(contains(failure_of(scratch / "list.txt", options), "1 of its 3 videos are missing"));
  options.missing = MissingVideos::kKeep;
  const Dataset data = read(scratch / "list.txt", options);
  CHECK(data.items[0].place.pack_video == 0);
  CHECK(data.items[1].place.pack_video == 1);
  CHECK(data.items[0].place.pack == data.items[1].place.pack);
  REQUIRE(data.missing.size() == 1);
  CHECK(data.missing[0].id == "none");
  ClipReader reader;
  CHECK_THROWS_AS(reader.open(data.items[2].place), DataError);
}

TEST_CASE("parts of videos") {
  const test::Scratch scratch("vs-dataset-parts");
  scratch.touch("v_a/img_00001.jpg");
  scratch.touch("list.txt", "v_a 0 122 1\nv_a 213 122 0\n");
  DatasetOptions options;
  options.root = scratch / "";
  annot::ReadOptions reading;
  reading.with_offset = true;
  const Dataset data = read(scratch / "list.txt", options, reading);
  CHECK(ids_of(data) == Ids{"v_a@0", "v_a@213"});
  CHECK(data.items[1].place.offset == 213);
  CHECK(data.items[0].place.is_part);
  CHECK(data.items[1].place.num_frames == 122);
}

TEST_CASE("vs.annotations: ids as stored, one split") {
  const test::Scratch scratch("vs-dataset-h5");
  for (const char* name : {"data/sub/a.mp4", "data/b.mp4"}) scratch.touch(name, "x");
  store::AnnotationTable table;
  table.class_names = {"walk", "run", "sit"};
  table.media = "videos";
  table.rows.push_back({.video_id = "sub/a", .path = scratch / "data/sub/a.mp4", .labels = {2, 0}, .split = "val"});
  table.rows.push_back({.video_id = "b", .path = scratch / "data/b.mp4", .labels = {1}, .split = "train"});
  store::write_annotations(scratch / "set.h5", table, nlohmann::ordered_json::object(), false);
  DatasetOptions options;
  options.split = "val";
  Dataset data = read(scratch / "set.h5", options);
  CHECK(ids_of(data) == Ids{"sub/a"});
  CHECK(data.multi_label);
  CHECK(data.num_classes == 3);
  CHECK(data.classes[2] == "sit");
  // The videos have moved: their ids tell where they are.
  std::filesystem::rename(scratch / "data", scratch / "moved");
  options.root = scratch / "moved";
  options.split = "";
  std::filesystem::create_directories(scratch / "sets");
  data = read(scratch / "set.h5", options);
  CHECK(data.items[0].place.path == scratch / "moved/sub/a.mp4");
  CHECK(data.items[1].place.path == scratch / "moved/b.mp4");
  options.split = "test";
  CHECK(contains(failure_of(scratch / "set.h5", options), "no video of split \"test\" (it has: train, val)"));
  options.split = "";
  options.num_classes = 4;
  CHECK(contains(failure_of(scratch / "set.h5", options), "has 3 classes, the network has 4"));
}

TEST_CASE("labels against the number of classes") {
  const test::Scratch scratch("vs-dataset-labels");
  for (const char* name : {"a", "b", "c"}) std::filesystem::create_directories(scratch / name);
  DatasetOptions options;
  options.root = scratch / "";
  options.num_classes = 2;
  const std::string list = scratch / "list.txt";
  scratch.touch("list.txt", "a 5 1\nb 5 2\nc 5 1\n");
  CHECK(contains(failure_of(list, options), "list.txt:2: label 2 with 2 classes, 0 to 1 fit (labels seem to start"));
  scratch.touch("list.txt", "a 5 0\nb 5 2\nc 5 7\n");
  CHECK(contains(failure_of(list, options), "list.txt:3: label 7 with 2 classes, 0 to 1 fit (the list seems"));
  options.num_classes = 8;
  CHECK(failure_of(list, options).empty());
  // Nobody says how many classes there are, and none is the first.
  options.num_classes = 0;
  scratch.touch("list.txt", "a 5 1\nb 5 2\nc 5 1\n");
  const Dataset data = read(list, options);
  CHECK(data.num_classes == 3);
  REQUIRE(data.warnings.size() == 1);
  CHECK(contains(data.warnings[0], "no video has label 0"));
  // Several labels where one is not in range.
  scratch.touch("list.txt", "a 5 0 1\nb 5 1 4\nc 5 1\n");
  annot::ReadOptions several;
  several.multi_class = true;
  several.num_classes = 4;
  options.num_classes = 4;
  CHECK(contains(failure_of(list, options, several), "list.txt:2: label 4"));
}

TEST_CASE("unlabelled and empty lists") {
  const test::Scratch scratch("vs-dataset-empty");
  std::filesystem::create_directories(scratch / "a");
  DatasetOptions options;
  options.root = scratch / "";
  scratch.touch("list.txt", "a 5\n");
  CHECK(contains(failure_of(scratch / "list.txt", options), "\"a\" has no label"));
  options.labels_needed = false;
  CHECK(read(scratch / "list.txt", options).items[0].labels.empty());
  scratch.touch("empty.txt", "\n");
  CHECK(contains(failure_of(scratch / "empty.txt", options), "empty.txt"));
  try {
    make_dataset("none", {}, {}, options);
    CHECK(false);
  } catch (const DataError& error) {
    CHECK(contains(error.what(), "none: has no records"));
  }
}

TEST_CASE("missing videos are found before the run") {
  const test::Scratch scratch("vs-dataset-missing");
  std::filesystem::create_directories(scratch / "there");
  std::string lines = "there 5 0\n";
  for (int i = 0; i < 12; ++i) lines += "gone" + std::to_string(i) + " 5 0\n";
  scratch.touch("list.txt", lines);
  DatasetOptions options;
  options.root = scratch / "";
  const std::string failure = failure_of(scratch / "list.txt", options);
  CHECK(contains(failure, "12 of its 13 videos are missing"));
  CHECK(contains(failure, "gone0 (line 2), gone1 (line 3)"));
  CHECK(contains(failure, "and 4 more"));
  options.missing = MissingVideos::kLeaveOut;
  Dataset data = read(scratch / "list.txt", options);
  CHECK(ids_of(data) == Ids{"there"});
  CHECK(data.missing.size() == 12);
  options.missing = MissingVideos::kKeep;
  data = read(scratch / "list.txt", options);
  CHECK(data.items.size() == 13);
  CHECK(data.missing[11].path == scratch / "gone11");
  // Not one is there: the folder is the wrong one.
  options.root = scratch / "there";
  CHECK(contains(failure_of(scratch / "list.txt", options), "none of its 13 videos is there"));
  options.root = scratch / "nowhere";
  CHECK(contains(failure_of(scratch / "list.txt", options), "nowhere: does not exist"));
}

}  // namespace vs::data

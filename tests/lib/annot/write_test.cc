#include "lib/annot/write.h"

#include <doctest/doctest.h>

#include <string>

#include "lib/annot/annotations_file.h"
#include "lib/annot/read.h"
#include "lib/core/error.h"

using namespace vs::annot;

namespace {

AnnotationSet frames_set() {
  AnnotationSet set;
  set.classes = {"A b", "C"};
  set.num_classes = 2;
  for (int i = 0; i < 2; ++i) {
    Annotation item;
    item.path = i == 0 ? "A b/x_000001_000002" : "C/y_000003_000004";
    item.num_frames = 10 + i;
    item.labels = {i};
    item.duration_s = 5;
    item.split = i == 0 ? "train" : "val";
    set.items.push_back(item);
  }
  return set;
}

}  // namespace

TEST_CASE("what is written reads back the same") {
  AnnotationSet set = frames_set();
  for (const Format format : {Format::kMinikList, Format::kActnetList, Format::kRawframesJson}) {
    const std::string text = format_annotations(set, format);
    const auto back = parse_annotations(text, "f", format);
    CHECK(format_annotations(back, format) == text);
    REQUIRE(back.items.size() == 2);
    CHECK(back.items[0].path == set.items[0].path);
    CHECK(back.items[1].labels == set.items[1].labels);
    CHECK(back.items[1].num_frames == 11);
  }
  set.media = Media::kNames;
  ReadOptions options;
  options.classes = set.classes;
  options.level = 2;
  for (const Format format : {Format::kSomethingCsv, Format::kSomethingJson, Format::kDiving48Json}) {
    const auto back = parse_annotations(format_annotations(set, format), "f", format, options);
    CHECK(back.items[1].path == set.items[1].path);
    CHECK(back.items[1].labels == set.items[1].labels);
  }
  const auto kinetics = parse_annotations(format_annotations(set, Format::kKineticsCsv), "f", Format::kKineticsCsv);
  CHECK(kinetics.items[0].path == "A_b/x_000001_000002");
  CHECK(kinetics.items[1].split == "val");
  const auto activitynet =
      parse_annotations(format_annotations(set, Format::kActivitynetJson), "f", Format::kActivitynetJson);
  CHECK(activitynet.items[1].path == "v_y_000003_000004");
  CHECK(activitynet.items[1].split == "val");
  CHECK(activitynet.items[1].segments[0].end_s == 5);
  const auto mmit = parse_annotations(format_annotations(set, Format::kMmitCsv), "f", Format::kMmitCsv);
  CHECK(mmit.items[0].path == "A b/x_000001_000002");
}

TEST_CASE("lists with an offset, without labels, with a delimiter") {
  AnnotationSet set = frames_set();
  set.items.erase(set.items.begin());
  set.with_offset = true;
  set.items[0].offset = 7;
  CHECK(format_annotations(set, Format::kRawframes) == "C/y_000003_000004 7 11 1\n");
  set.with_offset = false;
  set.items[0].labels.clear();
  CHECK(format_annotations(set, Format::kRawframes) == "C/y_000003_000004 11\n");
  set.media = Media::kNames;
  WriteOptions options;
  options.extension = ".mp4";
  CHECK(format_annotations(set, Format::kVideos, options) == "C/y_000003_000004.mp4\n");
  CHECK(format_annotations(set, Format::kVideosJson, options).find("-1") != std::string::npos);
}

TEST_CASE("what a format cannot hold is refused") {
  AnnotationSet set = frames_set();
  CHECK_THROWS_AS(format_annotations(set, Format::kRawframes), vs::DataError);  // a path with blanks
  WriteOptions comma;
  comma.delimiter = ',';
  CHECK(format_annotations(set, Format::kRawframes, comma) == "A b/x_000001_000002,10,0\nC/y_000003_000004,11,1\n");
  CHECK_THROWS_AS(format_annotations(set, Format::kVideos, comma), vs::DataError);  // no file names
  CHECK_THROWS_AS(format_annotations(set, Format::kAnnotations), vs::UsageError);
  CHECK_THROWS_AS(format_annotations(set, Format::kHmdb51), vs::UsageError);
  set.items[0].labels = {0, 1};
  CHECK_THROWS_AS(format_annotations(set, Format::kMinikList), vs::DataError);
  set.items[0].labels.clear();
  CHECK_THROWS_AS(format_annotations(set, Format::kActnetList), vs::DataError);
  set.items[0].labels = {0};
  set.items[0].num_frames = -1;
  CHECK_THROWS_AS(format_annotations(set, Format::kActnetList), vs::DataError);
  set.items[0].path = "a\nb";
  set.items[0].num_frames = 1;
  CHECK_THROWS_AS(format_annotations(set, Format::kActnetList), vs::DataError);
  set.classes.clear();
  CHECK_THROWS_AS(format_annotations(set, Format::kSomethingJson), vs::DataError);
}

TEST_CASE("tables of vs.annotations/1") {
  AnnotationSet set = frames_set();
  AnnotationSet back = from_table(to_table(set));
  CHECK(back.media == Media::kFrames);
  CHECK(back.classes == set.classes);
  CHECK(back.items[1].split == "val");
  CHECK(back.items[1].num_frames == 11);
  set.with_offset = true;
  set.items[0].offset = 3;
  back = from_table(to_table(set));
  CHECK(back.with_offset);
  CHECK(back.items[0].offset == 3);
  CHECK(back.items[0].num_frames == 10);
}

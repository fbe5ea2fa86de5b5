#include "lib/annot/write.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
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
  CHECK_THROWS_AS(format_annotations(set, Format::kHmdb51), vs::DataError);  // two classes
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

TEST_CASE("one HMDB51 file a class") {
  ReadOptions options;
  options.classes = {"Archery", "brush_hair"};
  options.hmdb51_class = "brush_hair";
  const std::string text = "a.avi 1\nb.b.avi 2\n";
  const AnnotationSet set = parse_annotations(text + "c.avi 0\n", "f", Format::kHmdb51, options);
  CHECK(set.items[1].path == "brush_hair/b.b");
  REQUIRE(set.losses.size() == 1);
  CHECK(set.losses[0].first == "c.avi");
  CHECK(format_annotations(set, Format::kHmdb51) == text);
  AnnotationSet unknown = set;
  unknown.items[0].split.clear();
  CHECK_THROWS_AS(format_annotations(unknown, Format::kHmdb51), vs::DataError);
}

TEST_CASE("what only one format has comes back") {
  ReadOptions options;
  options.classes = {"Holding something", "Moving up"};
  options.level = 2;
  const auto round = [&](const std::string& text, Format format) {
    const AnnotationSet set = from_table(to_table(parse_annotations(text, "f", format, options)));
    CHECK(format_annotations(set, format, {}) ==
          format_annotations(parse_annotations(text, "f", format, options), format));
    return format_annotations(set, format);
  };
  const std::string something =
      "[\n  {\"id\": \"7\", \"label\": \"holding a cup\", \"template\": \"Holding [something]\", \"placeholders\": "
      "[\"a cup\"]}\n]\n";
  CHECK(nlohmann::json::parse(round(something, Format::kSomethingJson)) == nlohmann::json::parse(something));
  options.classes.clear();
  const std::string activitynet =
      R"({"version":"VERSION 1.3","taxonomy":[{"nodeName":"A"}],"database":{"x":{"duration":10.5,"subset":"validation",)"
      R"("resolution":"320x240","url":"https://example.org/x","annotations":[{"segment":[1.25,2.0],"label":"Z"},)"
      R"({"segment":[3.0,4.0],"label":"A"},{"segment":[5.0,6.0],"label":"Z"}]},)"
      R"("y":{"duration":3.0,"subset":"testing","url":"u","annotations":[]}}})";
  CHECK(nlohmann::json::parse(round(activitynet, Format::kActivitynetJson)) == nlohmann::json::parse(activitynet));
  const std::string kinetics =
      "label,youtube_id,time_start,time_end,split,is_cc,note\n"
      "air drumming,a_b,20.0,30,validate,1,\"x, y\"\n\"dancing \"\"x\"\"\",c,5,15,train,0,\n";
  CHECK(round(kinetics, Format::kKineticsCsv) == kinetics);
  options.classes = {"Archery", "Bowling"};
  CHECK(round("Bowling/v_a.avi 2\nArchery/b.mpg\n", Format::kUcf101) == "Bowling/v_a.avi 2\nArchery/b.mpg\n");
  CHECK(round("a/b.webm,1,0\n", Format::kMmitCsv) == "a/b.webm,1,0\n");
  const std::string diving = R"([{"vid_name":"a","label":1,"start_frame":0,"end_frame":9}])";
  CHECK(nlohmann::json::parse(round(diving, Format::kDiving48Json)) == nlohmann::json::parse(diving));
  CHECK(round("v,9,1,0\n", Format::kActnetList) == "v,9,1,0\n");
}

TEST_CASE("an extra does not outlive what it says") {
  ReadOptions options;
  options.classes = {"Holding something", "Moving up"};
  AnnotationSet set =
      parse_annotations(R"([{"id": "7", "template": "Holding [something]"}])", "f", Format::kSomethingJson, options);
  set.items[0].labels = {1};
  CHECK(nlohmann::json::parse(format_annotations(set, Format::kSomethingJson))[0]["template"] == "Moving up");
  AnnotationSet clip =
      parse_annotations("label,youtube_id,time_start,time_end\nx,a,20.0,30\n", "f", Format::kKineticsCsv);
  clip.items[0].path = "a_000021_000030";
  CHECK(format_annotations(clip, Format::kKineticsCsv) ==
        "label,youtube_id,time_start,time_end,split,is_cc\nx,a,21,30,train,0\n");
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

#include "lib/annot/losses.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "lib/annot/read.h"

using namespace vs::annot;

namespace {

/// "what:records" of all losses, sorted, a blank between them.
std::string lost(const AnnotationSet& set, Format format, bool classes_known = false) {
  std::vector<std::string> words;
  for (const Loss& loss : losses_of(set, format, classes_known)) {
    words.push_back(loss.what + ":" + std::to_string(loss.records));
  }
  std::sort(words.begin(), words.end());
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " | ") + word;
  return text;
}

}  // namespace

TEST_CASE("ActivityNet in lists loses all but names and labels") {
  const std::string text =
      R"({"version":"VERSION 1.3","database":{"x":{"duration":10.5,"subset":"validation","url":"u","annotations":[)"
      R"({"segment":[1,2],"label":"Z","extra":1}]},"y":{"duration":3,"subset":"testing","url":"u","annotations":[]}}})";
  const AnnotationSet set = parse_annotations(text, "f", Format::kActivitynetJson);
  CHECK(lost(set, Format::kVideos) ==
        "`url`:2 | `version`:0 | a duration:2 | a split:2 | segments in seconds:1 | the class names:0");
  CHECK(lost(set, Format::kActivitynetJson).empty());
  CHECK(lost(set, Format::kAnnotations).empty());
  REQUIRE(set.losses.size() == 1);
  CHECK(set.losses[0].what == "`extra` in annotations");
  AnnotationSet one_split = set;
  for (Annotation& item : one_split.items) item.split = "val";
  CHECK(lost(one_split, Format::kVideos, true) == "`url`:2 | `version`:0 | a duration:2 | segments in seconds:1");
}

TEST_CASE("offsets are lost where they are not refused") {
  ReadOptions options;
  options.with_offset = true;
  const auto set = parse_annotations("a 3 10 1\n", "f", Format::kRawframes, options);
  CHECK(lost(set, Format::kVideos) == "a number of frames:1 | an offset:1");
  CHECK(lost(set, Format::kRawframes).empty());
}

TEST_CASE("plain lists lose nothing in lists") {
  const AnnotationSet frames = parse_annotations("a/b 10 1\nc 5 0\n", "f", Format::kRawframes);
  for (const Format format : {Format::kRawframes, Format::kRawframesJson, Format::kActnetList, Format::kMinikList}) {
    CHECK(lost(frames, format).empty());
  }
  CHECK(lost(frames, Format::kVideos) == "a number of frames:2");
  CHECK(lost(frames, Format::kDiving48Json) == "a number of frames:2");
  const AnnotationSet videos = parse_annotations("a.mp4 1\n", "f", Format::kVideos);
  CHECK(lost(videos, Format::kVideosJson).empty());
  CHECK(lost(videos, Format::kDiving48Json) == "a file name's ending:1");
}

TEST_CASE("the name of a Kinetics clip tells its duration; spellings are no loss") {
  const std::string text = "label,youtube_id,time_start,time_end,split,is_cc\nair drumming,a,20.0,30,train,1\n";
  const AnnotationSet set = parse_annotations(text, "f", Format::kKineticsCsv);
  CHECK(lost(set, Format::kVideos, true) == "`is_cc`:1");
  CHECK(lost(set, Format::kKineticsCsv).empty());
}

TEST_CASE("folders other than the class's are lost where a format has bare names") {
  ReadOptions options;
  options.classes = {"x y", "z"};
  options.delimiter = ',';
  const auto set =
      parse_annotations("x_y/a_000001_000002,5,0\nother/b_000001_000002,5,1\n", "f", Format::kRawframes, options);
  CHECK(lost(set, Format::kKineticsCsv) == "a number of frames:2 | folders in its path:1");
}

#include "lib/jobs/extract/survey.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "lib/core/error.h"
#include "lib/store/json.h"

namespace vs::jobs {
namespace {

std::string video(const std::string& name) { return std::string(VS_TEST_DATA) + "/videos/" + name; }

Log quiet_log() { return {"test", Verbosity::kQuiet, false}; }

}  // namespace

TEST_CASE("probes of good, damaged and hopeless videos fit their schema") {
  std::vector<media::VideoProbe> probes;
  std::vector<std::string> paths;
  for (const char* name :
       {"bbb_720p.mp4", "h264.ts", "truncated_tail.mkv", "zero_length.mp4", "still.png", "missing.mp4"}) {
    paths.push_back(video(name));
    probes.push_back(media::probe_video(paths.back(), media::ProbeDepth::kPackets));
  }
  const auto document = probe_document(probes, paths);
  CHECK_NOTHROW(store::validate_json(document, "probe"));
  CHECK(document["videos"][0]["promised_frames"] == 132);
  CHECK(document["videos"][1]["promised_frames"].is_null());
  CHECK(document["videos"][3]["state"] == "cannot_open");
  auto wrong = document;
  wrong["videos"][0]["widht"] = 1;
  CHECK_THROWS_AS(store::validate_json(wrong, "probe"), DataError);
}

TEST_CASE("raw frames are estimated exactly, encoded ones by encoding a few") {
  ExtractOptions options;
  options.jobs = 1;
  options.picture.format = FrameFormat::kRawRgb;
  const std::vector<store::Item> items{
      {"a", video("low_fps_1.mp4")}, {"b", video("all_intra.mp4")}, {"c", video("zero_length.mp4")}};
  Log log = quiet_log();
  const Estimate raw = estimate_output(options, items, log);
  CHECK(raw.videos == 2);
  CHECK(raw.failed == 1);
  CHECK(raw.frames == 55);
  CHECK(raw.exact);
  CHECK(raw.bytes == 55 * 320 * 180 * 3);
  CHECK_NOTHROW(store::validate_json(estimate_document("out", raw), "estimate"));
  options.picture.format = FrameFormat::kJpeg;
  options.choice.rule = ChoiceRule::kNumFrames;
  options.choice.count = 8;
  const Estimate encoded = estimate_output(options, items, log);
  CHECK(encoded.frames == 16);
  CHECK_FALSE(encoded.exact);
  CHECK(encoded.bytes > 16 * 5'000);
  CHECK(encoded.bytes < 16 * 60'000);
}

TEST_CASE("no videos give an empty estimate") {
  ExtractOptions options;
  Log log = quiet_log();
  const Estimate none = estimate_output(options, {}, log);
  CHECK(none.videos == 0);
  CHECK(none.bytes == 0);
}

}  // namespace vs::jobs

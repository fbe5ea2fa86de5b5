#include "lib/jobs/extract/choose_frames.h"

#include <doctest/doctest.h>

#include "lib/core/error.h"

namespace vs::jobs {
namespace {

using Frames = std::vector<int64_t>;

media::VideoInfo info_at_25() {
  media::VideoInfo info;
  info.time_base = {1, 12800};
  info.r_frame_rate = info.avg_frame_rate = {25, 1};
  info.file_start_us = 0;
  info.stream_count = 1;
  return info;
}

/// `count` frames at 25 a second, every tenth a key frame, starting at `start_ticks`.
media::VideoIndex index_at_25(int64_t count, int64_t start_ticks = 0) {
  media::VideoIndex index;
  index.time_base = {1, 12800};
  index.knowledge = media::FrameKnowledge::kPackets;
  for (int64_t i = 0; i < count; ++i) index.frames.push_back({start_ticks + i * 512, 512, i, i % 10 == 0});
  return index;
}

FrameChoice choice_of(ChoiceRule rule, int64_t count = 0) {
  FrameChoice choice;
  choice.rule = rule;
  choice.count = count;
  choice.rate = {4, 1};
  return choice;
}

}  // namespace

TEST_CASE("rules pick what they say") {
  const auto info = info_at_25();
  const auto index = index_at_25(50);
  CHECK(choose_by_times(choice_of(ChoiceRule::kFps), info, index) == Frames{3, 9, 15, 21, 28, 34, 40, 46});
  CHECK(choose_by_times(choice_of(ChoiceRule::kEvery, 20), info, index) == Frames{0, 20, 40});
  CHECK(choose_by_times(choice_of(ChoiceRule::kNumFrames, 5), info, index) == Frames{5, 15, 25, 35, 45});
  auto ends = choice_of(ChoiceRule::kNumFrames, 3);
  ends.ends = true;
  CHECK(choose_by_times(ends, info, index_at_25(51)) == Frames{0, 25, 50});
  CHECK(choose_by_times(choice_of(ChoiceRule::kKeyFrames), info, index) == Frames{0, 10, 20, 30, 40});
  CHECK(choose_by_times(choice_of(ChoiceRule::kConstantRate), info, index).size() == 50);
}

TEST_CASE("fewer frames than asked for repeat, no frames give none") {
  const auto info = info_at_25();
  CHECK(choose_by_times(choice_of(ChoiceRule::kNumFrames, 4), info, index_at_25(2)) == Frames{0, 0, 1, 1});
  CHECK(choose_by_times(choice_of(ChoiceRule::kNumFrames, 4), info, index_at_25(0)).empty());
  CHECK(choose_by_times(choice_of(ChoiceRule::kFps), info, index_at_25(0)).empty());
}

TEST_CASE("frames a second begin anew where the size changes, within a stretch too") {
  const auto info = info_at_25();
  auto index = index_at_25(50);
  index.frames[20].reshaped = true;
  auto choice = choice_of(ChoiceRule::kFps);
  choice.rate = {25, 1};
  Frames expected;
  for (int64_t i = 0; i < 50; ++i) {
    if (i != 19) expected.push_back(i);  // FFmpeg loses the last frame before the change
  }
  CHECK(choose_by_times(choice, info, index) == expected);
  choice.start_s = 0.72;
  CHECK(choose_by_times(choice, info, index) == Frames(expected.begin() + 18, expected.end()));
  choice.start_s = 0.8;  // the change is at the start: nothing comes before it
  CHECK(choose_by_times(choice, info, index) == Frames(expected.begin() + 19, expected.end()));
}

TEST_CASE("a stretch counts from its start, and times from the file's") {
  auto info = info_at_25();
  info.file_start_us = 1000000;
  const auto index = index_at_25(50, 12800);
  auto choice = choice_of(ChoiceRule::kAll);
  choice.start_s = 0.4;
  choice.end_s = 0.6;
  CHECK(choose_by_times(choice, info, index) == Frames{10, 11, 12, 13, 14});
  choice.rule = ChoiceRule::kFps;
  choice.end_s.reset();
  // The same as of a video that begins at frame 10.
  CHECK(choose_by_times(choice, info, index) == Frames{13, 19, 25, 31, 38, 44});
  choice.rule = ChoiceRule::kKeyFrames;
  CHECK(choose_by_times(choice, info, index) == Frames{10, 20, 30, 40});
  choice.start_s = 100;
  CHECK(choose_by_times(choice, info, index).empty());
}

TEST_CASE("times at the ends of 64 bits are refused, not wrapped") {
  auto info = info_at_25();
  info.file_start_us = -1000000;
  auto index = index_at_25(3);
  index.frames[1].ticks = INT64_MAX;
  CHECK_THROWS_AS(choose_by_times(choice_of(ChoiceRule::kAll), info, index), DataError);
  index.frames[1].ticks = 512;
  auto choice = choice_of(ChoiceRule::kAll);
  choice.start_s = 1e300;
  CHECK(choose_by_times(choice, info, index).empty());
}

TEST_CASE("at least one frame where a rule gives none") {
  auto choice = choice_of(ChoiceRule::kFps);
  CHECK(choose_by_times(choice, info_at_25(), index_at_25(3)).empty());
  choice.at_least_one = true;
  CHECK(choose_by_times(choice, info_at_25(), index_at_25(3)) == Frames{1});
  CHECK(choose_by_times(choice, info_at_25(), index_at_25(0)).empty());
}

}  // namespace vs::jobs

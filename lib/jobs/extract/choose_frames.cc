#include "lib/jobs/extract/choose_frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "lib/core/checked_math.h"
#include "lib/core/error.h"
#include "lib/jobs/inputs/named_input.h"
#include "lib/sampling/constant_rate.h"
#include "lib/sampling/fps_filter.h"
#include "lib/sampling/segment.h"
#include "lib/store/plan_file.h"

namespace vs::jobs {
namespace {

sampling::Rational as_rational(Fraction fraction) { return {fraction.numerator, fraction.denominator}; }

sampling::StreamClock clock_of(const media::VideoInfo& info) {
  sampling::StreamClock clock;
  clock.time_base = as_rational(info.time_base);
  clock.r_frame_rate = as_rational(info.r_frame_rate);
  clock.avg_frame_rate = as_rational(info.avg_frame_rate);
  clock.file_start_us = info.file_start_us;
  clock.stream_start_ticks = info.stream_start_ticks;
  clock.start_of_stream_counts = info.start_of_stream_counts;
  clock.lone_stream = info.stream_count == 1;
  return clock;
}

/// The frames between --start and --end as a stream of its own, which begins at --start.
struct Stretch {
  std::vector<int64_t> frames;  // indices in the whole video
  sampling::StreamTimes times;
  std::vector<int64_t> durations;
};

Stretch cut(const FrameChoice& choice, const media::VideoInfo& info, const media::VideoIndex& index) {
  Stretch stretch;
  stretch.times.clock = clock_of(info);
  const int64_t offset = sampling::start_offset_ticks(stretch.times.clock);
  const double tick_s = info.time_base.value();
  const double start_s = choice.start_s.value_or(0);
  const int64_t start_ticks = std::llround(std::clamp(start_s / tick_s, -0x1p62, 0x1p62));
  const int64_t begin = choice.start_s ? checked_add(offset, start_ticks) : 0;
  const auto count = static_cast<int64_t>(index.frames.size());
  for (int64_t i = 0; i < count; ++i) {
    const media::FrameTime& frame = index.frames[static_cast<std::size_t>(i)];
    const double seconds = static_cast<double>(checked_subtract(frame.ticks, offset)) * tick_s;
    if ((choice.start_s && seconds < start_s) || (choice.end_s && seconds >= *choice.end_s)) continue;
    if (frame.reshaped) stretch.times.restarts.push_back(static_cast<int64_t>(stretch.frames.size()));
    stretch.frames.push_back(i);
    stretch.times.ticks.push_back(checked_subtract(frame.ticks, begin));
    stretch.durations.push_back(frame.duration_ticks);
  }
  if (!stretch.frames.empty()) stretch.times.last_duration_ticks = stretch.durations.back();
  if (choice.start_s) {
    stretch.times.clock.file_start_us = 0;
    stretch.times.clock.stream_start_ticks.reset();
  }
  return stretch;
}

std::vector<int64_t> choose_positions(const FrameChoice& choice, const Stretch& stretch) {
  const auto count = static_cast<int64_t>(stretch.frames.size());
  if (count == 0) return {};
  switch (choice.rule) {
    case ChoiceRule::kFps:
      return sampling::select_at_fps(stretch.times, as_rational(choice.rate)).frames;
    case ChoiceRule::kRate:
      return choice.own_durations
                 ? sampling::select_constant_rate(stretch.times, as_rational(choice.rate), stretch.durations)
                 : sampling::select_constant_rate(stretch.times, as_rational(choice.rate));
    case ChoiceRule::kConstantRate:
      return sampling::select_constant_rate(stretch.times, sampling::output_rate(stretch.times.clock));
    case ChoiceRule::kEvery:
      return sampling::every_nth(count, choice.count);
    case ChoiceRule::kNumFrames:
      return choice.ends ? sampling::evenly_spaced(count, choice.count)
                         : sampling::segment_centers(count, choice.count);
    case ChoiceRule::kAll:
    case ChoiceRule::kPlan:
    case ChoiceRule::kKeyFrames:
      break;
  }
  return sampling::every_nth(count, 1);
}

/// Why there is no frame between --start and --end; "" if there is one.
std::string why_none(const FrameChoice& choice, media::VideoDecoder& decoder) {
  const media::VideoInfo& info = decoder.info();
  const int64_t offset = sampling::start_offset_ticks(clock_of(info));
  const double tick_s = info.time_base.value();
  double first_s = std::numeric_limits<double>::infinity(), last_s = -first_s, end_s = -first_s;
  bool any = false;
  for (const media::FrameTime& frame : decoder.index().frames) {
    const double seconds = static_cast<double>(checked_subtract(frame.ticks, offset)) * tick_s;
    first_s = std::min(first_s, seconds);
    last_s = std::max(last_s, seconds);
    end_s = std::max(end_s, seconds + static_cast<double>(frame.duration_ticks) * tick_s);
    any = any || ((!choice.start_s || seconds >= *choice.start_s) && (!choice.end_s || seconds < *choice.end_s));
  }
  if (any) return {};
  if (last_s < first_s) return "no frame in it";
  if (choice.start_s && last_s < *choice.start_s) {
    return fmt::format("no frame at or after {} s; the video ends at {:.3f} s", *choice.start_s, end_s);
  }
  if (choice.end_s && first_s >= *choice.end_s) {
    return fmt::format("no frame before {} s; the video begins at {:.3f} s", *choice.end_s, first_s);
  }
  return fmt::format("no frame from {} s to {} s", choice.start_s.value_or(0), choice.end_s.value_or(end_s));
}

}  // namespace

PlannedFrames read_planned_frames(const std::string& path) {
  PlannedFrames planned;
  const store::SamplingPlan plan = read_named_input("--at", [&] { return store::read_plan(path); });
  for (const store::VideoPlan& video : plan.videos) {
    std::vector<int64_t>& frames = planned[video.id];
    for (const auto& clip : video.frame_index) frames.insert(frames.end(), clip.begin(), clip.end());
    std::sort(frames.begin(), frames.end());
    frames.erase(std::unique(frames.begin(), frames.end()), frames.end());
  }
  return planned;
}

std::vector<int64_t> choose_by_times(const FrameChoice& choice, const media::VideoInfo& info,
                                     const media::VideoIndex& index) {
  const Stretch stretch = cut(choice, info, index);
  std::vector<int64_t> frames;
  if (choice.rule == ChoiceRule::kKeyFrames) {
    for (int64_t i : stretch.frames) {
      if (index.frames[static_cast<std::size_t>(i)].key) frames.push_back(i);
    }
  } else {
    for (int64_t position : choose_positions(choice, stretch)) {
      frames.push_back(stretch.frames[static_cast<std::size_t>(position)]);
    }
    // Times that go back can make a filter show a later frame first; the frames are written in display order.
    std::sort(frames.begin(), frames.end());
  }
  if (frames.empty() && choice.at_least_one && !stretch.frames.empty()) {
    frames.push_back(stretch.frames[(stretch.frames.size() - 1) / 2]);
  }
  return frames;
}

ChosenFrames choose_frames(const FrameChoice& choice, media::VideoDecoder& decoder, const std::string& id,
                           const PlannedFrames& planned) {
  ChosenFrames chosen;
  const bool whole = !choice.start_s && !choice.end_s;
  if (choice.rule == ChoiceRule::kAll && whole) return chosen;
  if (choice.rule == ChoiceRule::kKeyFrames && whole) {
    chosen.kind = ChosenFrames::Kind::kKeyFrames;
    return chosen;
  }
  chosen.kind = ChosenFrames::Kind::kListed;
  if (choice.rule == ChoiceRule::kPlan) {
    const auto found = planned.find(id);
    if (found == planned.end()) throw DataError(decoder.path(), fmt::format("the plan has no video \"{}\"", id));
    chosen.frames = found->second;
  } else {
    chosen.frames = choose_by_times(choice, decoder.info(), decoder.index());
  }
  if (chosen.frames.empty()) {
    const bool may_take_one = choice.rule != ChoiceRule::kPlan && !choice.at_least_one;
    std::string why = why_none(choice, decoder);
    const bool in_stretch = why.empty();
    if (in_stretch) why = choice.rule == ChoiceRule::kPlan ? "the plan names no frame of it" : "no frame was chosen";
    throw DataError(decoder.path(), why, in_stretch && may_take_one ? "see --at-least-one" : "");
  }
  return chosen;
}

}  // namespace vs::jobs

#include "lib/sampling/fps_filter.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/core/checked_math.h"
#include "lib/core/error.h"

namespace vs::sampling {
namespace {

constexpr Rational kMicroseconds{1, 1000000};
/// Slots beyond this are refused, so that differences of two slots cannot overflow.
constexpr int64_t kMaxSlot = int64_t{1} << 62;

void check_clock(const StreamClock& clock) {
  const Rational tb = clock.time_base;
  if (!tb.positive() || tb.num > kMaxTerm || tb.den > kMaxTerm)
    throw DataError("times", fmt::format("time base {}/{} is not positive", tb.num, tb.den));
}

int64_t slot_of(int64_t ticks, Rational time_base, Rational fps) {
  const int64_t slot = nearest_product(ticks, time_base, fps);
  if (slot > kMaxSlot || slot < -kMaxSlot) throw DataError("times", "a frame time is out of range");
  return slot;
}

}  // namespace

int64_t start_offset_ticks(const StreamClock& clock) {
  check_clock(clock);
  if (!clock.file_start_us) return 0;
  int64_t start_us = *clock.file_start_us;
  if (clock.start_of_stream_counts && clock.stream_start_ticks)
    start_us = std::max(start_us, nearest_product(*clock.stream_start_ticks, clock.time_base, inverse(kMicroseconds)));
  return nearest_product(start_us, kMicroseconds, inverse(clock.time_base));
}

int64_t end_ticks(const StreamClock& clock, int64_t last_ticks, int64_t last_duration_ticks) {
  const int64_t shifted = checked_subtract(last_ticks, start_offset_ticks(clock));
  const Rational per_second = inverse(kMicroseconds);
  int64_t duration_us = 0;
  if (last_duration_ticks > 0)
    duration_us = nearest_product(last_duration_ticks, clock.time_base, per_second);
  else if (clock.r_frame_rate.positive())
    duration_us = nearest_product(1, inverse(clock.r_frame_rate), per_second);
  const int64_t end_us = checked_add(nearest_product(shifted, clock.time_base, per_second), duration_us);
  return nearest_product(end_us, kMicroseconds, inverse(clock.time_base));
}

FpsFilter::FpsFilter(const StreamClock& clock, Rational fps)
    : clock_(clock), fps_(fps), offset_(start_offset_ticks(clock)) {
  if (!fps.positive() || fps.num > kMaxTerm || fps.den > kMaxTerm)
    throw DataError("times", fmt::format("rate {}/{} is not positive", fps.num, fps.den));
}

int64_t FpsFilter::push(int64_t ticks) {
  const int64_t slot = slot_of(checked_subtract(ticks, offset_), clock_.time_base, fps_);
  last_ticks_ = ticks;
  if (!started_) {
    started_ = true;
    next_slot_ = slot;
    return 0;
  }
  return advance_to(slot);
}

int64_t FpsFilter::finish(int64_t last_duration_ticks) {
  if (!started_) return 0;
  return advance_to(slot_of(end_ticks(clock_, last_ticks_, last_duration_ticks), clock_.time_base, fps_));
}

int64_t FpsFilter::advance_to(int64_t slot) {
  const int64_t count = std::max<int64_t>(slot - next_slot_, 0);
  next_slot_ += count;
  return count;
}

FpsSelection select_at_fps(const StreamTimes& times, Rational fps, int64_t max_frames) {
  FpsFilter filter(times.clock, fps);
  FpsSelection selection;
  const auto emit = [&](int64_t frame, int64_t count) {
    if (count > max_frames - static_cast<int64_t>(selection.frames.size()))
      throw DataError("times", fmt::format("rate {}/{} gives more than {} frames", fps.num, fps.den, max_frames),
                      "the times in the file are damaged, or choose a lower rate");
    selection.frames.insert(selection.frames.end(), static_cast<size_t>(count), frame);
    for (int64_t k = count; k > 0; --k) selection.slots.push_back(filter.next_slot() - k);
  };
  const int64_t frames = static_cast<int64_t>(times.ticks.size());
  auto restart = times.restarts.begin();
  for (int64_t i = 0; i < frames; ++i) {
    while (restart != times.restarts.end() && *restart < i) ++restart;
    if (restart != times.restarts.end() && *restart == i) filter.restart();
    emit(i - 1, filter.push(times.ticks[static_cast<size_t>(i)]));
  }
  emit(frames - 1, filter.finish(times.last_duration_ticks));
  return selection;
}

}  // namespace vs::sampling

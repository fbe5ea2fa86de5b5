#include "lib/sampling/constant_rate.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "lib/core/checked_math.h"
#include "lib/core/error.h"

namespace vs::sampling {
namespace {

/// Times in output frames beyond this are refused: above it a double no longer tells neighbouring frames apart.
constexpr double kMaxTime = 9007199254740992.0;

void check_rate(Rational rate) {
  if (!rate.positive() || rate.num > kMaxTerm || rate.den > kMaxTerm)
    throw DataError("times", fmt::format("output rate {}/{} is not positive", rate.num, rate.den),
                    "the file states no frame rate: give one");
}

/// Rounds in single precision, ties to even, as the original does.
int64_t round_single(double x) { return std::llrint(static_cast<float>(x)); }

/// Collects what is written and refuses to grow without end.
class Written {
 public:
  explicit Written(int64_t limit) : limit_(limit) {}

  void add(int64_t frame, int64_t count) {
    if (count > limit_ - static_cast<int64_t>(frames_.size()))
      throw DataError("times", fmt::format("a constant rate gives more than {} frames", limit_),
                      "the times in the file are damaged, or choose a lower rate");
    frames_.insert(frames_.end(), static_cast<size_t>(count), frame);
  }
  std::vector<int64_t> take() { return std::move(frames_); }

 private:
  int64_t limit_;
  std::vector<int64_t> frames_;
};

}  // namespace

Rational output_rate(const StreamClock& clock) {
  const Rational lowest = clock.r_frame_rate, average = clock.avg_frame_rate;
  if (lowest.positive() && average.positive() && average.value() < 70 && lowest.value() > 210) return average;
  return lowest;
}

ConstantRateStage::ConstantRateStage(Rational rate, Rational time_base, bool lone_stream, double frame_span)
    : rate_(rate), time_base_(time_base), lone_stream_(lone_stream), frame_span_(frame_span) {
  check_rate(rate);
  const int highest_bit = std::bit_width(static_cast<uint64_t>(rate.num)) - 1;
  extra_bits_ = std::clamp(29 - highest_bit, 0, 16);
}

ConstantRateStage::Writes ConstantRateStage::push(int64_t ticks, double own_span) {
  const Rational fine_rate{rate_.num << extra_bits_, rate_.den};
  double position = std::ldexp(static_cast<double>(nearest_product(ticks, time_base_, fine_rate)), -extra_bits_);
  // Keeps exact halves away from the roundings below.
  if (position != 0) position += std::copysign(std::ldexp(1.0, -17), position);
  const double span = own_span > 0 ? own_span : frame_span_;
  if (std::fabs(position) > kMaxTime || !(span <= kMaxTime)) throw DataError("times", "a frame time is out of range");

  double behind = position - static_cast<double>(next_);
  double end = behind + span;
  if (behind < 0 && end > 0) behind = 0;
  if (lone_stream_ && !has_written_ && behind >= 0.5) {
    end = span;
    behind = 0;
    next_ = std::llrint(position);
  }
  int64_t before = 0, total = 1;
  if (end < -1.1) {
    total = 0;
  } else if (end > 1.1) {
    total = round_single(end);
    if (behind > 1.1) before = round_single(behind - 0.6);
  }
  before = std::min(before, total);
  next_ += total;
  last_before_ = {before, last_before_[0], last_before_[1]};
  has_written_ = has_written_ || total > 0;
  const bool has_previous = has_previous_;
  has_previous_ = true;
  return has_previous ? Writes{before, total - before} : Writes{0, total};
}

int64_t ConstantRateStage::finish() const {
  if (!has_previous_) return 0;
  const auto [a, b, c] = last_before_;
  return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

std::vector<int64_t> select_constant_rate(const StreamTimes& times, Rational rate,
                                          std::span<const int64_t> durations_ticks, int64_t max_frames) {
  check_rate(rate);
  if (!durations_ticks.empty() && durations_ticks.size() != times.ticks.size())
    throw DataError("times", fmt::format("{} durations for {} frames", durations_ticks.size(), times.ticks.size()));
  const StreamClock& clock = times.clock;
  const Rational source = output_rate(clock);
  const double span = source.positive() ? std::min(rate.value() / source.value(), 1.0) : 0.0;
  const int64_t offset = start_offset_ticks(clock);
  ConstantRateStage stage(rate, clock.time_base, clock.lone_stream, span);
  Written written(max_frames);
  for (size_t i = 0; i < times.ticks.size(); ++i) {
    const int64_t ticks = checked_subtract(times.ticks[i], offset);
    double own_span = 0;
    if (!durations_ticks.empty())
      own_span = static_cast<double>(
          round_single(static_cast<double>(durations_ticks[i]) * clock.time_base.value() / inverse(rate).value()));
    const ConstantRateStage::Writes writes = stage.push(ticks, own_span);
    const int64_t frame = static_cast<int64_t>(i);
    written.add(frame - 1, writes.previous);
    written.add(frame, writes.current);
  }
  written.add(static_cast<int64_t>(times.ticks.size()) - 1, stage.finish());
  return written.take();
}

std::vector<int64_t> select_at_fps_constant_rate(const StreamTimes& times, Rational fps, int64_t max_frames) {
  const FpsSelection selection = select_at_fps(times, fps, max_frames);
  ConstantRateStage stage(fps, inverse(fps), times.clock.lone_stream, 1.0);
  Written written(max_frames);
  int64_t previous = -1;
  for (size_t j = 0; j < selection.frames.size(); ++j) {
    const ConstantRateStage::Writes writes = stage.push(selection.slots[j]);
    written.add(previous, writes.previous);
    written.add(selection.frames[j], writes.current);
    previous = selection.frames[j];
  }
  written.add(previous, stage.finish());
  return written.take();
}

}  // namespace vs::sampling

// Which frames FFmpeg's program writes when its output has a constant rate, as numbered pictures have by default.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "lib/sampling/fps_filter.h"
#include "lib/sampling/rational.h"

namespace vs::sampling {

/// The rate of constant-rate output where none is asked for: r_frame_rate, or avg_frame_rate where r is above 210 and
/// the average below 70. Not positive if the stream states no rate.
Rational output_rate(const StreamClock& clock);

/// The constant-rate stage as a stream: hand in times, learn what is written.
///
/// It works on times in output frames and in floating point, and differs from FpsFilter: a frame is written when its
/// time span overlaps the next output by enough, so that about one third of a slot earlier frames come out, and the end
/// is filled by a habit of the frames before. Source: FFmpeg 5.1, the program's output stage with constant frame rate.
class ConstantRateStage {
 public:
  /// rate: output frames a second, > 0. time_base: seconds a tick of the times handed in. lone_stream: the file has one
  /// stream only. frame_span: length of one source frame in output frames, at most 1.
  ConstantRateStage(Rational rate, Rational time_base, bool lone_stream, double frame_span);

  /// What one frame causes: the frame before it is written `previous` times, then it is written `current` times.
  /// Where there is no frame before, `previous` is 0 and `current` has all.
  struct Writes {
    int64_t previous = 0;
    int64_t current = 0;
  };

  /// Takes a time in ticks, start offset subtracted. `own_span`, where positive, replaces frame_span for this frame.
  /// Throws DataError where the time is out of range.
  Writes push(int64_t ticks, double own_span = 0);

  /// How often the last frame is written again at the end (0 if there was no frame).
  int64_t finish() const;

 private:
  Rational rate_, time_base_;
  bool lone_stream_;
  double frame_span_;
  int extra_bits_;
  bool has_previous_ = false, has_written_ = false;
  int64_t next_ = 0;
  std::array<int64_t, 3> last_before_ = {0, 0, 0};  ///< newest first
};

/// Frame indices written by `ffmpeg -i X -vf null [-r N] img_%05d.jpg`; rate: N, or output_rate() where no -r is given.
///
/// `durations_ticks`, [n] or empty: give them to follow the command without any -vf, which takes a frame's own duration
/// into account. Throws DataError for a bad clock, an unknown rate, durations of another length, or more than
/// `max_frames` writes.
std::vector<int64_t> select_constant_rate(const StreamTimes& times, Rational rate,
                                          std::span<const int64_t> durations_ticks = {},
                                          int64_t max_frames = int64_t{1} << 24);

/// Frame indices written by `ffmpeg -i X -vf fps=F img_%05d.jpg`: the filter, then the constant-rate stage.
///
/// Equal to the filter's own for all but late streams of files with several streams, where the first frame is repeated
/// for the slots before it. Throws as select_at_fps.
std::vector<int64_t> select_at_fps_constant_rate(const StreamTimes& times, Rational fps,
                                                 int64_t max_frames = int64_t{1} << 24);

}  // namespace vs::sampling

// Which frames a constant number of frames a second selects, by the rule of FFmpeg's fps filter (round=near,
// eof_action=round).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/sampling/rational.h"

namespace vs::sampling {

/// How a stream counts time, as its container states it. No frame times in it.
struct StreamClock {
  Rational time_base;       ///< seconds a tick, positive
  Rational r_frame_rate;    ///< lowest rate at which all times are exact; not positive: unknown
  Rational avg_frame_rate;  ///< average rate; not positive: unknown
  /// Start of the file, the earliest of all its streams, in microseconds; none: 0.
  std::optional<int64_t> file_start_us;
  /// Start of this stream in ticks; counts only where `start_of_stream_counts`.
  std::optional<int64_t> stream_start_ticks;
  /// MPEG program and transport streams: times are counted from the chosen stream's start if that is later than the
  /// file's.
  bool start_of_stream_counts = false;
  /// The file has one stream only (used by the constant-rate stage).
  bool lone_stream = false;
};

/// Frame times of one stream, in the order in which the decoder hands the frames out.
struct StreamTimes {
  StreamClock clock;
  std::vector<int64_t> ticks;       ///< [n] best-effort times in time_base, nothing subtracted; may go back
  int64_t last_duration_ticks = 0;  ///< duration of the last frame; 0 or less: one frame at r_frame_rate
  std::vector<int64_t> restarts;    ///< frames before which the filter begins anew, ascending; see FpsFilter::restart()
};

/// Ticks to subtract from every time, so that the file starts at 0.
///
/// Throws DataError if the time base is not positive or the start is out of range.
int64_t start_offset_ticks(const StreamClock& clock);

/// End of the stream in ticks after subtraction of the offset. `last_ticks` has nothing subtracted.
///
/// As FFmpeg's program does it: time and duration of the last frame are rounded to microseconds one by one, added, and
/// rounded back.
int64_t end_ticks(const StreamClock& clock, int64_t last_ticks, int64_t last_duration_ticks);

/// The streaming form: hand in times one by one, learn how often the frame before is to be output.
///
/// Slot of a time: the nearest integer to seconds * fps, halves up (away from zero). Slot k shows the last frame whose
/// slot is at most k; slots run from the first frame's to the one before the end's. So the number of outputs is about
/// duration * fps, and none for a video shorter than half a slot. Times may go back: such a frame replaces the one
/// before without any output.
class FpsFilter {
 public:
  /// fps > 0. Throws DataError for a bad clock.
  FpsFilter(const StreamClock& clock, Rational fps);

  /// Takes the time of the next frame. Returns how often the frame before it is output now (0 for the first frame).
  ///
  /// Throws DataError where a slot is out of the range of 64 bits.
  int64_t push(int64_t ticks);

  /// Begins anew before the next frame, as FFmpeg's program does where the size or pixel format of frames changes: what
  /// was handed in is never output again, so the last frame before the change is lost, and slots go on from the next
  /// frame's own, be that earlier or later than those before.
  void restart() { started_ = false; }

  /// Ends the stream. Returns how often the last frame is output (0 if there was none). Push nothing afterwards.
  int64_t finish(int64_t last_duration_ticks);

  /// Slot that the next output fills; the first frame's until there is one. 0 before the first push.
  int64_t next_slot() const { return next_slot_; }

 private:
  int64_t advance_to(int64_t slot);

  StreamClock clock_;
  Rational fps_;
  int64_t offset_ = 0;
  bool started_ = false;
  int64_t next_slot_ = 0, last_ticks_ = 0;
};

/// What the filter selects.
struct FpsSelection {
  std::vector<int64_t> frames;  ///< 0-based frame indices in output order; repeats are frames shown in several slots
  std::vector<int64_t> slots;   ///< frames[j] fills slots[j]; one after the other but at restarts
};

/// Frame indices that FFmpeg's `-vf fps=F` hands on.
///
/// No frames in: none out. Restarts that name no frame are left out. Throws DataError for a bad clock and where more
/// than `max_frames` frames would come out, which only damaged times can want. Source: FFmpeg 5.1, libavfilter's fps
/// filter with round=near and eof_action=round.
FpsSelection select_at_fps(const StreamTimes& times, Rational fps, int64_t max_frames = int64_t{1} << 24);

}  // namespace vs::sampling

// Compressed packets of the chosen stream of a file, in decoding order. Inside the media room.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "lib/media/av_handles.h"
#include "lib/media/av_log.h"
#include "lib/media/video_info.h"

struct AVCodecParameters;

namespace vs::media {

/// Counts the time that FFmpeg works without a result, and looks at the interrupt flag.
class WorkClock {
 public:
  explicit WorkClock(double limit_s) : limit_s_(limit_s) { restart(); }
  void restart() { begin_ = std::chrono::steady_clock::now(); }
  bool expired() const;
  /// True if FFmpeg should give up: time is over or a signal was seen.
  bool must_stop() const;
  /// Throws Interrupted for a signal, DataError naming `path` if time is over.
  void check(const std::string& path) const;

 private:
  double limit_s_;
  std::chrono::steady_clock::time_point begin_;
};

/// One open file. FFmpeg may open this file only: playlists and references to other files are refused.
class VideoDemuxer {
 public:
  /// Opens and chooses the stream. Errors as VideoDecoder's. `log` and `clock` must live longer.
  VideoDemuxer(const std::string& path, const VideoOptions& options, AvLog& log, WorkClock& clock);
  VideoDemuxer(const VideoDemuxer&) = delete;
  VideoDemuxer& operator=(const VideoDemuxer&) = delete;

  const VideoInfo& info() const { return info_; }
  const AVCodecParameters& codec_parameters() const;

  /// Next packet of the chosen stream; false at the end. Damage ends the stream as the end of the file does, and
  /// read_failure() says why.
  bool read(AVPacket& packet);
  const std::string& read_failure() const { return read_failure_; }
  /// Moves to a key frame at or before the decoding time; false where the container cannot. The position is only a
  /// hint.
  bool seek(int64_t ticks);
  /// Starts again at the first packet by opening the file anew.
  void reopen();

 private:
  void open();
  void open_input();
  void choose_stream();
  void fill_info();

  std::string path_;
  VideoOptions options_;
  AvLog& log_;
  WorkClock& clock_;
  AvFormatPtr format_;
  int stream_ = -1;
  VideoInfo info_;
  std::string read_failure_;
};

}  // namespace vs::media

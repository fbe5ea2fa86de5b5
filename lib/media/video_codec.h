// FFmpeg's decoder for one stream, with limits. Inside the media room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/media/av_handles.h"
#include "lib/media/av_log.h"
#include "lib/media/video_demuxer.h"
#include "lib/media/video_info.h"

struct AVCodec;

namespace vs::media {

/// Packets in, frames out.
class VideoCodec {
 public:
  /// `parameters`: of the stream. `clock` must live longer. Opened by restart(). Uses options.threads where that cannot
  /// change the pixels of whole videos, else one.
  VideoCodec(std::string path, const AVCodecParameters& parameters, const VideoOptions& options, WorkClock& clock);

  /// Frames that the decoder believes to lack something they refer to. It believes so of good ones too where decoding
  /// ends soon after it began at a recovery point.
  enum class Unrecovered { kHide, kGive };
  /// A new decoder that remembers nothing, and complains to `log`, which must live longer.
  void restart(const AVCodecParameters& parameters, Fraction time_base, AvLog& log, Unrecovered unrecovered);
  /// Decoding threads from the next restart() on, at least 1.
  void set_threads(int threads) { threads_ = threads; }
  int threads() const { return in_hardware() ? 1 : threads_; }
  /// True while options.hardware decodes.
  bool in_hardware() const { return hardware_decoder_ != nullptr; }
  /// From the next restart() on the CPU decodes.
  void leave_hardware(const std::string& reason);
  /// Why options.hardware does not decode, for the user; empty while it does, and where none was asked for.
  const std::string& hardware_note() const { return hardware_note_; }
  /// Forgets all frames, but not what the decoder learned about the stream. Cheaper than restart().
  void flush();
  /// Gives one packet, null: no more will come. False if the decoder refuses it as damaged. All waiting frames must
  /// have been received. `number` comes back with the frame as its packet_number().
  bool send(AVPacket* packet, int64_t number);
  /// What receive() found.
  enum class Received { kFrame, kNeedsPacket, kEnd };
  /// Takes the next waiting frame, and restarts the clock for it. Damage found here goes to `faults`, and so does a
  /// stream that the hardware does not take. A frame of the hardware lies where its decoder left it.
  Received receive(AVFrame& frame);
  /// Makes a frame of the hardware the one that the CPU gives; others stay as they are. False, with a fault, if the
  /// hardware does not hand it out.
  bool bring_to_memory(AVFrame& frame);
  /// The pixel format (AVPixelFormat) that the last received frame has on the CPU.
  int memory_format() const;
  /// The packet of a frame; -1 if the decoder lost it.
  static int64_t packet_number(const AVFrame& frame);

  int64_t sent() const { return sent_; }
  /// Damage found by receive() since the last call.
  std::vector<std::string> take_faults();

 private:
  std::string path_;
  VideoOptions options_;
  int threads_ = 1;
  const AVCodec* hardware_decoder_ = nullptr;
  std::string hardware_note_;
  AvLog* log_ = nullptr;
  WorkClock& clock_;
  AvCodecPtr codec_;
  int64_t sent_ = 0, since_frame_ = 0;
  std::vector<std::string> faults_;
};

}  // namespace vs::media

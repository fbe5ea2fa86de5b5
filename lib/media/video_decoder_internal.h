// The inside of VideoDecoder, for the two files that hold its functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/media/av_handles.h"
#include "lib/media/av_log.h"
#include "lib/media/hardware_device.h"
#include "lib/media/video_codec.h"
#include "lib/media/video_decoder.h"
#include "lib/media/video_packets.h"

namespace vs::media {

/// What a VideoDecoder holds. video_decoder.cc decodes in order, video_stretches.cc by the index.
struct VideoDecoder::Impl {
  enum class Choice { kAll, kFrames, kKeyFrames };

  Impl(const std::string& file, const VideoOptions& options)
      : path(file),
        keeps_on_device(options.frames_on_device > 0 && options.hardware && options.hardware->primary_context()),
        clock(options.timeout_s),
        packets(file, options, log, clock),
        codec(file, packets.demuxer().codec_parameters(), options, clock),
        packet(make_av_packet()) {
    if (options.hardware) frame.device_number_ = options.hardware->number();
  }

  const VideoInfo& info() const { return packets.demuxer().info(); }
  bool exact_seeking() const { return index && index->knowledge == FrameKnowledge::kPackets; }

  void warn(std::string text);
  static std::string reason_of(const AvLog& said, const std::vector<std::string>& faults);
  void start_again();
  void start_decoder();
  bool is_tentative() const { return codec.in_hardware() || codec.threads() > 1; }
  void start_more_surely(const std::vector<std::string>& faults);
  bool is_damaged() const;
  VideoFrame* next();
  bool decode_next();
  void describe_frame(int64_t number);
  bool hand_out_frame();
  VideoFrame* next_in_order();
  VideoFrame* next_by_index();
  bool warm_up();
  bool begin_stretch();
  bool feed_stretch();
  bool is_wanted_frame();
  bool comes_in_order();
  bool stretch_is_sound();
  bool leave_hardware(const std::vector<std::string>& faults);
  void distrust_index(const std::string& reason);
  void find_frames_by_decoding();

  std::string path;
  bool keeps_on_device = false;
  AvLog log;
  AvLog seeking_log;    // complaints while decoding by the index
  AvLog tentative_log;  // complaints while decoding in order with several threads or in hardware
  WorkClock clock;
  VideoPackets packets;
  VideoCodec codec;
  AvPacketPtr packet;
  VideoFrame frame;
  std::optional<VideoIndex> index;

  Choice choice = Choice::kAll;
  std::vector<int64_t> wanted;  // sorted, for Choice::kFrames
  size_t next_wanted = 0;
  int64_t given_up_to = -1;  // the last frame given

  // Decoding in order.
  bool started = false, draining = false, ended = false;
  int64_t decoded = 0;   // frames so far
  int64_t counted = -1;  // frames of the whole video, once decoding in order came to its end
  int64_t last_ticks = 0, last_duration = 0;

  // Decoding by the index: one stretch of packets after the other.
  bool in_stretch = false;
  int64_t stretch_at = 0, stretch_last = 0;
  int64_t stretch_pts = kNoTime;  // of the last frame that the decoder gave
  size_t stretch_end = 0;         // wanted[stretch_end] is the first frame of a later stretch

  std::vector<std::string> own_warnings;
  mutable std::vector<std::string> all_warnings;
};

}  // namespace vs::media

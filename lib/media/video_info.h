// What a video file says about itself, and the limits under which it is read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::media {

class HardwareDevice;

/// A valid file without pictures (an audio file).
class NoVideoStream : public DataError {
 public:
  using DataError::DataError;
};

/// Not one frame of the video stream can be decoded.
class NoFrames : public DataError {
 public:
  using DataError::DataError;
};

/// Limits of one decoder. A hostile file ends with a DataError, never with a hang or without memory.
struct VideoOptions {
  int threads = 1;        ///< decoding threads, 0: all cores; the frames do not depend on it (see decoder_threads)
  double timeout_s = 60;  ///< time inside the decoder without a new frame; 0: no limit
  int64_t max_packets_without_frame = 100'000;  ///< packets decoded in a row that give nothing
  int64_t max_pixels = int64_t{1} << 26;   ///< width x height; larger frames are refused before memory is asked for
  int64_t max_packets = int64_t{1} << 23;  ///< described by an index (77 hours at 30 a second); of more, none is
  int64_t packet_memory_bytes = 8 << 20;   ///< a chosen stream that takes up to this is read once and kept in memory
  int64_t seek_over_bytes = 4 << 20;       ///< to pass over more than this, seek; over less, read on
  bool motion_vectors = false;             ///< export the codec's motion vectors with each frame; one thread, no device
  /// Decodes here what it can: frames come to system memory as the CPU's would. Null: the CPU decodes.
  std::shared_ptr<const HardwareDevice> hardware{};
  /// Above 0, frames that a device with primary_context() decoded stay there until someone asks for their pixels
  /// (Frame::device_picture()), and this many may be held at a time. One that cannot be brought to system memory then
  /// is a DataError.
  int frames_on_device = 0;
};

/// Threads for each of `workers` decoders at work at a time, so that together they use `cores`: at least 1, at most 16.
int decoder_threads(int workers, int cores);
/// The same with all cores that this process may use.
int decoder_threads(int workers);

/// The header of a file as far as it concerns the chosen video stream. Unknown fractions are 0/1.
struct VideoInfo {
  std::string container;      ///< FFmpeg's name of the demuxer, such as "mov,mp4,m4a,3gp,3g2,mj2"
  std::string codec;          ///< such as "h264"
  std::string profile;        ///< such as "High", or its number; empty if unknown
  std::string pixel_format;   ///< such as "yuv420p"
  int width = 0, height = 0;  ///< as stored, not turned
  int rotate_clockwise = 0;   ///< degrees to turn a frame for display, from the display matrix, in [0, 360)
  Fraction sample_aspect_ratio, time_base, r_frame_rate, avg_frame_rate;
  std::string color_range;                    ///< "tv", "pc" or "unknown"
  std::string color_space;                    ///< such as "bt709", or "unknown"
  int64_t header_frames = -1;                 ///< frames promised, -1: none; often wrong
  std::optional<double> duration_s;           ///< of the stream, else of the file
  std::optional<int64_t> file_start_us;       ///< earliest of all streams, in microseconds
  std::optional<int64_t> stream_start_ticks;  ///< of this stream, in time_base
  bool start_of_stream_counts = false;        ///< MPEG program and transport streams: see the rule of frames a second
  int stream_index = 0, stream_count = 0, video_stream_count = 0;
  int reorder_delay = 0;       ///< frames that the decoder holds back to put them into display order
  bool interlaced = false;     ///< fields may be coded on their own
  bool cover_picture = false;  ///< the stream is a cover picture of an audio file
};

/// 0 (no valid display matrix), 90, 180 or 270 in most files: degrees to turn clockwise, from the nine 16.16 numbers.
/// Source: FFmpeg's program, automatic rotation.
int rotation_of_display_matrix(const int32_t matrix[9]);

}  // namespace vs::media

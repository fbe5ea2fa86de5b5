// H.264 in MP4, in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/core/text.h"

namespace vs::bursts {

/// What an encoder is told.
struct EncoderOptions {
  int64_t width = 0, height = 0;  ///< both even
  int64_t frames = 0;             ///< one key frame, the first, for all of them
  Fraction fps;
  double crf = 23;
  int blue = 128, red = 128;  ///< chroma of every pixel
};

/// Encodes one video by x264 on one thread, with bit-exact flags and without times of the day: the same frames give the
/// same bytes. Throws RunError if this FFmpeg has no libx264, or an encoder or muxer fails.
class Encoder {
 public:
  explicit Encoder(const EncoderOptions& options);
  ~Encoder();

  /// luma: [H,W], video range.
  void add(std::span<const uint8_t> luma);
  /// No more frames come. Returns the file's bytes. Once.
  std::vector<uint8_t> finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Version of libavcodec and whether it has libx264.
std::string encoder_version();

}  // namespace vs::bursts

// What image_convert is made of: a frame's pixels described, and libswscale kept between frames. Only media's own .cc
// files include it.
#pragma once

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixfmt.h>
#include <libswscale/swscale.h>
}

#include <cstdint>
#include <memory>
#include <vector>

#include "lib/media/image.h"
#include "lib/media/image_convert.h"

namespace vs::media {

/// Pixels of any format, borrowed, with what is needed to read their colours.
struct PixelSource {
  const uint8_t* data[4] = {};
  int stride[4] = {};
  int width = 0, height = 0;
  AVPixelFormat format = AV_PIX_FMT_NONE;
  bool full_range = false;
  int matrix = SWS_CS_ITU601;  // as libswscale numbers them: those of AVColorSpace
  bool rgb = false;
};

/// Throws DataError for a frame whose pixels are not in memory or whose size is refused.
PixelSource describe(const AVFrame& frame);
PixelSource describe(const ImageView& picture);

/// libswscale's flag of an interpolation.
int swscale_flags(Interpolation interpolation);

/// One conversion of libswscale, set up again only when something about it changes.
class PixelScaler {
 public:
  void run(const PixelSource& source, Size size, AVPixelFormat output_format, bool output_full_range, int flags,
           uint8_t* const output[4], const int output_stride[4]);

 private:
  struct Key {
    int width, height;
    AVPixelFormat format;
    bool full_range;
    int matrix;
    int output_width, output_height;
    AVPixelFormat output_format;
    bool output_full_range;
    int flags;
    bool operator==(const Key&) const = default;
  };
  struct Free {
    void operator()(SwsContext* context) const { sws_freeContext(context); }
  };

  void set_up(const Key& key);

  std::unique_ptr<SwsContext, Free> context_;
  Key key_{};
};

/// Memory that libswscale writes into. It writes whole vectors of pixels, and leaves out the last columns of a row that
/// has no room for them: rows hold a multiple of 32 pixels.
struct PixelBuffer {
  int width = 0, height = 0, channels = 0;
  std::ptrdiff_t stride = 0;
  std::vector<uint8_t> bytes;

  void resize(Size size, int wanted_channels) {
    width = size.width;
    height = size.height;
    channels = wanted_channels;
    stride = (std::ptrdiff_t{width} + 31) / 32 * 32 * channels;
    bytes.resize(static_cast<std::size_t>(stride) * height + 64);
  }
  ImageView view() const { return {bytes.data(), width, height, channels, stride}; }
};

}  // namespace vs::media

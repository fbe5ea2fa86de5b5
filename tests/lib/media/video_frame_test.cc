#include "lib/media/video_frame.h"

#include <doctest/doctest.h>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixfmt.h>
}

#include "lib/core/error.h"

namespace vs::media {
namespace {

// A frame of 8 x 6 with 70 in every byte.
void fill(VideoFrame& frame, AVPixelFormat format) {
  AVFrame& av = const_cast<AVFrame&>(frame.av());
  av_frame_unref(&av);
  av.format = format;
  av.width = 8;
  av.height = 6;
  REQUIRE(av_frame_get_buffer(&av, 0) >= 0);
  for (const AVBufferRef* buffer : av.buf) {
    if (buffer) std::fill_n(buffer->data, buffer->size, uint8_t{70});
  }
}

}  // namespace

TEST_CASE("luma is there wherever the first plane is luma, also beside chroma in pairs") {
  VideoFrame frame;
  for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12, AV_PIX_FMT_GRAY8, AV_PIX_FMT_YUV444P10LE}) {
    fill(frame, format);
    const PlaneView luma = frame.luma();
    CHECK(luma.width == 8);
    CHECK(luma.height == 6);
    CHECK(luma.bits == (format == AV_PIX_FMT_YUV444P10LE ? 10 : 8));
    CHECK(luma.data[5 * luma.stride + 7] == 70);
    CHECK(frame.has_yuv_planes() == (format != AV_PIX_FMT_NV12));
  }
}

TEST_CASE("a frame without luma says which one it is") {
  VideoFrame frame;
  frame.index = 12;
  for (const AVPixelFormat format : {AV_PIX_FMT_RGB24, AV_PIX_FMT_GBRP, AV_PIX_FMT_YUYV422}) {
    fill(frame, format);
    CHECK_THROWS_WITH_AS(frame.luma(), doctest::Contains("frame 12: has no luma plane"), DataError);
  }
}

}  // namespace vs::media

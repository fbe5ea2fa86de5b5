#include "lib/jobs/extract/frame_encoder.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/media/image_jpeg.h"
#include "lib/media/image_png.h"
#include "lib/media/video_decoder.h"

namespace vs::jobs {
namespace {

std::string video() { return std::string(VS_TEST_DATA) + "/videos/low_fps_1.mp4"; }

}  // namespace

TEST_CASE("every format holds the same picture") {
  media::VideoDecoder decoder(video());
  media::VideoFrame* frame = decoder.next();
  REQUIRE(frame != nullptr);
  PictureOptions options;
  options.size.kind = media::SizePolicy::Kind::kShortSide;
  options.size.side = 90;
  const auto encode = [&](FrameFormat format) {
    options.format = format;
    FrameEncoder encoder(options);
    encoder.start({frame->width, frame->height}, 0);
    CHECK(encoder.size() == media::Size{160, 90});
    const auto bytes = encoder.encode(*frame);
    return std::vector<uint8_t>(bytes.begin(), bytes.end());
  };
  const auto raw = encode(FrameFormat::kRawRgb);
  CHECK(raw.size() == 160 * 90 * 3);
  CHECK(media::decode_png(encode(FrameFormat::kPng), "x").pixels == raw);
  const media::Image jpeg = media::decode_jpeg(encode(FrameFormat::kJpeg), "x");
  double difference = 0;
  for (std::size_t i = 0; i < raw.size(); ++i) difference += std::abs(raw[i] - jpeg.pixels[i]);
  CHECK(difference / static_cast<double>(raw.size()) < 5);
  CHECK(encode(FrameFormat::kRawGray).size() == 160 * 90);
  CHECK(encode(FrameFormat::kRawLuma).size() == 160 * 90);
}

TEST_CASE("sizes are those of the turned picture, and odd angles count as none") {
  PictureOptions options;
  options.size.kind = media::SizePolicy::Kind::kHeight;
  options.size.side = 160;
  FrameEncoder encoder(options);
  encoder.start({320, 180}, 90);
  CHECK(encoder.size() == media::Size{90, 160});
  encoder.start({320, 180}, 45);
  CHECK(encoder.size() == media::Size{284, 160});
  options.rotate = false;
  FrameEncoder unturned(options);
  unturned.start({320, 180}, 270);
  CHECK(unturned.size() == media::Size{284, 160});
  options.size.side = 60000;
  FrameEncoder huge(options);
  CHECK_THROWS_AS(huge.start({320, 180}, 0), DataError);
}

}  // namespace vs::jobs

#include "lib/jobs/motion/motion_plot.h"

#include <doctest/doctest.h>

#include <string>

namespace vs::jobs {
namespace {

TEST_CASE("the axis says what the values of a method are") {
  store::VideoMotion video;
  video.video_id = "a";
  video.num_frames = 4;
  video.motion = {0.1, 0.2, 0.3};
  const auto label_of = [&](const std::string& method, const std::string& units) {
    return draw_motion_plot(video, store::MotionKind::kRaw, method, units, {}, {0, 1});
  };
  CHECK(label_of("ssim", "1").find("1 - SSIM") != std::string::npos);
  CHECK(label_of("luma", "levels").find("luma change (levels)") != std::string::npos);
  CHECK(label_of("flow-dis", "pixels").find("flow length (pixels)") != std::string::npos);
  CHECK(label_of("codec-vectors", "pixels").find("vector length (pixels)") != std::string::npos);
  CHECK(label_of("unknown", "1").find(">motion<") != std::string::npos);
}

}  // namespace
}  // namespace vs::jobs

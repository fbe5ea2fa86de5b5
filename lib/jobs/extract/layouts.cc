#include "lib/jobs/extract/layouts.h"

#include <stdexcept>

namespace vs::jobs {
namespace {

media::SizePolicy height(int side) {
  media::SizePolicy policy;
  policy.kind = media::SizePolicy::Kind::kHeight;
  policy.side = side;
  policy.rounding = media::SideRounding::kNear;
  return policy;
}

std::vector<Layout> make_layouts() {
  using media::Interpolation;
  using media::SideRounding;
  std::vector<Layout> all;
  Layout layout;

  layout.name = "mmaction";
  layout.help =
      "build_rawframes.py with denseflow: img_00000.jpg on; --short-side only makes smaller, other side rounded";
  layout.file_template = "img_{:05}.jpg";
  layout.start_index = 0;
  layout.rounding = SideRounding::kRound;
  layout.only_smaller = true;
  layout.interpolation = Interpolation::kOpencvBilinear;
  all.push_back(layout);

  layout.name = "mmaction-opencv";
  layout.help = "build_rawframes.py --use-opencv: img_00001.jpg on; --short-side also makes larger, other side cut off";
  layout.start_index = 1;
  layout.rounding = SideRounding::kCut;
  layout.only_smaller = false;
  all.push_back(layout);

  // FFmpeg's -q:v 0, 1 and 2 are as good as libjpeg's 90; its scaler is bicubic by default.
  layout = Layout();
  layout.name = "ava";
  layout.help = "extract_rgb_frames_ffmpeg.sh: img_00001.jpg on, 30 frames a second by FFmpeg's -r";
  layout.file_template = "img_{:05}.jpg";
  layout.start_index = 1;
  layout.quality = 90;
  layout.rate = LayoutRate::kRate30OwnDuration;
  layout.interpolation = Interpolation::kBicubic;
  all.push_back(layout);

  layout.name = "reskd";
  layout.help = "ResKD's video2img.py: image_00001.jpg on, height 360, FFmpeg's constant-rate output";
  layout.file_template = "image_{:05}.jpg";
  layout.rate = LayoutRate::kConstantRate;
  layout.size = height(360);
  layout.rounding = SideRounding::kNear;
  all.push_back(layout);

  layout.name = "adafocus";
  layout.help =
      "AdaFocusV2's video_jpg.py: as reskd, but img_00001.jpg on (its ActivityNet and FCVID loaders read reskd)";
  layout.file_template = "img_{:05}.jpg";
  all.push_back(layout);

  layout.name = "adafocus-kinetics";
  layout.help = "AdaFocusV2's vid2img_kinetics.py: img_00001.jpg on, height 331, FFmpeg's constant-rate output";
  layout.size = height(331);
  all.push_back(layout);

  layout.name = "something-v2";
  layout.help = "what AdaFocusV2's loader reads of Something-Something V2: 000001.jpg on, every frame";
  layout.file_template = "{:06}.jpg";
  layout.rate = LayoutRate::kAllFrames;
  layout.size = {};
  all.push_back(layout);
  return all;
}

}  // namespace

const std::vector<Layout>& layouts() {
  static const std::vector<Layout> all = make_layouts();
  return all;
}

const Layout& layout_named(const std::string& name) {
  for (const Layout& layout : layouts()) {
    if (layout.name == name) return layout;
  }
  throw std::logic_error("no layout " + name);
}

}  // namespace vs::jobs

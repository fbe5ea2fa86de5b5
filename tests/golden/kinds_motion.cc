// Golden kinds of MGSampler's motion values: image level (1 - SSIM), feature level (PA), and the file they are kept in.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/media/image.h"
#include "lib/media/image_pixels.h"
#include "lib/motion/feature_difference.h"
#include "lib/motion/mgsampler_json.h"
#include "lib/motion/ssim.h"
#include "lib/sampling/motion_curve.h"
#include "tests/golden/golden.h"

namespace vs::golden {
namespace {

using Frames = std::vector<media::Image>;

// smooth_video as pictures.
Frames frames_of(int64_t count, int64_t height, int64_t width, const std::string& key) {
  const std::vector<uint8_t> bytes = smooth_video(count, height, width, key);
  const std::size_t size = bytes.size() / static_cast<std::size_t>(std::max<int64_t>(count, 1));
  Frames frames;
  for (int64_t t = 0; t < count; ++t) {
    media::Image frame(static_cast<int>(width), static_cast<int>(height), 3);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(t) * size), size,
                frame.pixels.begin());
    frames.push_back(std::move(frame));
  }
  return frames;
}

Frames picked(const Frames& from, const std::vector<int64_t>& map) {
  Frames frames;
  for (const int64_t i : map) frames.push_back(from.at(static_cast<std::size_t>(i)));
  return frames;
}

Frames channels_reversed(Frames frames) {
  for (auto& frame : frames) {
    for (std::size_t i = 0; i + 2 < frame.pixels.size(); i += 3) std::swap(frame.pixels[i], frame.pixels[i + 2]);
  }
  return frames;
}

Frames gray(const Frames& frames) {
  Frames result;
  for (const auto& frame : frames) {
    media::Image image(frame.width, frame.height, 1);
    media::rgb_to_gray(frame.view(), image);
    result.push_back(std::move(image));
  }
  return result;
}

std::vector<double> ssim_motion(const Frames& rgb) {
  const Frames frames = gray(rgb);
  motion::Ssim ssim;
  std::vector<double> values;
  for (std::size_t t = 1; t < frames.size(); ++t) values.push_back(ssim.motion(frames[t - 1].view(), frames[t].view()));
  return values;
}

void check_ssim_motion(const Case& c, Report& report) {
  for (const auto& sub : c.parameters().at("subcases")) {
    const auto name = sub.at("name").get<std::string>();
    const Frames rgb = frames_of(sub.at("T"), sub.at("H"), sub.at("W"), sub.at("key"));
    report.compare(name + "_motion", ssim_motion(rgb));
    const Frames frames = gray(rgb);
    std::vector<int64_t> sums;
    for (const auto& frame : frames) {
      int64_t sum = 0;
      for (const uint8_t value : frame.pixels) sum += value;
      sums.push_back(sum);
    }
    report.compare(name + "_gray_sum", sums);
    if (!c.has_output(name + "_ssim01_row0")) continue;
    motion::Ssim ssim;
    std::vector<double> map = ssim.map(frames.at(0).view(), frames.at(1).view());
    report.compare(name + "_ssim01_stats", std::vector<double>{*std::min_element(map.begin(), map.end()),
                                                               *std::max_element(map.begin(), map.end()),
                                                               ssim.mean(frames.at(0).view(), frames.at(1).view())});
    const auto width = static_cast<std::size_t>(frames.at(0).width - motion::kSsimWindow + 1);
    map.resize(std::min<std::size_t>(width, c.output_shape(name + "_ssim01_row0").at(0)));
    report.compare(name + "_ssim01_row0", map);
  }
}

void check_ssim_edges(const Case& c, Report& report) {
  const int64_t height = c.parameters().at("H"), width = c.parameters().at("W");
  const auto key = c.parameters().at("key").get<std::string>();
  constexpr int64_t kFrames = 6;
  const Frames base = frames_of(kFrames, height, width, key);
  const std::string ending = "_is_exactly_zero";
  for (const std::string& output : c.output_names()) {
    if (!output.ends_with(ending)) continue;
    const std::string name = output.substr(0, output.size() - ending.size());
    const std::vector<double> motion = ssim_motion(picked(base, c.input<int64_t>(name + "_map")));
    report.compare(name + "_motion", motion);
    std::vector<uint8_t> zero;
    for (const double value : motion) zero.push_back(value == 0.0);
    report.compare(output, zero);
  }
  Frames bit{base.at(0), base.at(0)};
  bit[1].row(5)[std::ptrdiff_t{3} * 7] ^= 1;
  report.compare("one_bit_motion", ssim_motion(bit));
  Frames flat;
  for (const int level : {0, 255, 128}) {
    media::Image image(static_cast<int>(width), static_cast<int>(height), 3);
    std::fill(image.pixels.begin(), image.pixels.end(), static_cast<uint8_t>(level));
    flat.push_back(std::move(image));
  }
  report.compare("black_white_grey_motion", ssim_motion(flat));
  report.compare("bgr_read_as_rgb_motion", ssim_motion(channels_reversed(base)));
  const auto pixels = static_cast<int>(c.output_shape("gray_of_pixels").at(0));
  media::Image row(pixels, 1, 3);
  row.pixels = image(static_cast<uint64_t>(pixels) * 3, key + "/px");
  report.compare("gray_of_pixels", gray({row}).at(0).pixels);
}

// The text must be what our writer makes of the same numbers, and hold `want` within the case's tolerance.
void check_text(const Case& c, Report& report, motion::Values kind, const std::vector<motion::NamedMotion>& want) {
  const std::string text = c.output_strings("json").at(0);
  const motion::MgsamplerMotion read = motion::read_mgsampler_json(c.path(), text, kind);
  std::string again;
  motion::MgsamplerJsonWriter writer([&](std::string_view piece) { again += piece; });
  for (const auto& video : read.videos) writer.add(video.name, video.values);
  writer.finish();
  report.compare("json", std::vector<std::string>{again});
  bool same = read.videos.size() == want.size();
  double largest = 0;
  for (std::size_t v = 0; same && v < want.size(); ++v) {
    same = read.videos[v].name == want[v].name && read.videos[v].values.size() == want[v].values.size();
    for (std::size_t i = 0; same && i < want[v].values.size(); ++i) {
      const double expected = read.videos[v].values[i], got = want[v].values[i];
      largest = std::max(largest, std::abs(got - expected) / std::max(std::abs(expected), 1e-3));
    }
  }
  report.check("names and numbers in the text", same && largest <= c.parameters().at("rtol").get<double>(), largest);
}

void check_json_format(const Case& c, Report& report) {
  const auto& videos = c.parameters().at("videos");
  const auto& keys = c.parameters().at("keys");
  const auto frames_in = [](const nlohmann::json& video) {
    return video.at("shape").is_null() ? int64_t{0} : video.at("shape").at(0).get<int64_t>();
  };
  // Keys belong to the videos that have motion; where there is one for each readable video, to those.
  const auto readable = static_cast<std::size_t>(
      std::count_if(videos.begin(), videos.end(), [&](const auto& video) { return frames_in(video) >= 1; }));
  const int64_t least = keys.size() >= readable ? 1 : 2;
  std::vector<motion::NamedMotion> all;
  std::size_t next_key = 0;
  for (const auto& video : videos) {
    motion::NamedMotion entry;
    entry.name = motion::video_name(video.at("name").get<std::string>() + ".mp4", motion::NameRule::kFirstDot);
    const int64_t count = frames_in(video);
    const std::size_t key = next_key;
    if (count >= least) ++next_key;
    if (count >= 2) {
      entry.values = ssim_motion(frames_of(count, video.at("shape").at(1), video.at("shape").at(2), keys.at(key)));
    }
    report.compare("v_" + entry.name, entry.values);
    all.push_back(std::move(entry));
  }
  check_text(c, report, motion::Values::kRaw, all);
}

// Weights by name, as the golden README fills tensors of two and more dimensions.
std::vector<float> feature_weights(double gain) {
  constexpr uint64_t kCount = 8 * 3 * 49;
  constexpr double kFanIn = 3 * 49;
  return fill(kCount, "module.PA.shallow_conv.weight", gain * std::sqrt(3 / kFanIn));
}

void check_pa_motion(const Case& c, Report& report) {
  motion::FeatureDifference feature(feature_weights(c.parameters().value("gain", 1.0)));
  std::vector<motion::NamedMotion> all;
  for (const auto& sub : c.parameters().at("subcases")) {
    const auto name = sub.at("name").get<std::string>();
    // Channel 0 of the case's frames is blue; ours is red.
    Frames frames = channels_reversed(frames_of(sub.at("T"), sub.at("H"), sub.at("W"), sub.at("key")));
    if (c.has_input(name + "_map")) frames = picked(frames, c.input<int64_t>(name + "_map"));
    std::vector<double> motion;
    for (std::size_t t = 1; t < frames.size(); ++t) {
      motion.push_back(feature.motion(frames[t - 1].view(), frames[t].view()));
    }
    report.compare(name + "_motion", motion);
    motion::NamedMotion entry{name, sampling::motion_curve(motion)};
    report.compare(name + "_curve", entry.values);
    all.push_back(std::move(entry));
    if (frames.size() < 2) continue;
    const std::vector<float> map = feature.map(frames[0].view(), frames[1].view());
    const auto width = static_cast<std::size_t>(frames[0].width);
    const std::string prefix = name + "_pa0_row";
    for (const std::string& output : c.output_names()) {
      if (!output.starts_with(prefix)) continue;
      const auto row = static_cast<std::ptrdiff_t>(std::stoul(output.substr(prefix.size())) * width);
      const auto count = static_cast<std::ptrdiff_t>(std::min<std::size_t>(width, c.output_shape(output).at(0)));
      report.compare(output, std::vector<float>(map.begin() + row, map.begin() + row + count));
    }
  }
  check_text(c, report, motion::Values::kCurve, all);
}

}  // namespace

KindTable motion_kinds() {
  return {{{"mgsampler.ssim_motion", check_ssim_motion},
           {"mgsampler.ssim_edges", check_ssim_edges},
           {"mgsampler.json_format", check_json_format},
           {"mgsampler.pa_motion", check_pa_motion}},
          {}};
}

}  // namespace vs::golden

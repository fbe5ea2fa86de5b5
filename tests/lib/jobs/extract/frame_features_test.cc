#include "lib/jobs/extract/frame_features.h"

#include <doctest/doctest.h>

#include <cstring>

#include "lib/core/error.h"

namespace vs::jobs {
namespace {

/// Its feature of a clip: the first value of red of each frame, then how many clips went in with it.
class FakeNetwork final : public plugin::FeatureNetwork {
 public:
  FakeNetwork(plugin::FeatureUnit unit, int64_t frames, int64_t rows) {
    shape_.unit = unit;
    shape_.frames = frames;
    shape_.rows = rows;
    shape_.row_shape = {static_cast<uint64_t>(frames / rows) + 1};
    shape_.height = shape_.width = 2;
  }
  const plugin::FeatureShape& shape() const override { return shape_; }
  const std::string& summary() const override { return summary_; }
  std::vector<float> run(std::span<const float> pixels, int64_t count) override {
    const auto frame = static_cast<std::size_t>(3 * 2 * 2);
    const auto frames = static_cast<std::size_t>(count * shape_.frames);
    REQUIRE(pixels.size() == frame * frames);
    all_pixels.assign(pixels.begin(), pixels.end());
    std::vector<float> result;
    const auto a_row = static_cast<std::size_t>(shape_.frames / shape_.rows);
    for (std::size_t i = 0; i < frames; ++i) {
      result.push_back(pixels[i * frame]);
      if (i % a_row == a_row - 1) result.push_back(static_cast<float>(count));
    }
    return result;
  }
  std::vector<float> all_pixels;

 private:
  plugin::FeatureShape shape_;
  std::string summary_;
};

FeatureOptions options_of() {
  FeatureOptions options;
  options.crop = {2, 2};
  options.short_side = 2;
  options.mean = {0, 0, 0};
  options.deviation = {1, 1, 1};
  options.batch_frames = 4;
  return options;
}

struct Result {
  store::VideoFeatures features;
  std::vector<float> values;
};

/// Frames 10, 11, ... of 2 x 2 pixels whose red is 0, 1, ...
Result run(const FeatureOptions& options, FakeNetwork& network, int64_t frames) {
  store::ByteSpool spool("/tmp");
  FrameFeatures rows(options, network, "v", spool);
  for (int64_t k = 0; k < frames; ++k) {
    std::vector<uint8_t> rgb(12);
    for (std::size_t at = 0; at < rgb.size(); at += 3) rgb[at] = static_cast<uint8_t>(k);
    rows.add({10 + k, k, 0, 0.5 * static_cast<double>(k), {2, 2}}, rgb);
  }
  Result result;
  result.features = rows.finish();
  result.values.resize(spool.size() / sizeof(float));
  std::size_t at = 0;
  spool.for_each_part([&](std::span<const uint8_t> part) {
    std::memcpy(reinterpret_cast<uint8_t*>(result.values.data()) + at, part.data(), part.size());
    at += part.size();
  });
  CHECK(feature_rows(options, network.shape(), frames) == std::ssize(result.features.frame_index));
  return result;
}

using Indices = std::vector<int64_t>;
using Values = std::vector<float>;

}  // namespace

TEST_CASE("frames go in one by one, in batches that begin with the video") {
  FakeNetwork network(plugin::FeatureUnit::kFrame, 1, 1);
  const Result result = run(options_of(), network, 6);
  CHECK(result.features.video_id == "v");
  CHECK(result.features.frame_index == Indices{10, 11, 12, 13, 14, 15});
  CHECK(result.features.time_s[3] == 1.5);
  CHECK(result.values == Values{0, 4, 1, 4, 2, 4, 3, 4, 4, 2, 5, 2});
  CHECK(run(options_of(), network, 1).values == Values{0, 1});
}

TEST_CASE("clips follow interval and stride; what does not end within the video is left out") {
  FakeNetwork network(plugin::FeatureUnit::kClip, 3, 1);
  FeatureOptions options = options_of();
  options.batch_frames = 1;
  options.clip_stride = 3;
  Result result = run(options, network, 8);
  CHECK(result.features.frame_index == Indices{10, 13});
  CHECK(result.values == Values{0, 1, 2, 1, 3, 4, 5, 1});
  options.frame_interval = 2;
  options.clip_stride = 1;
  options.batch_frames = 6;
  result = run(options, network, 7);
  CHECK(result.features.frame_index == Indices{10, 11, 12});
  CHECK(result.values == Values{0, 2, 4, 2, 1, 3, 5, 2, 2, 4, 6, 1});
  options.clip_stride = 7;
  CHECK(run(options, network, 9).features.frame_index == Indices{10});
  CHECK(run(options, network, 12).features.frame_index == Indices{10, 17});
}

TEST_CASE("a video shorter than a clip gives one, filled up with its last frame") {
  FakeNetwork network(plugin::FeatureUnit::kClip, 4, 1);
  FeatureOptions options = options_of();
  options.frame_interval = 2;
  options.clip_stride = 8;
  const Result result = run(options, network, 4);
  CHECK(result.features.frame_index == Indices{10});
  CHECK(result.values == Values{0, 2, 3, 3, 1});
  CHECK(run(options, network, 1).values == Values{0, 0, 0, 0, 1});
  options.clip_stride = 1;
  CHECK(run(options, network, 6).values == Values{0, 2, 4, 5, 1});
}

TEST_CASE("groups give a row a frame, and are whole") {
  FakeNetwork network(plugin::FeatureUnit::kFrameGroup, 2, 2);
  const Result result = run(options_of(), network, 6);
  CHECK(result.features.frame_index == Indices{10, 11, 12, 13, 14, 15});
  CHECK(result.values == Values{0, 2, 1, 2, 2, 2, 3, 2, 4, 1, 5, 1});
  FakeNetwork pooled(plugin::FeatureUnit::kFrameGroup, 2, 1);
  CHECK(run(options_of(), pooled, 4).features.frame_index == Indices{10, 12});
  try {
    (void)run(options_of(), network, 5);
    FAIL("an odd frame is left");
  } catch (const DataError& error) {
    CHECK(std::string(error.what()) == "v: 5 frames are chosen, the network looks at 2 at a time (use --num-frames 2)");
  }
}

TEST_CASE("pictures are cut out of the middle and normalised, planes one after the other") {
  FakeNetwork network(plugin::FeatureUnit::kFrame, 1, 1);
  FeatureOptions options = options_of();
  options.mean = {1, 2, 3};
  options.deviation = {2, 4, 8};
  store::ByteSpool spool("/tmp");
  FrameFeatures rows(options, network, "v", spool);
  // 5 x 4 pixels: the cut begins in column 1 and row 1.
  std::vector<uint8_t> rgb;
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 5; ++x) {
      for (int colour = 0; colour < 3; ++colour) rgb.push_back(static_cast<uint8_t>(10 * y + x + 100 * colour));
    }
  }
  rows.add({0, 0, 0, 0, {5, 4}}, rgb);
  (void)rows.finish();
  const auto red = [](float level) { return (level - 1) / 2; };
  const auto green = [](float level) { return (level - 2) / 4; };
  const auto blue = [](float level) { return (level - 3) / 8; };
  CHECK(network.all_pixels == Values{red(11), red(12), red(21), red(22), green(111), green(112), green(121), green(122),
                                     blue(211), blue(212), blue(221), blue(222)});
}

TEST_CASE("pictures smaller than what is cut out are refused") {
  FakeNetwork network(plugin::FeatureUnit::kFrame, 1, 1);
  const FeatureOptions options = options_of();
  store::ByteSpool spool("/tmp");
  FrameFeatures rows(options, network, "v", spool);
  CHECK_THROWS_AS(rows.add({0, 0, 0, 0, {2, 1}}, std::vector<uint8_t>(6)), DataError);
}

}  // namespace vs::jobs

// Shared by the tests of pipelines: steps as JSON text, pictures whose values tell where they are from, listed draws.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/random.h"
#include "lib/data/pipeline.h"

namespace vs::data {

inline Pipeline pipeline_of(const std::string& steps) { return Pipeline(nlohmann::ordered_json::parse(steps)); }

/// Values as they are, as [frames, C, H, W]; to be put after steps that move pixels.
inline const std::string kPlain =
    R"({"type": "Normalize", "mean": [0, 0, 0], "std": [1, 1, 1]}, {"type": "FormatShape", "input_format": "NCHW"})";
inline const std::string kPlainFlow =
    R"({"type": "Normalize", "mean": [0, 0], "std": [1, 1]}, {"type": "FormatShape", "input_format": "NCHW_Flow"})";

/// Channel 0 holds 10 x column, channel 1 10 x row, channel 2 the picture's number.
inline media::Image grid(int width, int height, int number = 0) {
  media::Image picture(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      picture.row(y)[3 * x] = static_cast<uint8_t>(10 * x);
      picture.row(y)[3 * x + 1] = static_cast<uint8_t>(10 * y);
      picture.row(y)[3 * x + 2] = static_cast<uint8_t>(number);
    }
  return picture;
}

/// uniform() gives the next u, below(n) floor(u n). Throws std::out_of_range where more are drawn than listed.
class ListedDraws final : public RandomSource {
 public:
  explicit ListedDraws(std::vector<double> draws = {}) : draws_(std::move(draws)) {}
  double uniform() override { return draws_.at(next_++); }
  int64_t below(int64_t count) override { return static_cast<int64_t>(uniform() * static_cast<double>(count)); }
  size_t used() const { return next_; }

 private:
  std::vector<double> draws_;
  size_t next_ = 0;
};

inline FramePlan plan_of(int64_t clips, int64_t clip_len) {
  FramePlan plan;
  plan.num_clips = clips;
  plan.clip_len = clip_len;
  for (int64_t i = 0; i < clips * clip_len; ++i) plan.frames.push_back(i);
  return plan;
}

/// What of `steps` becomes of pictures, one clip each.
inline Array applied(const std::string& steps, const std::vector<media::Image>& pictures,
                     std::vector<double> draws = {}) {
  ListedDraws random(std::move(draws));
  return pipeline_of(steps).apply(pictures, plan_of(static_cast<int64_t>(pictures.size()), 1), random);
}

}  // namespace vs::data

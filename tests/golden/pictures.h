// Pictures and draws as golden cases describe them, and whole pipelines run on them.
#pragma once

#include <cstdint>
#include <deque>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/random.h"
#include "lib/data/pipeline.h"
#include "lib/media/image.h"

namespace vs::golden {

/// Frames of smooth_video(frames, height, width, key) as RGB pictures.
std::vector<media::Image> smooth_pictures(int64_t frames, int64_t height, int64_t width, const std::string& key);

/// Pictures that a text describes: "smooth_video(t, h, w, 'key')", maybe "[0]" after it, or "image((h, w[, 3]),
/// 'key')", maybe with <i> in the key and "i = a..b" after it. A size may be the name of a number in `values`.
std::vector<media::Image> described_pictures(const std::string& text, const nlohmann::json& values = {});

/// Draws that a case recorded as the values the reference got, in order.
class RecordedDraws final : public RandomSource {
 public:
  /// The next number below something.
  void add_integer(int64_t value) { draws_.push_back({static_cast<double>(value), 0, 1}); }
  /// The next real one, got from [low, high).
  void add_real(double value, double low = 0, double high = 1) { draws_.push_back({value, low, high}); }

  double uniform() override;
  int64_t below(int64_t count) override;

 private:
  struct Draw {
    double value, low, high;
  };
  Draw take();
  std::deque<Draw> draws_;
};

/// A pipeline of these steps.
data::Pipeline pipeline_of(const nlohmann::json& steps);
/// A plan of all the given pictures as one clip, or as clips of one frame.
data::FramePlan plan_of_all(std::size_t pictures, bool one_clip);

/// Chooses frames of a video, then makes its array; `plan` gets the frames.
data::Array sample_and_run(const data::Pipeline& pipeline, const std::vector<media::Image>& video, RandomSource& random,
                           data::FramePlan& plan);

/// values[..., ::stride, ::stride] of an array whose last two axes are height and width.
std::vector<float> strided(const data::Array& tensor, int64_t stride);
/// Means over all but the first `axes` axes.
std::vector<double> leading_means(const data::Array& tensor, std::size_t axes);

}  // namespace vs::golden

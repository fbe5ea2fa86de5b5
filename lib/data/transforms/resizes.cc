// Resize and RandomRescale of mmaction2.
#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "lib/data/transforms/transforms_internal.h"

namespace vs::data {
namespace {

using media::OpencvResize;
using sampling::Size;

OpencvResize interpolation_of(StepOptions& options) {
  return media::parse_opencv_resize(options.text_or("interpolation", "bilinear"), options.place_of("interpolation"));
}

/// By a factor, or to the largest size within two bounds, or to exactly a size.
class Resize final : public Transform {
 public:
  explicit Resize(StepOptions& options) : how_(interpolation_of(options)) {
    options.refuse_lazy();
    keep_ratio_ = options.flag_or("keep_ratio", true);
    const auto* scale = options.value("scale");
    if (!scale) options.refuse("scale", "is missing");
    if (scale->is_array()) {
      const std::vector<double> pair = options.numbers("scale", 2);
      const bool whole = scale->at(0).is_number_integer() && scale->at(1).is_number_integer();
      const auto good = [](double side) { return side >= 1 && side <= sampling::kMaxSide; };
      const auto open = [&](double side) { return keep_ratio_ && side == -1; };
      if (!whole || !(good(pair[0]) || open(pair[0])) || !(good(pair[1]) || open(pair[1])) || pair[0] + pair[1] < 0)
        options.refuse("scale", scale->dump() + " is no size",
                       keep_ratio_ ? "two sides from 1 on, one of which may be -1" : "[width, height] from 1 on");
      a_ = static_cast<int64_t>(pair[0]);
      b_ = static_cast<int64_t>(pair[1]);
    } else if (scale->is_number_float() && keep_ratio_) {
      factor_ = options.number_or("scale", 1, 1e-6, 1e6);
    } else {
      options.refuse("scale", scale->dump() + " is no scale", "[-1, 256] for the short side, or a factor such as 0.5");
    }
    cuts_ = options.word("rounding", {"nearest", "cut"}) == "cut";
    if (cuts_ && (!keep_ratio_ || factor_ || std::min(a_, b_) != -1))
      options.refuse("rounding", "needs a scale such as [-1, 256]");
  }

  void plan(Course& course, RandomSource&) const override { course.scale(size_for(course.size), how_); }

 private:
  Size size_for(Size picture) const {
    if (factor_) return sampling::rescale(picture, *factor_);
    if (!keep_ratio_) return {a_, b_};
    if (cuts_) return sampling::resize_short_side(picture, std::max(a_, b_), sampling::FollowingSide::kFloor);
    return sampling::rescale_within(picture, a_, b_);
  }

  OpencvResize how_;
  bool keep_ratio_ = true, cuts_ = false;
  std::optional<double> factor_;
  int64_t a_ = 0, b_ = 0;
};

/// The short side is drawn from a range, ends included.
class RandomRescale final : public Transform {
 public:
  explicit RandomRescale(StepOptions& options) : how_(interpolation_of(options)) {
    const std::vector<double> range = options.numbers("scale_range", 2);
    least_ = static_cast<int64_t>(range[0]);
    most_ = static_cast<int64_t>(range[1]);
    if (!(range[0] >= 1 && range[0] <= range[1] && range[1] <= sampling::kMaxSide))
      options.refuse("scale_range", "is no range of sides", "such as [256, 320]");
  }

  void plan(Course& course, RandomSource& random) const override {
    const int64_t side = least_ + random.below(most_ - least_ + 1);
    course.scale(sampling::rescale_within(course.size, -1, side), how_);
  }

 private:
  OpencvResize how_;
  int64_t least_ = 0, most_ = 0;
};

template <class T>
std::unique_ptr<Transform> make(StepOptions& options) {
  return std::make_unique<T>(options);
}

}  // namespace

std::span<const NamedTransform> resize_transforms() {
  static constexpr std::array<NamedTransform, 2> kTable{
      {{"Resize", make<Resize>}, {"RandomRescale", make<RandomRescale>}}};
  return kTable;
}

}  // namespace vs::data

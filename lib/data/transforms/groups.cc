// The transforms of TSM's programs that AdaFocusV2 uses: Pillow's pictures, torchvision's crops.
#include <algorithm>
#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/data/transforms/transforms_internal.h"

namespace vs::data {
namespace {

using sampling::Size;

/// Short side to `size`, the other cut to a whole number; a picture whose short side fits stays.
class GroupScale final : public Transform {
 public:
  explicit GroupScale(StepOptions& options) : side_(options.integer("size", 1, media::kMaxImageSide)) {}
  void plan(Course& course, RandomSource&) const override {
    course.scale(sampling::resize_short_side(course.size, side_, sampling::FollowingSide::kFloor), std::nullopt);
  }

 private:
  int64_t side_;
};

/// Corners at half the free room, halves to even.
class GroupCenterCrop final : public Transform {
 public:
  explicit GroupCenterCrop(StepOptions& options) : crop_(options.size("size")) {}
  void plan(Course& course, RandomSource&) const override {
    const Size room{course.size.width - crop_.width, course.size.height - crop_.height};
    if (room.width < 0 || room.height < 0)
      throw DataError("frame",
                      fmt::format("{}x{} is smaller than the crop {}x{}", course.size.width, course.size.height,
                                  crop_.width, crop_.height),
                      "scale it first, or take a smaller crop");
    const auto half = [](int64_t free) { return static_cast<int64_t>(std::nearbyint(static_cast<double>(free) / 2)); };
    const int64_t left = half(room.width), top = half(room.height);
    course.cut({left, top, left + crop_.width, top + crop_.height});
  }

 private:
  Size crop_;
};

/// mmaction2's MultiScaleCrop at 13 positions, and the resize after it.
class GroupMultiScaleCrop final : public Transform {
 public:
  explicit GroupMultiScaleCrop(StepOptions& options) {
    how_.input = options.size("input_size");
    how_.scales = options.numbers_or("scales", {1, .875, .75, .66});
    for (const double scale : how_.scales)
      if (!(scale > 0 && scale <= 1)) options.refuse("scales", "must lie in 0 to 1");
    how_.max_gap = options.integer_or("max_distort", 1, 0);
    how_.random_position = !options.flag_or("fix_crop", true);
    how_.num_fixed_crops = options.flag_or("more_fix_crop", true) ? 13 : 5;
  }
  void plan(Course& course, RandomSource& random) const override {
    course.cut(sampling::multi_scale_crop(course.size, how_, random));
    course.scale(how_.input, std::nullopt);
  }

 private:
  sampling::MultiScale how_;
};

class GroupRandomHorizontalFlip final : public Transform {
 public:
  explicit GroupRandomHorizontalFlip(StepOptions& options) {
    if (options.flag_or("is_flow", false)) options.refuse("is_flow", "is not offered", "frames are RGB here");
  }
  void plan(Course& course, RandomSource& random) const override {
    if (random.uniform() < 0.5) course.mirror(false);
  }
};

template <class T>
std::unique_ptr<Transform> make(StepOptions& options) {
  return std::make_unique<T>(options);
}

}  // namespace

std::span<const NamedTransform> group_transforms() {
  static constexpr std::array<NamedTransform, 4> kTable{
      {{"GroupScale", make<GroupScale>},
       {"GroupCenterCrop", make<GroupCenterCrop>},
       {"GroupMultiScaleCrop", make<GroupMultiScaleCrop>},
       {"GroupRandomHorizontalFlip", make<GroupRandomHorizontalFlip>}}};
  return kTable;
}

}  // namespace vs::data

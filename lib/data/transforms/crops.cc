// Crops of mmaction2: one box for all frames of a sample, or several crops of every frame.
#include <array>

#include <nlohmann/json.hpp>

#include "lib/data/transforms/transforms_internal.h"

namespace vs::data {
namespace {

using sampling::Size;

class RandomCrop final : public Transform {
 public:
  explicit RandomCrop(StepOptions& options) : side_(options.integer("size", 1, sampling::kMaxSide)) {
    options.refuse_lazy();
  }
  void plan(Course& course, RandomSource& random) const override {
    course.cut(sampling::random_crop(course.size, side_, random));
  }

 private:
  int64_t side_;
};

class RandomResizedCrop final : public Transform {
 public:
  explicit RandomResizedCrop(StepOptions& options) {
    options.refuse_lazy();
    const auto areas = options.numbers_or("area_range", {range_.area_min, range_.area_max}, 2);
    const auto aspects = options.numbers_or("aspect_ratio_range", {range_.aspect_min, range_.aspect_max}, 2);
    range_ = {areas[0], areas[1], aspects[0], aspects[1]};
    if (!(areas[0] > 0 && areas[0] <= areas[1] && areas[1] <= 1))
      options.refuse("area_range", "must lie in 0 to 1, the smaller number first");
    if (!(aspects[0] > 0 && aspects[0] <= aspects[1]))
      options.refuse("aspect_ratio_range", "must be above 0, the smaller number first");
  }
  void plan(Course& course, RandomSource& random) const override {
    course.cut(sampling::random_resized_crop(course.size, range_, random));
  }

 private:
  sampling::ResizedCropRange range_;
};

class MultiScaleCrop final : public Transform {
 public:
  explicit MultiScaleCrop(StepOptions& options) {
    options.refuse_lazy();
    how_.input = options.size("input_size");
    how_.scales = options.numbers_or("scales", {1});
    for (const double scale : how_.scales)
      if (!(scale > 0 && scale <= 1)) options.refuse("scales", "must lie in 0 to 1");
    how_.max_gap = options.integer_or("max_wh_scale_gap", 1, 0);
    how_.random_position = options.flag_or("random_crop", false);
    how_.num_fixed_crops = options.integer_or("num_fixed_crops", 5, 5, 13);
    if (how_.num_fixed_crops != 5 && how_.num_fixed_crops != 13)
      options.refuse("num_fixed_crops", "is neither 5 nor 13");
  }
  void plan(Course& course, RandomSource& random) const override {
    course.cut(sampling::multi_scale_crop(course.size, how_, random));
  }

 private:
  sampling::MultiScale how_;
};

class CenterCrop final : public Transform {
 public:
  explicit CenterCrop(StepOptions& options) : crop_(options.size("crop_size")) { options.refuse_lazy(); }
  void plan(Course& course, RandomSource&) const override { course.cut(sampling::center_crop(course.size, crop_)); }

 private:
  Size crop_;
};

class ThreeCrop final : public Transform {
 public:
  explicit ThreeCrop(StepOptions& options) : crop_(options.size("crop_size")) {}
  void plan(Course& course, RandomSource&) const override {
    std::vector<sampling::CropView> views;
    for (const sampling::Box& box : sampling::three_crop(course.size, crop_)) views.push_back({box, false});
    course.parts(std::move(views));
  }

 private:
  Size crop_;
};

class TenCrop final : public Transform {
 public:
  explicit TenCrop(StepOptions& options) : crop_(options.size("crop_size")) {}
  void plan(Course& course, RandomSource&) const override { course.parts(sampling::ten_crop(course.size, crop_)); }

 private:
  Size crop_;
};

template <class T>
std::unique_ptr<Transform> make(StepOptions& options) {
  return std::make_unique<T>(options);
}

}  // namespace

std::span<const NamedTransform> crop_transforms() {
  static constexpr std::array<NamedTransform, 6> kTable{{{"RandomCrop", make<RandomCrop>},
                                                         {"RandomResizedCrop", make<RandomResizedCrop>},
                                                         {"MultiScaleCrop", make<MultiScaleCrop>},
                                                         {"CenterCrop", make<CenterCrop>},
                                                         {"ThreeCrop", make<ThreeCrop>},
                                                         {"TenCrop", make<TenCrop>}}};
  return kTable;
}

}  // namespace vs::data

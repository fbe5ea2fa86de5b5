#include "lib/sampling/crop.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "lib/core/error.h"

namespace vs::sampling {
namespace {

void check_picture(Size picture) {
  const int64_t smallest = std::min(picture.width, picture.height), largest = std::max(picture.width, picture.height);
  if (smallest < 1 || largest > kMaxSide)
    throw DataError("picture", fmt::format("size {}x{} cannot be cropped", picture.width, picture.height));
}

void check_fits(Size picture, Size crop) {
  check_picture(picture);
  if (crop.width < 1 || crop.height < 1)
    throw UsageError(fmt::format("crop {}x{}", crop.width, crop.height), "must be at least 1x1");
  if (picture.width < crop.width || picture.height < crop.height)
    throw DataError(
        "picture",
        fmt::format("{}x{} is smaller than the crop {}x{}", picture.width, picture.height, crop.width, crop.height),
        "resize it first, or take a smaller crop");
}

Box box_at(int64_t left, int64_t top, Size size) { return {left, top, left + size.width, top + size.height}; }

/// floor(free / 4), also for a crop larger than the picture.
int64_t quarter_step(int64_t free) { return free >= 0 ? free / 4 : -((-free + 3) / 4); }

double between(double low, double high, double u) { return low + (high - low) * u; }

}  // namespace

Box center_crop(Size picture, Size crop) {
  check_fits(picture, crop);
  return box_at((picture.width - crop.width) / 2, (picture.height - crop.height) / 2, crop);
}

std::vector<Box> three_crop(Size picture, Size crop) {
  check_fits(picture, crop);
  const int64_t free_x = picture.width - crop.width, free_y = picture.height - crop.height;
  if (free_x != 0 && free_y != 0)
    throw DataError("picture", fmt::format("three crops need a side of {} or {}", crop.width, crop.height),
                    "resize the short side to the crop first");
  const int64_t x = free_x / 2, y = free_y / 2;
  return {box_at(0, 0, crop), box_at(2 * x, 2 * y, crop), box_at(x, y, crop)};
}

std::vector<CropView> ten_crop(Size picture, Size crop) {
  check_fits(picture, crop);
  constexpr std::array<Position, 5> kOrder{{{0, 0}, {4, 0}, {0, 4}, {4, 4}, {2, 2}}};
  const int64_t step_x = quarter_step(picture.width - crop.width), step_y = quarter_step(picture.height - crop.height);
  std::vector<CropView> views;
  for (const Position place : kOrder) {
    const Box box = box_at(place.x * step_x, place.y * step_y, crop);
    views.push_back({box, false});
    views.push_back({box, true});
  }
  return views;
}

Box random_crop(Size picture, int64_t side, RandomSource& random) {
  const Size crop{side, side};
  check_fits(picture, crop);
  const int64_t free_x = picture.width - side, free_y = picture.height - side;
  const int64_t top = free_y > 0 ? random.below(free_y) : 0;
  const int64_t left = free_x > 0 ? random.below(free_x) : 0;
  return box_at(left, top, crop);
}

Box random_resized_crop(Size picture, const ResizedCropRange& range, RandomSource& random) {
  check_picture(picture);
  if (!(range.area_min > 0 && range.area_min <= range.area_max && range.area_max <= 1))
    throw UsageError("area range", "must lie in 0 to 1, the smaller number first");
  if (!(range.aspect_min > 0 && range.aspect_min <= range.aspect_max && std::isfinite(range.aspect_max)))
    throw UsageError("aspect range", "must be above 0, the smaller number first");
  constexpr size_t kTries = 10;
  std::array<double, kTries> aspects, areas;
  for (double& aspect : aspects)
    aspect = std::exp(between(std::log(range.aspect_min), std::log(range.aspect_max), random.uniform()));
  const double whole = static_cast<double>(picture.width * picture.height);
  for (double& area : areas) area = between(range.area_min, range.area_max, random.uniform()) * whole;
  for (size_t i = 0; i < kTries; ++i) {
    const Size size{static_cast<int64_t>(std::rint(std::sqrt(areas[i] * aspects[i]))),
                    static_cast<int64_t>(std::rint(std::sqrt(areas[i] / aspects[i])))};
    if (size.width < 1 || size.height < 1 || size.width > picture.width || size.height > picture.height) continue;
    const int64_t left = random.below(picture.width - size.width + 1);
    const int64_t top = random.below(picture.height - size.height + 1);
    return box_at(left, top, size);
  }
  const int64_t side = std::min(picture.width, picture.height);
  return center_crop(picture, {side, side});
}

std::vector<Size> multi_scale_sizes(Size picture, const MultiScale& how) {
  check_picture(picture);
  if (how.scales.empty() || how.scales.size() > 64) throw UsageError("scales", "give 1 to 64 of them");
  if (how.max_gap < 0) throw UsageError("largest gap of scales", "must be 0 or more");
  if (how.input.width < 1 || how.input.height < 1) throw UsageError("input size", "must be at least 1x1");
  std::vector<int64_t> sides;
  for (const double scale : how.scales) {
    if (!(scale > 0 && scale <= 1)) throw UsageError(fmt::format("scale {}", scale), "must be above 0 and at most 1");
    sides.push_back(static_cast<int64_t>(static_cast<double>(std::min(picture.width, picture.height)) * scale));
  }
  const auto snap = [](int64_t side, int64_t wanted) { return std::abs(side - wanted) < 3 ? wanted : side; };
  std::vector<Size> sizes;
  for (size_t i = 0; i < sides.size(); ++i)
    for (size_t j = 0; j < sides.size(); ++j)
      if (std::abs(static_cast<int64_t>(i) - static_cast<int64_t>(j)) <= how.max_gap)
        sizes.push_back({snap(sides[j], how.input.width), snap(sides[i], how.input.height)});
  return sizes;
}

std::vector<Position> multi_scale_positions(Size picture, Size crop, int64_t num_fixed_crops) {
  constexpr std::array<Position, 13> kSteps{
      {{0, 0}, {4, 0}, {0, 4}, {4, 4}, {2, 2}, {0, 2}, {4, 2}, {2, 4}, {2, 0}, {1, 1}, {3, 1}, {1, 3}, {3, 3}}};
  if (num_fixed_crops != 5 && num_fixed_crops != 13)
    throw UsageError(fmt::format("number of fixed crops {}", num_fixed_crops), "must be 5 or 13");
  const int64_t step_x = quarter_step(picture.width - crop.width), step_y = quarter_step(picture.height - crop.height);
  std::vector<Position> positions;
  for (size_t i = 0; i < static_cast<size_t>(num_fixed_crops); ++i)
    positions.push_back({kSteps[i].x * step_x, kSteps[i].y * step_y});
  return positions;
}

Box multi_scale_crop(Size picture, const MultiScale& how, RandomSource& random) {
  const std::vector<Size> sizes = multi_scale_sizes(picture, how);
  Size size = sizes[static_cast<size_t>(random.below(static_cast<int64_t>(sizes.size())))];
  if (how.keep_inside)
    size = {std::clamp<int64_t>(size.width, 1, picture.width), std::clamp<int64_t>(size.height, 1, picture.height)};
  if (how.random_position) {
    check_fits(picture, size);
    const int64_t left = random.below(picture.width - size.width + 1);
    const int64_t top = random.below(picture.height - size.height + 1);
    return box_at(left, top, size);
  }
  const std::vector<Position> positions = multi_scale_positions(picture, size, how.num_fixed_crops);
  const Position at = positions[static_cast<size_t>(random.below(static_cast<int64_t>(positions.size())))];
  return box_at(at.x, at.y, size);
}

}  // namespace vs::sampling

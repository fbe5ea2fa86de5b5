#include "lib/sampling/geometry.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "lib/core/error.h"

namespace vs::sampling {
namespace {

void check_picture(Size picture) {
  const int64_t smallest = std::min(picture.width, picture.height), largest = std::max(picture.width, picture.height);
  if (smallest < 1 || largest > kMaxSide)
    throw DataError("picture", fmt::format("size {}x{} cannot be resized", picture.width, picture.height));
}

void check_target(int64_t side) {
  if (side < 1 || side > kMaxSide)
    throw UsageError(fmt::format("size {}", side), fmt::format("must be 1 to {}", kMaxSide));
}

int64_t checked_side(double side) {
  if (!(side <= static_cast<double>(kMaxSide)))
    throw UsageError("size", fmt::format("a side above {} would come out", kMaxSide));
  return static_cast<int64_t>(side);
}

/// The nearest integer to top / bottom, halves up.
int64_t nearest_quotient(int64_t top, int64_t bottom) { return (2 * top + bottom) / (2 * bottom); }

/// What becomes of `other` when `side` becomes `target`.
int64_t following(int64_t other, int64_t side, int64_t target, FollowingSide rule) {
  const double from = static_cast<double>(side), to = static_cast<double>(target), rest = static_cast<double>(other);
  double result = 0;
  switch (rule) {
    case FollowingSide::kEven:
      result = static_cast<double>(2 * std::max<int64_t>(nearest_quotient(target * other, 2 * side), 1));
      break;
    case FollowingSide::kNearest:
      result = static_cast<double>(nearest_quotient(target * other, side));
      break;
    case FollowingSide::kCut:
      result = (to / from) * rest;
      break;
    case FollowingSide::kFloor: {
      const int64_t whole = target * other / side;
      result = static_cast<double>(whole);
      break;
    }
    case FollowingSide::kRound:
      result = std::round(rest * 1.0 / from * to);
      break;
  }
  return std::max<int64_t>(checked_side(result), 1);
}

}  // namespace

Size rescale(Size picture, double factor) {
  check_picture(picture);
  if (!(factor > 0) || !std::isfinite(factor)) throw UsageError(fmt::format("scale {}", factor), "must be above 0");
  return {checked_side(static_cast<double>(picture.width) * factor + 0.5),
          checked_side(static_cast<double>(picture.height) * factor + 0.5)};
}

Size rescale_within(Size picture, int64_t a, int64_t b) {
  check_picture(picture);
  check_target(std::max(a, b));
  if (std::min(a, b) < 1 && std::min(a, b) != -1)
    throw UsageError(fmt::format("scale {},{}", a, b), "both must be 1 or more, or one of them -1");
  const bool short_only = std::min(a, b) == -1;
  const double long_limit = short_only ? std::numeric_limits<double>::infinity() : static_cast<double>(std::max(a, b));
  const double short_limit = static_cast<double>(short_only ? std::max(a, b) : std::min(a, b));
  const double long_side = static_cast<double>(std::max(picture.width, picture.height));
  const double short_side = static_cast<double>(std::min(picture.width, picture.height));
  return rescale(picture, std::min(long_limit / long_side, short_limit / short_side));
}

Size resize_short_side(Size picture, int64_t target, FollowingSide rule) {
  check_picture(picture);
  check_target(target);
  if (picture.width == picture.height) return {target, target};
  return picture.width > picture.height ? resize_to_height(picture, target, rule)
                                        : resize_to_width(picture, target, rule);
}

Size resize_to_height(Size picture, int64_t height, FollowingSide rule) {
  check_picture(picture);
  check_target(height);
  return {following(picture.width, picture.height, height, rule), height};
}

Size resize_to_width(Size picture, int64_t width, FollowingSide rule) {
  check_picture(picture);
  check_target(width);
  return {width, following(picture.height, picture.width, width, rule)};
}

}  // namespace vs::sampling

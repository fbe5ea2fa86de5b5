// Sizes of resized pictures, by the rules of the programs whose results a data set may have to match.
#pragma once

#include <cstdint>

namespace vs::sampling {

/// Width and height in pixels.
struct Size {
  int64_t width = 0;
  int64_t height = 0;
  bool operator==(const Size&) const = default;
};

/// Part of a picture; right and bottom are excluded.
struct Box {
  int64_t left = 0, top = 0, right = 0, bottom = 0;
  int64_t width() const { return right - left; }
  int64_t height() const { return bottom - top; }
  bool operator==(const Box&) const = default;
};

/// The largest side taken or given.
constexpr int64_t kMaxSide = int64_t{1} << 24;

/// Both sides times `factor`: trunc(side * factor + 0.5). A side can come out as 0, as in the original; no picture has
/// such a size, so check before resizing.
///
/// Throws UsageError for a factor that is not positive or a result above kMaxSide, DataError for an empty or too large
/// picture. Source: mmcv, imrescale.
Size rescale(Size picture, double factor);

/// The largest size of the same shape that keeps the long side within max(a, b) and the short side within min(a, b);
/// with a or b of -1 the short side becomes the other number. Sides are cut as by rescale(picture, factor).
///
/// a, b >= 1 or one of them -1, else UsageError. Source: mmaction2, Resize with keep_ratio.
Size rescale_within(Size picture, int64_t a, int64_t b);

/// How the side that follows becomes a whole number.
enum class FollowingSide {
  kEven,     ///< FFmpeg's scale with -2: twice the nearest integer of half the side
  kNearest,  ///< FFmpeg's scale with -1: the nearest integer
  kCut,      ///< mmcv's reading tools: int((target / side) * other) in doubles
  kFloor,    ///< torchvision, AdaFocusV2, 3D-CSL: int(target * other / side), the product first
  kRound,    ///< denseflow: round(other * 1.0 / side * target) in doubles
};

/// The size with the short side made `target`; equal sides both become it. The other side is at least 1 (2 if even).
/// Throws UsageError for a target below 1 or a result above kMaxSide, DataError for an empty or too large picture.
Size resize_short_side(Size picture, int64_t target, FollowingSide rule);

/// The size with this height; the width follows. Throws as resize_short_side.
Size resize_to_height(Size picture, int64_t height, FollowingSide rule);

/// The size with this width; the height follows. Throws as resize_short_side.
Size resize_to_width(Size picture, int64_t width, FollowingSide rule);

}  // namespace vs::sampling

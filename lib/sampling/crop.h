// Crop boxes of the training and test pipelines; boxes only, no pixels.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/core/random.h"
#include "lib/sampling/geometry.h"

namespace vs::sampling {

/// The box of `crop` in the middle: left = floor((width - crop.width) / 2), top likewise.
///
/// Throws UsageError for an empty crop, DataError for a picture smaller than the crop, where the original would return
/// garbage. Source: mmaction2, CenterCrop.
Box center_crop(Size picture, Size crop);

/// Three boxes along the longer side in the order first, last, middle (left, right, middle; or top, bottom, middle).
///
/// One side of the picture must equal the crop's and the other not be smaller, else DataError. Step = floor(free / 2).
/// Source: mmaction2, ThreeCrop.
std::vector<Box> three_crop(Size picture, Size crop);

/// A crop that may be mirrored left to right.
struct CropView {
  Box box;
  bool mirrored = false;
};

/// Ten crops: upper left, upper right, lower left, lower right and centre, each followed by its mirror image.
///
/// Positions are multiples of floor(free / 4), so right and bottom may stay up to 3 pixels short of the edge.
/// Throws DataError for a picture smaller than the crop. Source: mmaction2, TenCrop.
std::vector<CropView> ten_crop(Size picture, Size crop);

/// A square of `side` at a drawn position: y first, then x, each below(free), nothing drawn where it is 0.
///
/// The last position is never drawn, as in the original. Throws UsageError for side < 1, DataError for a smaller
/// picture. Source: mmaction2, RandomCrop.
Box random_crop(Size picture, int64_t side, RandomSource& random);

/// Ranges of RandomResizedCrop.
struct ResizedCropRange {
  double area_min = 0.08, area_max = 1;                   ///< share of the picture
  double aspect_min = 3.0 / 4.0, aspect_max = 4.0 / 3.0;  ///< width to height, drawn evenly in the logarithm
};

/// A box of drawn area and shape, to be resized afterwards.
///
/// Draws 10 aspects, then 10 areas, takes the first pair that fits, then x and y (ends included); the centred square of
/// the short side if none fits. Throws UsageError for an empty or reversed range, DataError for an empty picture.
/// Source: mmaction2, RandomResizedCrop.
Box random_resized_crop(Size picture, const ResizedCropRange& range, RandomSource& random);

/// Parameters of MultiScaleCrop.
struct MultiScale {
  Size input{224, 224};                              ///< what the crop will be resized to
  std::vector<double> scales{1, 0.875, 0.75, 0.66};  ///< of the short side
  int64_t max_gap = 1;           ///< largest difference of the positions in `scales` of height and width
  bool random_position = false;  ///< anywhere (ends included) instead of at one of the fixed positions
  int64_t num_fixed_crops = 5;   ///< 5 or 13
  bool keep_inside =
      true;  ///< cuts a size to the picture before it is placed; off: boxes may exceed it by 2, as in the original
};

/// Sizes a crop may have, height outermost; a side within 2 of `input` becomes it, which may exceed the picture.
/// Throws UsageError for bad parameters, DataError for an empty picture. Source: mmaction2, MultiScaleCrop.
std::vector<Size> multi_scale_sizes(Size picture, const MultiScale& how);

/// A corner of a box.
struct Position {
  int64_t x = 0, y = 0;
  bool operator==(const Position&) const = default;
};

/// Fixed positions (upper left corners) of a crop, 5 or 13, in steps of floor(free / 4): corners, centre, then edges
/// and quarters.
std::vector<Position> multi_scale_positions(Size picture, Size crop, int64_t num_fixed_crops);

/// A drawn size, then a drawn position (one number, or x and y). The box lies inside the picture unless `keep_inside`
/// is off.
///
/// Throws as multi_scale_sizes, and DataError for a random position of a size that exceeds the picture.
Box multi_scale_crop(Size picture, const MultiScale& how, RandomSource& random);

}  // namespace vs::sampling

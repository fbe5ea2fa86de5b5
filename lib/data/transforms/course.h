// What happens to the pixels of every frame of one sample: all draws made, all sizes known, no pixel touched yet.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "lib/core/random.h"
#include "lib/media/image_resize.h"
#include "lib/sampling/crop.h"
#include "lib/sampling/geometry.h"

namespace vs::data {

/// Keep a part of the frame.
struct Cut {
  sampling::Box box;
};

/// Resize with OpenCV's rule, or with Pillow's antialiased bilinear one.
struct Scale {
  sampling::Size size;
  std::optional<media::OpencvResize> opencv;  ///< none: Pillow
};

/// Mirror the frame. In optical flow the x component changes its sign too (255 - v).
struct Mirror {
  bool vertical = false;
};

/// One part of the frame after the other; every part becomes a frame of its own.
struct Parts {
  std::vector<sampling::CropView> views;
};

using PixelStep = std::variant<Cut, Scale, Mirror, Parts>;

/// The steps, and where they have led so far.
struct Course {
  sampling::Size size;  ///< of a frame after the steps
  std::vector<PixelStep> steps;
  int64_t crops = 1;                 ///< frames that one frame becomes
  float factor_x = 1, factor_y = 1;  ///< product of the resizes, in float as the originals keep it
  std::optional<int64_t> label;      ///< of the video, if it has a single one
  bool flow = false;                 ///< frames are components of optical flow: x, y, x, y, ...

  /// Each adds a step. cut() throws std::logic_error for a box outside the frame.
  void cut(const sampling::Box& box);
  /// Throws DataError for a size of 0 or beyond what vs handles.
  void scale(sampling::Size to, std::optional<media::OpencvResize> opencv);
  void mirror(bool vertical);
  void parts(std::vector<sampling::CropView> views);
};

/// A step of the pipeline that moves pixels. Draws are made in plan(), in the order of the original program.
class Transform {
 public:
  virtual ~Transform() = default;
  /// Throws DataError for a frame that it cannot be applied to.
  virtual void plan(Course& course, RandomSource& random) const = 0;
};

}  // namespace vs::data

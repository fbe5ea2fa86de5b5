// What a pipeline does to the frames of one sample, where that is no more than a resize, windows, mirrors and
// normalising: so that it can be done in one step where the frames were decoded, on a GPU.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/data/transforms/course.h"
#include "lib/data/transforms/layout.h"
#include "lib/data/transforms/normalize.h"
#include "lib/sampling/geometry.h"

namespace vs::data {

/// A window of one picture, and where in the array it goes.
struct PictureWindow {
  int64_t picture = 0;        ///< position in the plan's frames
  sampling::Size resized;     ///< of the whole picture, by OpenCV's bilinear; the source's size: not resized
  int64_t left = 0, top = 0;  ///< of the window, in the resized picture; it lies within
  bool mirrored = false;      ///< the window, left to right
  int64_t red_plane = 0;      ///< its plane of red begins at red_plane * height * width of the window
  bool operator==(const PictureWindow&) const = default;
};

/// The array that a pipeline makes of a sample: every plane of it once. Values are (x - mean) / std of x in 0..255, in
/// float; rules of other programs differ from that in the last bits.
struct PicturePlan {
  std::vector<int64_t> shape;                ///< of the array, in row-major order
  sampling::Size source, window;             ///< sizes of all pictures and of all windows
  int64_t channel_step = 1;                  ///< planes from red to green and from green to blue; below 0: blue first
  std::array<float, 3> mean = {}, std = {};  ///< of red, green and blue
  std::vector<PictureWindow> windows;
};

/// The plan of courses, each for `groups` pictures, one after the other, and of what comes after them, as
/// PipelineSample has them. Nothing where there is more to it: flow, another resize or a second one, a crop or a mirror
/// before the resize, a mirror upside down, or frames that are left black.
std::optional<PicturePlan> picture_plan(const std::vector<Course>& courses, const std::vector<int64_t>& groups,
                                        sampling::Size source, const Normalize& normalize, const Layout& layout,
                                        const FrameCounts& counts);

}  // namespace vs::data

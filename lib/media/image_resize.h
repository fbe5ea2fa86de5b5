// Pictures resized to the pixel as OpenCV does, for pipelines whose networks were trained behind it.
#pragma once

#include <string>
#include <vector>

#include "lib/media/image.h"
#include "lib/media/image_size.h"

namespace vs::media {

/// How OpenCV's resize weighs pixels. None of them looks at more pixels the stronger the reduction, kArea excepted.
enum class OpencvResize {
  kNearest,   ///< INTER_NEAREST
  kBilinear,  ///< INTER_LINEAR
  kBicubic,   ///< INTER_CUBIC
  kArea,      ///< INTER_AREA
  kLanczos,   ///< INTER_LANCZOS4
};

/// Reads "nearest", "bilinear", "bicubic", "area" or "lanczos". Throws UsageError with `place` otherwise.
OpencvResize parse_opencv_resize(const std::string& name, const std::string& place);

/// Resizes a picture of 1 to 4 channels; `output` gets the size and the channels and keeps its memory where it fits. A
/// picture that has the size already is copied. The result does not depend on the number of threads.
///
/// Throws DataError for an empty picture or a size beyond image_size_ok.
void resize_as_opencv(const ImageView& input, Size size, OpencvResize how, Image& output);

}  // namespace vs::media

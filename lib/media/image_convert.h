// From decoded frames to the pixels that vs hands out: colour matrix, range, size, turning.
#pragma once

#include <memory>
#include <string>

#include "lib/media/frame_source.h"
#include "lib/media/image.h"
#include "lib/media/image_size.h"

struct AVFrame;

namespace vs::media {

/// How pixels are weighted when the size changes.
enum class Interpolation {
  kBilinear,  ///< FFmpeg's swscale: a triangle as wide as the reduction, so nothing aliases
  kNearest,
  kBicubic,
  kArea,
  kLanczos,
  kOpencvBilinear,  ///< OpenCV's INTER_LINEAR, to the bit: two pixels an axis however strong the reduction; by way of
                    ///< RGB
};

/// Reads "bilinear", "nearest", "bicubic", "area", "lanczos" or "opencv-bilinear". Throws UsageError with `option` as
/// the place.
Interpolation parse_interpolation(const std::string& name, const std::string& option);

/// What one frame is turned into.
struct ConvertOptions {
  Size size;                 ///< of the result, after turning; 0 x 0: the frame's own, turned
  int rotate_clockwise = 0;  ///< 0, 90, 180 or 270 degrees to turn the decoded frame for display
  Interpolation interpolation = Interpolation::kBilinear;
};

/// Converts frames, keeping its tables and buffers for the next frame of the same kind. One thread at a time.
///
/// Colour: the matrix that the frame names (BT.601 where it names none), limited range expanded to 0..255; any pixel
/// format that FFmpeg's swscale reads (4:2:0, 4:4:4, 10 bit, RGB, gray, palettes). Results are borrowed and valid until
/// the next call of the same function. All functions throw DataError for pixel formats or sizes that cannot be
/// converted.
class ImageConverter {
 public:
  ImageConverter();
  ImageConverter(ImageConverter&&) noexcept;
  ImageConverter& operator=(ImageConverter&&) noexcept;
  ~ImageConverter();

  /// RGB24 [height, width, 3].
  ImageView rgb(const AVFrame& frame, const ConvertOptions& options = {});
  /// Gray [height, width, 1] made from rgb() as OpenCV's COLOR_RGB2GRAY does.
  ImageView gray(const AVFrame& frame, const ConvertOptions& options = {});
  /// Planes for a JPEG encoder: full range, BT.601, 4:2:0, edges repeated. Colours equal those of rgb() up to rounding:
  /// planes of streams with another matrix (BT.709, BT.2020, SMPTE 240M, FCC) are moved to BT.601.
  const YuvImage& jpeg_planes(const AVFrame& frame, const ConvertOptions& options = {});
  /// The luma plane in 8 bits as decoded (range not expanded; more than 8 bits are rounded), scaled and turned.
  /// Throws DataError for RGB frames, which have none.
  ImageView luma(const AVFrame& frame, const ConvertOptions& options = {});

  /// Scales an RGB or gray picture to `size`; channels stay.
  ImageView resize(const ImageView& picture, Size size, Interpolation interpolation);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Version of FFmpeg in use, such as "5.1.9-0+deb12u1".
std::string ffmpeg_version();

/// The luma plane of a frame, borrowed as it is. Throws DataError for RGB, palette and packed formats.
PlaneView luma_plane(const AVFrame& frame);

}  // namespace vs::media

// Decoded pictures in the memory of a GPU as kernels read them.
#pragma once

#include <optional>

#include "lib/cuda/kernels/picture_to_tensor.h"
#include "lib/media/frame_source.h"

namespace vs::cuda {

/// The matrix that the CPU would convert a picture with, by its code of ITU-T H.273; nothing for those that
/// yuv_to_rgb() does not have (FCC, SMPTE 240M).
std::optional<YuvMatrix> yuv_matrix(int code);

/// The picture at its own size. Of samples of 16 bits the upper bytes are read. Throws std::logic_error without
/// yuv_matrix().
YuvPicture yuv_picture(const media::DevicePicture& picture);

}  // namespace vs::cuda

// Structural similarity of consecutive gray pictures on a GPU; lib/motion/ssim.h on the CPU.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "lib/cuda/kernels/device_plane.h"
#include "lib/cuda/kernels/picture_pixel.h"

namespace vs::cuda {

/// Doubles of device memory that ssim_means() needs to work in.
int64_t ssim_workspace(int64_t pairs, int64_t width, int64_t height);

/// means[i] = the mean SSIM of pictures[i] and pictures[i + 1], 0 <= i < pairs, by the definition of vs::motion::Ssim:
/// window sums and every window's value are equal to the bit, the mean differs by the order of its additions, which
/// depends on the size alone. Equal pictures give exactly 1.
/// pictures: `pairs` + 1 entries in device memory; gray pictures of width x height bytes, at any address and pitch.
/// workspace: ssim_workspace() doubles, means: `pairs` doubles, device memory.
/// Throws std::logic_error if a side is below 7, RunError if a launch fails.
void ssim_means(const DevicePlane* pictures, int64_t pairs, int64_t width, int64_t height, double* workspace,
                double* means, cudaStream_t stream);

/// Gray pictures out of pictures of red, green and blue bytes one after the other, both [pictures, height, width] with
/// rows and pictures any number of bytes apart. Device memory. Throws RunError if the launch fails.
struct GrayFromRgb {
  const uint8_t* rgb = nullptr;
  int64_t rgb_pitch = 0, rgb_picture_stride = 0;
  uint8_t* gray = nullptr;
  int64_t gray_pitch = 0, gray_picture_stride = 0;
  int64_t pictures = 0, width = 0, height = 0;
};
void gray_from_rgb(const GrayFromRgb& work, cudaStream_t stream);

/// The gray picture [height, width] of a decoded picture at its own size, by the colours of rgb_of_pixel(); what it
/// says of resizing and cutting does not matter. gray: rows gray_pitch bytes apart. Device memory. Throws RunError if
/// the launch fails.
void gray_from_yuv(const YuvPicture& picture, uint8_t* gray, int64_t gray_pitch, cudaStream_t stream);

}  // namespace vs::cuda

// What MGSampler spends on measuring motion, as a network that can be counted.
#pragma once

#include <memory>
#include <string>

#include "lib/nn/module.h"

namespace vs::flops {

/// Frames [N, 3, H, W] to what is measured of each, by "ssim" or "pa".
///
/// ssim: gray by three weights, then five box means of 7 x 7 (of both frames, their squares and their product) as two
/// passes of seven taps each: 3 + 70 multiply-accumulates a pixel, windows inside the frame only. pa: the features of
/// PAN's first layer, 8 kernels of 7 x 7 over RGB: 1176 a pixel. Both are counted as the convolutions that they are,
/// in every convention.
/// Source: MGSampler (Zhi et al., ICCV 2021); scikit-image's compare_ssim.
std::unique_ptr<nn::Layer> build_motion_network(const std::string& method);

}  // namespace vs::flops

// Weights of Swin over images for Video Swin.
#pragma once

#include <map>
#include <string>

#include "lib/nn/backbones/swin.h"
#include "lib/nn/inflate.h"

namespace vs::nn {

/// A table of position biases over images [offsets of a square window, heads] as Video Swin's for `window`: resized
/// bicubically where the image's window has another size, then repeated for every offset in time. What is no table of
/// a square window comes back as it is.
at::Tensor inflated_bias_table(const at::Tensor& image, const Axes& window);

/// Gives Video Swin the weights of Swin over images (Liu et al., ICCV 2021; the names are those of its release, entries
/// `model` of the file). The projection of patches is repeated over the frames of a patch and divided by their number;
/// tables of position biases are resized bicubically where their window has another size, then repeated for every
/// offset in time; indices and masks are the network's own; all others are copied. Throws DataError, naming the entry,
/// for a shape that does not fit; nothing is written then.
/// Source: Liu et al., Video Swin Transformer, CVPR 2022, section 3.3, and its implementation.
InflateReport inflate_swin(SwinTransformer3d& network, const std::map<std::string, at::Tensor>& image_weights);

}  // namespace vs::nn

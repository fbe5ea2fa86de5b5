// Weights of networks over images for networks over clips.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/nn/module.h"

namespace vs::nn {

/// What became of the entries of a network and of the weights given.
struct InflateReport {
  std::vector<std::string> missing;  ///< entries that no weight was given for, left as they are
  std::vector<std::string> unused;   ///< weights that no entry asks for, such as a classifier's
};

/// A kernel over images [out, in, h, w] as one over clips [out, in, frames, h, w]: repeated, divided by the frames.
at::Tensor inflated_kernel(const at::Tensor& kernel, int64_t frames);

/// torchvision's name of an entry of an mmaction2 residual network: "layer1.0.conv1.conv.net.weight" is
/// "layer1.0.conv1.weight", "layer1.0.downsample.bn.bias" is "layer1.0.downsample.1.bias".
std::string torchvision_resnet_name(const std::string& name);

/// Gives a residual network of mmaction2's names the weights of one over images, in torchvision's names. A kernel over
/// T frames gets the image kernel T times, divided by T; all others are copied. Throws DataError, naming the entry, for
/// a shape that does not fit; nothing is written then.
/// Source: Carreira, Zisserman, "Quo vadis, action recognition?", CVPR 2017, section 2.4.
InflateReport inflate_resnet(Module& network, const std::map<std::string, at::Tensor>& image_weights);

}  // namespace vs::nn

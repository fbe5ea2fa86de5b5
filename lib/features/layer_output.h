// The output of any layer of a network while the network runs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lib/nn/module.h"

namespace vs::features {

/// Every module of a network that runs by itself in `forward`, in the order in which it first does, by its path from
/// the root ("backbone.layer4.1"). Groups that only hold names are not among them.
struct RunningLayer {
  std::string path;
  nn::Module* module = nullptr;
};
std::vector<RunningLayer> running_layers(nn::Module& root, const std::function<void()>& forward);

/// The one of `path`. Throws UsageError, with `place` before it, naming the nearest path, or a part of the group.
nn::Module& layer_named(const std::vector<RunningLayer>& layers, nn::Module& root, const std::string& path,
                        const std::string& place);

/// The module of that path, which must be there.
nn::Module* find_module(nn::Module& root, const std::string& path);

/// What `layer` gives each time it runs in `forward`, not to be written to. It is the result of the last operation in
/// it; none for a layer that hands its input on.
std::vector<at::Tensor> outputs_of(const nn::Module& layer, const std::function<void()>& forward);

/// Which axis of a layer's output holds channels: tokens [..., C] the last one, maps [N, C, ...] axis 1. Throws
/// UsageError, with `place` before it, for modules of several outputs.
int64_t channel_axis(const nn::Module& layer, const at::Tensor& output, const std::string& place);

}  // namespace vs::features

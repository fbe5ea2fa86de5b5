// Frames that stay on the GPU from the decoder to the network.
#pragma once

#include "lib/core/log.h"
#include "lib/evaluate/data_options.h"
#include "lib/nn/torch.h"

namespace vs::evaluate {

/// Has frames read so, where --hwaccel decodes on the GPU of the network, `device`, which is open. Pipelines that do
/// not work there get them on the host all the same (data::Pipeline::reading()).
void keep_frames_on_device(const at::Device& device, DataOptions& options, Log& log);

/// The device beside whose decoder a network computes, for nn::OwnStream; the CPU where nothing is decoded there.
at::Device beside_decoder(const at::Device& device, const DataOptions& options);

}  // namespace vs::evaluate

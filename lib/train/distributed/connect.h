// Several processes as Ranks, by LibTorch's c10d: a TCP store to meet, Gloo to exchange tensors; those of GPUs
// go by the device's own way where each process has a GPU of its own, else through the CPU.
#pragma once

#include <chrono>
#include <memory>

#include "lib/nn/torch.h"
#include "lib/train/distributed/rank_place.h"
#include "lib/train/distributed/ranks.h"

namespace vs::train {

/// Waits until all ranks are there. timeout: for that, and for every exchange after it. Throws RunError naming the
/// ranks that did not come. device: where this rank computes, which is open.
std::unique_ptr<Ranks> connect_ranks(const RankPlace& place, std::chrono::milliseconds timeout,
                                     at::Device device = at::kCPU);

}  // namespace vs::train

// Several processes with a GPU each, by NCCL through LibTorch's c10d. NCCL's header is no part of CUDA's toolkit: where
// it is not, such processes exchange through the CPU.
#include "lib/cuda/backend.h"

#if __has_include(<nccl.h>)
#define USE_C10D_NCCL
#include <c10/cuda/CUDAGuard.h>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include <utility>
#include <vector>

namespace vs::cuda {
namespace {

class NcclCollectives final : public nn::DeviceCollectives {
 public:
  NcclCollectives(c10::intrusive_ptr<c10d::Store> store, int index, int rank, int size,
                  std::chrono::milliseconds timeout)
      : device_(static_cast<c10::DeviceIndex>(index)) {
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = timeout;
    group_ = c10::make_intrusive<c10d::ProcessGroupNCCL>(std::move(store), rank, size, std::move(options));
  }

  void sum(at::Tensor tensor) override {
    const c10::cuda::CUDAGuard here(device_);
    std::vector<at::Tensor> one = {std::move(tensor)};
    group_->allreduce(one)->wait();
  }

  void broadcast(at::Tensor tensor) override {
    const c10::cuda::CUDAGuard here(device_);
    std::vector<at::Tensor> one = {std::move(tensor)};
    group_->broadcast(one)->wait();
  }

 private:
  c10::DeviceIndex device_;
  c10::intrusive_ptr<c10d::ProcessGroupNCCL> group_;
};

}  // namespace

std::unique_ptr<nn::DeviceCollectives> Backend::connect(c10d::Store& store, int index, int rank, int size,
                                                        std::chrono::milliseconds timeout) const {
  return std::make_unique<NcclCollectives>(c10::intrusive_ptr<c10d::Store>::reclaim_copy(&store), index, rank, size,
                                           timeout);
}

}  // namespace vs::cuda
#else
namespace vs::cuda {

std::unique_ptr<nn::DeviceCollectives> Backend::connect(c10d::Store&, int, int, int, std::chrono::milliseconds) const {
  return nullptr;
}

}  // namespace vs::cuda
#endif

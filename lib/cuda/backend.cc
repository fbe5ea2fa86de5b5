#include "lib/cuda/backend.h"

#include <ATen/ATen.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "lib/core/error.h"

namespace vs::cuda {
namespace {

/// For what kernels of ours were built: 8.0 and later (share/cmake/VsCuda.cmake).
constexpr int kLeastMajor = 8;

void require(cudaError_t status, const std::string& needed_by, const std::string& hint) {
  if (status == cudaSuccess) return;
  (void)cudaGetLastError();  // the failure must not show up in what comes next
  throw RunError(needed_by, fmt::format("no GPU can be used: {}", cudaGetErrorString(status)), hint);
}

class Graph final : public nn::DeviceGraph {
 public:
  Graph(int index, const std::function<void()>& work) : device_(static_cast<c10::DeviceIndex>(index)) {
    const c10::cuda::CUDAGuard here(device_);
    // Recording needs a stream of its own; the one that the caller computes on waits for it and it for that.
    const c10::cuda::CUDAStream outside = c10::cuda::getCurrentCUDAStream(device_);
    const c10::cuda::CUDAStream own = c10::cuda::getStreamFromPool(false, device_);
    outside.synchronize();
    {
      const c10::cuda::CUDAStreamGuard on(own);
      constexpr int kWarmUps = 2;
      for (int i = 0; i < kWarmUps; ++i) work();
      own.synchronize();
      // Other threads go on allocating and copying: what they do is not part of this.
      graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
      try {
        work();
      } catch (...) {
        abandon();
        throw;
      }
      graph_.capture_end();
    }
    own.synchronize();
  }

  void replay() override {
    const c10::cuda::CUDAGuard here(device_);
    graph_.replay();
  }

 private:
  /// Ends a recording that failed; the stream records until then.
  void abandon() {
    try {
      graph_.capture_end();
    } catch (const c10::Error&) {
      (void)cudaGetLastError();
    }
  }

  c10::DeviceIndex device_;
  at::cuda::CUDAGraph graph_;
};

}  // namespace

int Backend::count(const std::string& needed_by) const {
  int count = 0;
  require(cudaGetDeviceCount(&count), needed_by, "nvidia-smi says what the driver sees");
  if (count == 0)
    throw RunError(needed_by, "no GPU can be used: the driver shows none", "is CUDA_VISIBLE_DEVICES empty?");
  return count;
}

std::string Backend::open(int index, const std::string& needed_by) const {
  cudaDeviceProp properties{};
  require(cudaGetDeviceProperties(&properties, index), needed_by, "nvidia-smi shows the state of each GPU");
  if (properties.major < kLeastMajor) {
    throw RunError(
        needed_by,
        fmt::format("{} is of compute capability {}.{}", properties.name, properties.major, properties.minor),
        "8.0 and later are supported (A100, H100 and so on)");
  }
  const c10::cuda::CUDAGuard here(static_cast<c10::DeviceIndex>(index));
  require(cudaFree(nullptr), needed_by, "is another program using all of it? nvidia-smi says");  // makes the context
  at::globalContext().lazyInitDevice(at::kCUDA);
  constexpr double kGibibyte = 1 << 30;
  return fmt::format("{}, {:.0f} GiB", properties.name, static_cast<double>(properties.totalGlobalMem) / kGibibyte);
}

void Backend::synchronize(int index) const {
  const c10::cuda::CUDAGuard here(static_cast<c10::DeviceIndex>(index));
  c10::cuda::device_synchronize();
}

nn::DeviceMemory Backend::memory(int index) const {
  const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(index));
  constexpr size_t kAll = 0;  // StatType::AGGREGATE
  return {stats.allocated_bytes.at(kAll).current, stats.allocated_bytes.at(kAll).peak};
}

void Backend::reset_peak_memory(int index) const {
  c10::cuda::CUDACachingAllocator::resetPeakStats(static_cast<c10::DeviceIndex>(index));
}

std::unique_ptr<nn::DeviceGraph> Backend::record(int index, const std::function<void()>& work) const {
  return std::make_unique<Graph>(index, work);
}

}  // namespace vs::cuda

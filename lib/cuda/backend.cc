#include "lib/cuda/backend.h"

#include <ATen/ATen.h>
#include <ATen/core/CachingHostAllocator.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <map>
#include <mutex>

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

/// LibTorch's recording, which leaves its allocators at it where it fails, with what refers to the object.
class Recording final : public at::cuda::CUDAGraph {
 public:
  /// Records what `work` gives the current stream.
  void record(const std::function<void()>& work) {
    // Other threads go on allocating and copying: what they do is not part of this. Autograd's is, by its stream.
    capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
      capture_end();
    } catch (...) {
      abandon();
      throw;
    }
  }

 private:
  void abandon() {
    auto status = cudaStreamCaptureStatusNone;
    cudaGraph_t unused = nullptr;
    if (cudaStreamIsCapturing(capture_stream_, &status) != cudaSuccess || status != cudaStreamCaptureStatusNone)
      cudaStreamEndCapture(capture_stream_, &unused);
    if (unused) cudaGraphDestroy(unused);
    (void)cudaGetLastError();  // the failure must not show up in what comes next
    const auto unless_done = [](const auto& end) {
      try {
        end();
      } catch (const c10::Error&) {
        // capture_end() came so far.
      }
    };
    unless_done([&] { c10::cuda::CUDACachingAllocator::endAllocateToPool(capture_dev_, mempool_id_); });
    unless_done([&] { at::getHostAllocator(at::kCUDA)->end_allocate_to_pool(mempool_id_); });
    capture_ended_ = true;  // so that the destructor gives the pools back
  }
};

/// Recordings have a stream of their own for each device. None of LibTorch's pool, which hands out the same ones again
/// and again: copies of another thread that got it would be recorded instead of done. And always the same one, as
/// libraries keep working memory for each stream.
c10::cuda::CUDAStream recording_stream(c10::DeviceIndex device) {
  static std::map<c10::DeviceIndex, c10::cuda::CUDAStream> streams;
  const auto known = streams.find(device);
  if (known != streams.end()) return known->second;
  cudaStream_t made = nullptr;
  C10_CUDA_CHECK(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking));
  return streams.emplace(device, c10::cuda::getStreamFromExternal(made, device)).first->second;
}

class Graph final : public nn::DeviceGraph {
 public:
  Graph(int index, const std::function<void()>& work) : device_(static_cast<c10::DeviceIndex>(index)) {
    static std::mutex one_at_a_time;
    const std::lock_guard lock(one_at_a_time);
    const c10::cuda::CUDAGuard here(device_);
    // What the caller's stream was given comes before, what it will be given after.
    c10::cuda::getCurrentCUDAStream(device_).synchronize();
    const c10::cuda::CUDAStream own = recording_stream(device_);
    const c10::cuda::CUDAStreamGuard on(own);
    try {
      constexpr int kWarmUps = 2;
      for (int i = 0; i < kWarmUps; ++i) work();
      own.synchronize();
      // A recording takes memory of its own, and while it is made nothing that is unused can be given back for it.
      c10::cuda::CUDACachingAllocator::emptyCache();
      graph_.record(work);
      own.synchronize();
    } catch (...) {
      cudaStreamSynchronize(own);
      (void)cudaGetLastError();
      throw;
    }
  }

  void replay() override {
    const c10::cuda::CUDAGuard here(device_);
    graph_.replay();
  }

 private:
  c10::DeviceIndex device_;
  Recording graph_;
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

#include "lib/cuda/frames/runtime.h"

#include "lib/core/error.h"

namespace vs::cuda {
namespace {

void check(cudaError_t status) {
  if (status == cudaSuccess) return;
  (void)cudaGetLastError();  // the failure must not show up in what comes next
  throw RunError("frames on the GPU", cudaGetErrorString(status), "--hwaccel none does without");
}

}  // namespace

DeviceScope::DeviceScope(int device) : device_(device) {
  check(cudaGetDevice(&before_));
  if (before_ != device_) check(cudaSetDevice(device_));
}

DeviceScope::~DeviceScope() {
  if (before_ != device_) (void)cudaSetDevice(before_);
}

void keep_freed_memory(int device, std::size_t bytes) {
  cudaMemPool_t pool = nullptr;
  check(cudaDeviceGetDefaultMemPool(&pool, device));
  uint64_t threshold = bytes;
  check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &threshold));
}

DeviceMemory::DeviceMemory(int device, std::size_t bytes) : device_(device) {
  const DeviceScope here(device_);
  check(cudaMallocAsync(&memory_, bytes, decoder_stream()));
}

DeviceMemory::~DeviceMemory() {
  int before = device_;
  (void)cudaGetDevice(&before);
  (void)cudaSetDevice(device_);
  (void)cudaFreeAsync(memory_, decoder_stream());
  (void)cudaSetDevice(before);
}

// The thread that waits gives its core away: others decode.
StreamEvent::StreamEvent() { check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming | cudaEventBlockingSync)); }

StreamEvent::~StreamEvent() {
  (void)cudaEventSynchronize(event_);
  (void)cudaEventDestroy(event_);
}

void StreamEvent::record() { check(cudaEventRecord(event_, decoder_stream())); }

void StreamEvent::wait() const { check(cudaEventSynchronize(event_)); }

void copy_to_device(void* to, const void* from, std::size_t bytes) {
  // CUDA has taken pageable memory over when the call returns.
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, decoder_stream()));
}

void copy_to_host(void* to, const void* from, std::size_t bytes) {
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, decoder_stream()));
  check(cudaStreamSynchronize(decoder_stream()));
}

void copy_rows(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch, std::size_t row_bytes,
               std::size_t rows) {
  check(cudaMemcpy2DAsync(to, to_pitch, from, from_pitch, row_bytes, rows, cudaMemcpyDeviceToDevice, decoder_stream()));
}

}  // namespace vs::cuda

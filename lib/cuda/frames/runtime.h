// Memory and events of the CUDA runtime, owned. All work is in the order of one stream.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

namespace vs::cuda {

/// The stream in whose order FFmpeg's decoder (NVDEC, whose AVCUDADeviceContext names no other stream) writes its
/// pictures: what is launched on it finds them written.
inline cudaStream_t decoder_stream() { return cudaStreamLegacy; }

/// Makes a GPU the thread's current one while the object lives. Throws RunError.
class DeviceScope {
 public:
  explicit DeviceScope(int device);
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;
  ~DeviceScope();

 private:
  int device_, before_ = 0;
};

/// Memory of a GPU, given back once all that was launched before on decoder_stream() is done.
class DeviceMemory {
 public:
  /// Throws RunError where there is not as much.
  DeviceMemory(int device, std::size_t bytes);
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  ~DeviceMemory();

  template <class T>
  T* as() const {
    return static_cast<T*>(memory_);
  }

 private:
  int device_;
  void* memory_ = nullptr;
};

/// DeviceMemory of that GPU that was given back, up to so much, waits for its next use: getting memory from the driver
/// takes longer than what is done with it. Throws RunError.
void keep_freed_memory(int device, std::size_t bytes);

/// A place in decoder_stream() of the thread's current GPU. The destructor waits for it. Throws RunError.
class StreamEvent {
 public:
  StreamEvent();
  StreamEvent(const StreamEvent&) = delete;
  StreamEvent& operator=(const StreamEvent&) = delete;
  ~StreamEvent();

  /// Marks the place behind what was launched so far.
  void record();
  /// Returns when the GPU has passed the place, at once if none was marked.
  void wait() const;

 private:
  cudaEvent_t event_ = nullptr;
};

/// Copies between the host and the thread's current GPU in the order of decoder_stream(). What goes to the GPU may be
/// changed at once; what comes to the host is there when the function returns. Throws RunError.
void copy_to_device(void* to, const void* from, std::size_t bytes);
void copy_to_host(void* to, const void* from, std::size_t bytes);
/// Rows of `row_bytes` within the GPU, any number of bytes apart.
void copy_rows(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch, std::size_t row_bytes,
               std::size_t rows);

}  // namespace vs::cuda

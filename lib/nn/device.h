// Where networks compute: the CPU, or a GPU through the library that lib/plugin loads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lib/core/log.h"
#include "lib/nn/device_backend.h"

namespace c10 {
struct StreamGuard;
}

namespace vs::nn {

/// Opens the device of this name for the whole process: "cpu", "cuda" (the first GPU), "cuda:N", or "auto", which is
/// the first GPU where one answers, else the CPU, and says which and why. Matrix products and convolutions in single
/// precision keep it on a GPU (no TF32); cuDNN tries its algorithms for each new shape and takes the fastest. Called
/// before LibTorch is asked for a GPU by anything else. Throws UsageError for another name or a GPU that is not there;
/// RunError where no GPU can be used, naming `needed_by`.
at::Device open_device(const std::string& name, const std::string& needed_by, Log& log);

/// N of "cuda:N", 0 for "cuda"; none for another name.
std::optional<int> gpu_number(const std::string& name);

/// Operations whose results depend on an order that is not fixed choose a fixed one, on devices that have such.
void compute_deterministically();

/// What was opened for the kind of this device; null for the CPU.
const DeviceBackend* backend_of(const at::Device& device);
/// Its own kernels; null where there are none or a WithoutDeviceOperations lives on this thread.
const DeviceOperations* operations_of(const at::Device& device);
/// Lets tests and measurements put a backend in the place of the one that open_device() would load.
void set_backend(at::DeviceType type, const DeviceBackend* backend);

/// While it lives, this thread computes with LibTorch's operations alone: what own kernels are compared with.
class WithoutDeviceOperations {
 public:
  WithoutDeviceOperations();
  WithoutDeviceOperations(const WithoutDeviceOperations&) = delete;
  WithoutDeviceOperations& operator=(const WithoutDeviceOperations&) = delete;
  ~WithoutDeviceOperations();

 private:
  bool before_;
};

/// Records work for a device (DeviceBackend::record()); null on the CPU, and where the work does what cannot be
/// recorded; why_not then says what that was. What the work passes to keep_for_recording() lives as long as the result.
std::unique_ptr<DeviceGraph> try_to_record(const at::Device& device, const std::function<void()>& work,
                                           std::string* why_not = nullptr);

/// For what keeps tensors between calls and may let them go, of all of it that work uses: while this thread records,
/// the recording holds `what` from now on, as it reads the memory at each replay. Otherwise nothing happens.
void keep_for_recording(std::shared_ptr<const void> what);

/// While it lives, what this thread gives a device is done in an order of its own, beside what other threads give it:
/// decoding in hardware, say. Nothing on the CPU.
class OwnStream {
 public:
  explicit OwnStream(const at::Device& device);
  OwnStream(const OwnStream&) = delete;
  OwnStream& operator=(const OwnStream&) = delete;
  ~OwnStream();

 private:
  at::Device device_;
  std::unique_ptr<c10::StreamGuard> guard_;
};

/// Waits until a device has done all that it was given; nothing to do on the CPU.
void synchronize(const at::Device& device);

}  // namespace vs::nn

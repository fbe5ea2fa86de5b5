// Where networks compute: the CPU, or a GPU through the library that lib/plugin loads.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lib/core/log.h"
#include "lib/nn/device_backend.h"

namespace vs::nn {

/// Opens the device of this name for the whole process: "cpu", "cuda" (the first GPU), "cuda:N", or "auto", which is
/// the first GPU where one answers, else the CPU, and says which and why. Matrix products and convolutions in single
/// precision keep it on a GPU (no TF32); cuDNN tries its algorithms for each new shape and takes the fastest. Called
/// before LibTorch is asked for a GPU by anything else. Throws UsageError for another name or a GPU that is not there;
/// RunError where no GPU can be used, naming `needed_by`.
at::Device open_device(const std::string& name, const std::string& needed_by, Log& log);

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

/// Waits until a device has done all that it was given; nothing to do on the CPU.
void synchronize(const at::Device& device);

}  // namespace vs::nn

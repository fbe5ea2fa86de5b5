// Memory of the fake device: the host's, at addresses that the host cannot read.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "lib/nn/device_backend.h"

namespace vs::test::fake {

constexpr at::DeviceType kFakeType = at::kPrivateUse1;
at::Device fake_device();
inline bool is_fake(const at::Tensor& tensor) { return tensor.device().type() == kFakeType; }

/// Set once the memory was given back.
using Freed = std::shared_ptr<std::atomic<bool>>;

/// The device's address of memory of the host, and back. Tensors may be made of such memory (at::from_blob()): for the
/// device it is its own, which someone else gave it.
void* address_on_device(const void* host);
void* address_on_host(const void* device);

/// New memory, filled with NaN: a GPU's is not zero either.
c10::Allocator& allocator();
/// Makes memory of the CPU that of the device, without a copy.
c10::Storage taken_from(const c10::Storage& cpu);
/// The same memory as the CPU sees it. Throws for memory that is not the device's.
const c10::Storage& on_cpu(const c10::Storage& fake);
const Freed& freed_of(const c10::Storage& fake);
/// After the CPU may have given its view another size, and so another place.
void follow_size(const c10::Storage& fake);

/// All bits set: NaN, -1.
void poison(const c10::Storage& cpu);

nn::DeviceMemory memory_counts();
void reset_peak();

/// Memory of the CPU that is page-locked for the device.
c10::Allocator& pinned_allocator();
bool is_pinned(const void* data);

}  // namespace vs::test::fake

#include "lib/nn/device.h"

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/plugin/load.h"

namespace vs::nn {
namespace {

/// Read by every operation that may have a kernel of its own, on any thread.
std::atomic<const DeviceBackend*>& backend_slot(at::DeviceType type) {
  static std::array<std::atomic<const DeviceBackend*>, static_cast<size_t>(at::COMPILE_TIME_MAX_DEVICE_TYPES)> slots{};
  return slots.at(static_cast<size_t>(type));
}

bool& without_operations() {
  thread_local bool without = false;
  return without;
}

using Kept = std::vector<std::shared_ptr<const void>>;

/// Of what this thread records now; null while it does not.
Kept*& kept_now() {
  thread_local Kept* kept = nullptr;
  return kept;
}

class KeptScope {
 public:
  explicit KeptScope(Kept& kept) : before_(std::exchange(kept_now(), &kept)) {}
  KeptScope(const KeptScope&) = delete;
  KeptScope& operator=(const KeptScope&) = delete;
  ~KeptScope() { kept_now() = before_; }

 private:
  Kept* before_;
};

/// A recording with what it reads.
struct KeepingGraph final : DeviceGraph {
  void replay() override { graph->replay(); }
  Kept kept;
  std::unique_ptr<DeviceGraph> graph;  ///< goes first
};

struct OpenGpu {
  at::Device device;
  std::string what;
};

OpenGpu open_gpu(int index, const std::string& needed_by) {
  const DeviceBackend& backend = plugin::load_device_backend(needed_by);
  const int count = backend.count(needed_by);
  if (index >= count) {
    throw UsageError(needed_by, fmt::format("there {} {} GPU{}, numbered from 0", count == 1 ? "is" : "are", count,
                                            count == 1 ? "" : "s"));
  }
  std::string what = backend.open(index, needed_by);
  at::globalContext().setAllowTF32CuBLAS(false);
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setBenchmarkCuDNN(true);
  set_backend(backend.type(), &backend);
  return {{backend.type(), static_cast<at::DeviceIndex>(index)}, std::move(what)};
}

}  // namespace

at::Device open_device(const std::string& name, const std::string& needed_by, Log& log) {
  if (name == "cpu") return at::kCPU;
  if (name == "auto") {
    try {
      const OpenGpu gpu = open_gpu(0, needed_by);
      log.info(fmt::format("{}: computes on cuda:0, {}", needed_by, gpu.what));
      return gpu.device;
    } catch (const RunError& error) {
      log.info(fmt::format("{}: computes on the CPU: {}", needed_by, error.finding()));
      return at::kCPU;
    }
  }
  const std::optional<int> index = gpu_number(name);
  if (!index) throw UsageError(needed_by, "is no device", "cpu, cuda, cuda:1 and so on, or auto");
  const OpenGpu gpu = open_gpu(*index, needed_by);
  log.detail(fmt::format("computes on cuda:{}, {}", *index, gpu.what));
  return gpu.device;
}

std::optional<int> gpu_number(const std::string& name) {
  constexpr std::string_view kName = "cuda";
  if (name == kName) return 0;
  if (!name.starts_with(std::string(kName) + ":")) return std::nullopt;
  int index = -1;
  const char* const end = name.data() + name.size();
  const auto [rest, failed] = std::from_chars(name.data() + kName.size() + 1, end, index);
  if (failed != std::errc() || rest != end || index < 0) return std::nullopt;
  return index;
}

void compute_deterministically() {
  at::globalContext().setBenchmarkCuDNN(false);
  at::globalContext().setDeterministicCuDNN(true);
}

const DeviceBackend* backend_of(const at::Device& device) {
  return backend_slot(device.type()).load(std::memory_order_acquire);
}

const DeviceOperations* operations_of(const at::Device& device) {
  const DeviceBackend* const backend = backend_of(device);
  return backend && !without_operations() ? &backend->operations() : nullptr;
}

void set_backend(at::DeviceType type, const DeviceBackend* backend) {
  backend_slot(type).store(backend, std::memory_order_release);
}

WithoutDeviceOperations::WithoutDeviceOperations() : before_(std::exchange(without_operations(), true)) {}
WithoutDeviceOperations::~WithoutDeviceOperations() { without_operations() = before_; }

std::unique_ptr<DeviceGraph> try_to_record(const at::Device& device, const std::function<void()>& work,
                                           std::string* why_not) {
  const DeviceBackend* const backend = backend_of(device);
  if (!backend) return nullptr;
  auto recording = std::make_unique<KeepingGraph>();
  const KeptScope kept(recording->kept);
  try {
    recording->graph = backend->record(device.index(), work);
    return recording;
  } catch (const c10::Error& error) {
    // The work asks for a value, say; what is really wrong shows when it is done without recording.
    if (why_not) *why_not = error.what_without_backtrace();
    return nullptr;
  }
}

void keep_for_recording(std::shared_ptr<const void> what) {
  if (kept_now()) kept_now()->push_back(std::move(what));
}

// Work that was given before may be under way in another order, and so may what comes after.
OwnStream::OwnStream(const at::Device& device) : device_(device) {
  if (device.is_cpu()) return;
  synchronize(device);
  guard_ =
      std::make_unique<c10::StreamGuard>(c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device));
}
OwnStream::~OwnStream() {
  if (guard_) synchronize(device_);
}

void synchronize(const at::Device& device) {
  if (const DeviceBackend* const backend = backend_of(device)) backend->synchronize(device.index());
}

}  // namespace vs::nn

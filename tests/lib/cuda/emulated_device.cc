// The CPU as a device whose kernels are those of a GPU, emulated.
#include <stdexcept>

#include "lib/cuda/operations/operations.h"
#include "lib/cuda/operations/stream.h"
#include "lib/nn/device.h"
#include "tests/lib/cuda/device.h"

namespace vs::cuda {

cudaStream_t stream_of(const at::Tensor&) { return nullptr; }

namespace testing {
namespace {

/// Replays by doing the work again.
class EmulatedGraph final : public nn::DeviceGraph {
 public:
  explicit EmulatedGraph(std::function<void()> work) : work_(std::move(work)) {}
  void replay() override { work_(); }

 private:
  std::function<void()> work_;
};

class EmulatedBackend final : public nn::DeviceBackend {
 public:
  at::DeviceType type() const override { return at::kCPU; }
  int count(const std::string&) const override { return 1; }
  std::string open(int, const std::string&) const override { return "emulation"; }
  const nn::DeviceOperations& operations() const override { return operations_; }
  void synchronize(int) const override {}
  nn::DeviceMemory memory(int) const override { return {}; }
  void reset_peak_memory(int) const override {}
  std::unique_ptr<nn::DeviceGraph> record(int, const std::function<void()>& work) const override {
    return std::make_unique<EmulatedGraph>(work);
  }
  std::unique_ptr<nn::DeviceCollectives> connect(c10d::Store&, int, int, int,
                                                 std::chrono::milliseconds) const override {
    throw std::logic_error("the emulation is one process");
  }

 private:
  Operations operations_;
};

const EmulatedBackend& backend() {
  static const EmulatedBackend kBackend;
  return kBackend;
}

}  // namespace

OwnKernels::OwnKernels() { nn::set_backend(at::kCPU, &backend()); }
OwnKernels::~OwnKernels() { nn::set_backend(at::kCPU, nullptr); }
at::Device OwnKernels::device() const { return at::kCPU; }

}  // namespace testing
}  // namespace vs::cuda

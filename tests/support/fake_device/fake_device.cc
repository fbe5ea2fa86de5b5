#include "tests/support/fake_device/fake_device.h"

#include <c10/core/StreamGuard.h>

#include "lib/nn/adafocus/patch_crop.h"
#include "lib/nn/device.h"
#include "lib/nn/layers/temporal_shift.h"
#include "tests/support/fake_device/memory.h"
#include "tests/support/fake_device/streams.h"

namespace vs::test {
namespace {

/// LibTorch's operations in the place of own kernels.
class Operations final : public nn::DeviceOperations {
 public:
  at::Tensor temporal_shift(const at::Tensor& x, int64_t segments, int64_t divisor) const override {
    const nn::WithoutDeviceOperations without;
    return nn::temporal_shift(x, segments, divisor);
  }
  at::Tensor crop_patches(const at::Tensor& images, const at::Tensor& actions, int64_t size) const override {
    const nn::WithoutDeviceOperations without;
    return nn::crop_patches(images, actions, size);
  }
  nn::drca::Split split_by_score(const at::Tensor& scores, int64_t k) const override {
    const nn::WithoutDeviceOperations without;
    return nn::drca::split_by_score(scores, k);
  }
  std::pair<at::Tensor, at::Tensor> gather_frames(const at::Tensor& frames,
                                                  const nn::drca::Split& split) const override {
    return {at::gather(frames, 1, split.kept.unsqueeze(-1).expand({-1, -1, frames.size(2)})),
            at::gather(frames, 1, split.dropped.unsqueeze(-1).expand({-1, -1, frames.size(2)}))};
  }
  nn::drca::Mixture perturbed_mixture(const at::Tensor& scores, const at::Tensor& noise, int64_t k,
                                      double sigma) const override {
    const nn::WithoutDeviceOperations without;
    return nn::drca::perturbed_mixture(scores, noise, k, sigma);
  }
};

class Graph final : public nn::DeviceGraph {
 public:
  explicit Graph(const std::function<void()>& work) {
    const c10::StreamGuard on(fake::new_stream());
    constexpr int kWarmUps = 2;
    for (int i = 0; i < kWarmUps; ++i) work();
    capture_ = fake::begin_capture(fake::current_stream());
    try {
      work();
    } catch (...) {
      fake::end_capture(capture_);
      capture_->fail("an exception");
      try {
        capture_->end();
      } catch (const c10::Error&) {
        // What was thrown first says more.
      }
      throw;
    }
    fake::end_capture(capture_);
    capture_->end();
  }

  void replay() override {
    fake::refuse_in_capture("a replay");
    capture_->replay();
  }

 private:
  std::shared_ptr<fake::Capture> capture_;
};

class Backend final : public nn::DeviceBackend {
 public:
  at::DeviceType type() const override { return fake::kFakeType; }
  int count(const std::string&) const override { return 1; }
  std::string open(int, const std::string&) const override { return "emulated device"; }
  const nn::DeviceOperations& operations() const override { return operations_; }
  void synchronize(int) const override { fake::wait_for_device(); }
  nn::DeviceMemory memory(int) const override { return fake::memory_counts(); }
  void reset_peak_memory(int) const override { fake::reset_peak(); }
  std::unique_ptr<nn::DeviceGraph> record(int, const std::function<void()>& work) const override {
    return std::make_unique<Graph>(work);
  }
  std::unique_ptr<nn::DeviceCollectives> connect(c10d::Store&, int, int, int,
                                                 std::chrono::milliseconds) const override {
    return nullptr;
  }

 private:
  Operations operations_;
};

const Backend& the_backend() {
  static const Backend kBackend;
  return kBackend;
}

}  // namespace

FakeDevice::FakeDevice() { nn::set_backend(fake::kFakeType, &the_backend()); }
FakeDevice::~FakeDevice() { nn::set_backend(fake::kFakeType, nullptr); }
at::Device FakeDevice::device() const { return fake::fake_device(); }
const nn::DeviceBackend& FakeDevice::backend() { return the_backend(); }

}  // namespace vs::test

// What of the systems a device records, and that what it replays depends on nothing but the input.
#include "lib/nn/recorded_function.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "lib/nn/device.h"
#include "tests/gpu/example_systems.h"
#include "tests/lib/cuda/device.h"

namespace vs::cuda {
namespace {

using testing::built;
using testing::distance;
using testing::Example;
using testing::examples;
using testing::OwnKernels;
using testing::values_of;
using testing::video_batch;

/// Another backend, with notes of what it was asked to record.
class Watched final : public nn::DeviceBackend {
 public:
  explicit Watched(at::Device device) : type_(device.type()), other_(*nn::backend_of(device)) {
    nn::set_backend(type_, this);
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  ~Watched() override { nn::set_backend(type_, &other_); }

  int count(const std::string& needed_by) const override { return other_.count(needed_by); }
  std::string open(int index, const std::string& needed_by) const override { return other_.open(index, needed_by); }
  const nn::DeviceOperations& operations() const override { return other_.operations(); }
  void synchronize(int index) const override { other_.synchronize(index); }
  nn::DeviceMemory memory(int index) const override { return other_.memory(index); }
  void reset_peak_memory(int index) const override { other_.reset_peak_memory(index); }
  std::unique_ptr<nn::DeviceGraph> record(int index, const std::function<void()>& work) const override {
    try {
      auto graph = other_.record(index, work);
      ++recorded;
      return graph;
    } catch (const c10::Error& error) {
      refusals.emplace_back(error.what_without_backtrace());
      throw;
    }
  }
  std::unique_ptr<nn::DeviceCollectives> connect(c10d::Store& store, int index, int rank, int size,
                                                 std::chrono::milliseconds timeout) const override {
    return other_.connect(store, index, rank, size, timeout);
  }

  mutable int recorded = 0;
  mutable std::vector<std::string> refusals;

 private:
  at::DeviceType type_;
  const nn::DeviceBackend& other_;
};

}  // namespace

TEST_CASE("every system is recorded, and replayed it scores other videos as without") {
  const OwnKernels kernels;
  for (const Example& example : examples()) {
    CAPTURE(example.recipe);
    const at::Tensor imgs = video_batch(example), others = imgs.flip(-1) * 0.5;
    const auto system = built(example);
    system->move(kernels.device());
    const systems::Result want = system->run(others);
    system->prepare({});
    const Watched watched(kernels.device());
    for (int run = 0; run < 2; ++run) (void)system->run(imgs);
    CHECK(watched.recorded == 1);
    CHECK(watched.refusals == std::vector<std::string>());
    const systems::Result found = system->run(others);
    CHECK(watched.recorded == 1);
    CHECK(distance(values_of(found), values_of(want)) < 1e-4);
    CHECK(found.picks == want.picks);
    REQUIRE(found.patches.size() == want.patches.size());
    for (size_t video = 0; video < want.patches.size(); ++video) {
      REQUIRE(found.patches[video].size() == want.patches[video].size());
      for (size_t i = 0; i < want.patches[video].size(); ++i)
        CHECK(found.patches[video][i].x == doctest::Approx(want.patches[video][i].x).epsilon(1e-3));
    }
  }
}

}  // namespace vs::cuda

// Batches of samples that were made on the network's device, or partly there.
#include "lib/train/loop/batch_source.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/nn/device.h"
#include "tests/lib/data/made_videos.h"
#include "tests/support/fake_device/fake_device.h"
#include "tests/support/scratch.h"
// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::train {
namespace {

constexpr int64_t kItems = 7, kUnreadable = 2;

/// Inputs of [1,3,1,2] of numbers drawn from the item's stream, on a device where `is_there` is true of the first.
class PlacingMaker final : public data::SampleMaker {
 public:
  PlacingMaker(at::Device device, std::function<bool(float)> is_there)
      : device_(device), is_there_(std::move(is_there)) {}

  data::FramePlan choose(const data::VideoFacts& /*facts*/, RandomSource& /*random*/) const override {
    return {.frames = {0}};
  }
  data::Array apply(std::vector<media::Image> /*frames*/, const data::FramePlan& /*plan*/,
                    RandomSource& random) const override {
    const auto drawn = static_cast<float>(random.uniform());
    data::Array array{.shape = {1, 3, 1, 2}, .values = {drawn, 1, 2, 3, 4, -drawn}};
    if (!is_there_(drawn)) return array;
    const auto there = std::make_shared<at::Tensor>(at::tensor(std::exchange(array.values, {})).to(device_));
    array.on_device = {there, there->mutable_data_ptr<float>()};
    return array;
  }

 private:
  at::Device device_;
  std::function<bool(float)> is_there_;
};

data::Dataset pictures(const test::Scratch& scratch) {
  data::write_folder(scratch / "folder", {media::Image(4, 4, 3)}, 1);
  data::Dataset data;
  data.annotations = "list.txt";
  data.num_classes = 10;
  for (int64_t i = 0; i < kItems; ++i) {
    data::DataItem item;
    item.id = item.name = "item" + std::to_string(i);
    item.place = data::place_at(scratch / "folder", 1);
    if (i == kUnreadable) item.place.path = scratch / "missing";
    item.labels = {static_cast<int32_t>(i)};
    data.items.push_back(item);
  }
  return data;
}

TEST_CASE("batches are the same wherever their samples were made") {
  const test::FakeDevice fake;
  const test::Scratch scratch("vs-batch-on-device-test");
  const data::Dataset data = pictures(scratch);
  Log log("vs-train", Verbosity::kQuiet, false);
  data::LoaderOptions loading;
  loading.workers = 2;
  loading.seed = 5;
  const RunOrder order({.num_items = kItems, .batch_size = 3}, 5, 3, 0);
  const auto batches = [&](const std::function<bool(float)>& is_there) {
    const PlacingMaker maker(fake.device(), is_there);
    std::vector<at::Tensor> all;
    BatchSource source(data, maker, loading, systems::InputLayout::kFrames, LabelUse::kDrawn, 10, 3, log,
                       fake.device());
    source.run(order, false, [&](LoadedBatch loaded) {
      CHECK((loaded.batch.imgs.device() == fake.device()));
      all.push_back(loaded.batch.imgs.to(at::kCPU));
      return true;
    });
    return all;
  };
  const auto want = batches([](float) { return false; });
  CHECK(want.size() == 9);
  for (const auto& is_there : {std::function<bool(float)>([](float) { return true; }),
                               std::function<bool(float)>([](float drawn) { return drawn < 0.5F; })}) {
    const auto got = batches(is_there);
    REQUIRE(got.size() == want.size());
    for (size_t i = 0; i < got.size(); ++i) CHECK(at::equal(got[i], want[i]));
  }
}

}  // namespace
}  // namespace vs::train

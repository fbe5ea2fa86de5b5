#include "lib/train/loop/batch_source.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <set>
#include <thread>
#include <utility>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/train/loop/batch_builder.h"
#include "tests/lib/data/made_videos.h"
#include "tests/support/scratch.h"
// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::train {
namespace {

constexpr int64_t kItems = 7;
/// Has no folder of pictures.
constexpr int64_t kUnreadable = 2;

/// Inputs of [1,3,1,2] that hold a number drawn from the item's stream and tell the item by its label.
class DrawingMaker final : public data::SampleMaker {
 public:
  data::FramePlan choose(const data::VideoFacts& facts, RandomSource& /*random*/) const override {
    if (called) called(facts.id);
    data::FramePlan plan;
    plan.frames = {0};
    return plan;
  }
  data::Array apply(std::vector<media::Image> /*frames*/, const data::FramePlan& /*plan*/,
                    RandomSource& random) const override {
    const auto drawn = static_cast<float>(random.uniform());
    return {{1, 3, 1, 2}, {drawn, 1, 2, 3, 4, -drawn}};
  }
  std::function<void(const std::string&)> called;
};

struct Fixture {
  explicit Fixture(bool with_bad = false) {
    media::Image image(4, 4, 3);
    data::write_folder(scratch / "folder", {image}, 1);
    data.annotations = "list.txt";
    data.num_classes = 10;
    for (int64_t i = 0; i < kItems; ++i) {
      data::DataItem item;
      item.id = item.name = "item" + std::to_string(i);
      item.place = data::place_at(scratch / "folder", 1);
      if (with_bad && i == kUnreadable) item.place.path = scratch / "missing";
      item.labels = {static_cast<int32_t>(i)};
      data.items.push_back(item);
    }
  }
  BatchSource source(int workers = 2, int64_t batch_size = 3, LabelUse use = LabelUse::kDrawn) {
    data::LoaderOptions loading;
    loading.workers = workers;
    loading.seed = 5;
    return {data, maker, loading, systems::InputLayout::kFrames, use, 10, batch_size, log};
  }
  /// Batches of a run as one reads them, `count` at most.
  std::vector<Batch> batches(const RunOrder& order, int workers = 2, int64_t batch_size = 3, size_t count = SIZE_MAX) {
    std::vector<Batch> all;
    source(workers, batch_size).run(order, false, [&](LoadedBatch loaded) {
      CHECK(loaded.waited >= 0);
      all.push_back(std::move(loaded.batch));
      return all.size() < count;
    });
    return all;
  }
  test::Scratch scratch{"vs-batches-test"};
  data::Dataset data;
  DrawingMaker maker;
  Log log{"vs-train", Verbosity::kQuiet, false};
};

/// Iterations of 3 items make 3 an epoch of 7.
EpochShape shape(int64_t batch_size = 3, int64_t rank = 0, int64_t ranks = 1) {
  return {kItems, batch_size, rank, ranks};
}

void check_equal(const std::vector<Batch>& got, const std::vector<Batch>& want, size_t first = 0) {
  REQUIRE(got.size() + first == want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(at::equal(got[i].imgs, want[i + first].imgs));
    CHECK(at::equal(got[i].labels, want[i + first].labels));
  }
}

std::multiset<int64_t> labels_of(const std::vector<Batch>& batches, size_t begin, size_t end) {
  std::multiset<int64_t> labels;
  for (size_t i = begin; i < end; ++i) {
    for (int64_t k = 0; k < batches[i].labels.size(0); ++k) labels.insert(batches[i].labels[k].item<int64_t>());
  }
  return labels;
}

data::Sample sample_of(int64_t item, float value, std::vector<int64_t> shape = {1, 3, 1, 1}) {
  data::Sample sample;
  sample.item = item;
  sample.label = item + 10;
  int64_t count = 1;
  for (const int64_t axis : shape) count *= axis;
  sample.input = {std::move(shape), std::vector<float>(static_cast<size_t>(count), value)};
  return sample;
}

data::Sample failed(int64_t item) {
  data::Sample sample;
  sample.item = item;
  sample.failure = "broken";
  return sample;
}

}  // namespace

TEST_CASE("every epoch has every item in an order and with draws of its own, its last batch filled up") {
  Fixture with;
  const auto all = with.batches(RunOrder(shape(), 1, 3, 0));
  REQUIRE(all.size() == 9);
  const std::set<int64_t> items{0, 1, 2, 3, 4, 5, 6};
  for (size_t epoch = 0; epoch < 3; ++epoch) {
    const auto labels = labels_of(all, 3 * epoch, 3 * epoch + 3);
    CHECK(labels.size() == 9);
    CHECK(std::set<int64_t>(labels.begin(), labels.end()) == items);
    // The last two places: the epoch's first two items again, in the same draw.
    CHECK(at::equal(all[3 * epoch + 2].labels.slice(0, 1), all[3 * epoch].labels.slice(0, 0, 2)));
    CHECK(at::equal(all[3 * epoch + 2].imgs.slice(0, 1), all[3 * epoch].imgs.slice(0, 0, 2)));
  }
  CHECK_FALSE(at::equal(all[0].labels, all[3].labels));
  CHECK(all[0].imgs.sizes().vec() == std::vector<int64_t>{3, 1, 3, 1, 2});
  // The same item in another epoch is drawn anew.
  const auto value = [&](size_t epoch) {
    for (size_t i = 3 * epoch;; ++i) {
      for (int64_t k = 0; k < 3; ++k) {
        if (all[i].labels[k].item<int64_t>() == 4) return all[i].imgs.view({3, 6})[k][0].item<float>();
      }
    }
  };
  ItemRandom first(5, 0, "item4"), second(5, 1, "item4");
  CHECK(value(0) == static_cast<float>(first.uniform()));
  CHECK(value(1) == static_cast<float>(second.uniform()));
  check_equal(with.batches(RunOrder(shape(), 1, 3, 0), 1), all);
  check_equal(with.batches(RunOrder(shape(), 1, 3, 0), 5), all);
  CHECK_FALSE(at::equal(with.batches(RunOrder(shape(), 2, 1, 0))[0].labels, all[0].labels));
}

TEST_CASE("a run that begins at iteration k reads what one that read k batches goes on with") {
  Fixture with;
  const auto all = with.batches(RunOrder(shape(), 1, 3, 0));
  for (int64_t k = 0; k <= 9; ++k) {
    CAPTURE(k);
    check_equal(with.batches(RunOrder(shape(), 1, 3, k)), all, static_cast<size_t>(k));
  }
  check_equal(with.batches(RunOrder(shape(), 1, 3, 0), 2, 3, 4), {all.begin(), all.begin() + 4});
}

TEST_CASE("ranks have the parts of one process's batches") {
  Fixture with;
  const auto whole = with.batches(RunOrder(shape(4), 1, 2, 0), 2, 4);
  const auto low = with.batches(RunOrder(shape(2, 0, 2), 1, 2, 0), 1, 2);
  const auto high = with.batches(RunOrder(shape(2, 1, 2), 1, 2, 0), 3, 2);
  REQUIRE((low.size() == whole.size() && high.size() == whole.size()));
  for (size_t i = 0; i < whole.size(); ++i) {
    CHECK(at::equal(at::cat({low[i].imgs, high[i].imgs}), whole[i].imgs));
    CHECK(at::equal(at::cat({low[i].labels, high[i].labels}), whole[i].labels));
  }
}

TEST_CASE("the next epoch's first batch is made while the last one of this epoch is in use") {
  Fixture with;
  std::atomic<int> made = 0;
  with.maker.called = [&](const std::string&) { ++made; };
  int batches = 0, most_ahead = 0;
  with.source(2).run(RunOrder(shape(), 1, 4, 0), false, [&](const LoadedBatch& loaded) {
    ++batches;
    const int wanted = std::min(3 * (batches + 1), 36);
    for (int tries = 0; made < wanted && tries < 2000; ++tries)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    CHECK(made >= wanted);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    most_ahead = std::max(most_ahead, made - 3 * batches);
    return loaded.batch.imgs.defined();
  });
  CHECK(batches == 12);
  // One batch and the loader's window of two samples a worker.
  CHECK(most_ahead <= 3 + 4);
}

TEST_CASE("a video that cannot be read is told once, its place is taken, and --strict ends there") {
  Fixture with(true);
  BatchSource source = with.source();
  std::vector<Batch> all;
  const RunOrder order(shape(), 1, 3, 0);
  source.run(order, false, [&](LoadedBatch loaded) {
    all.push_back(std::move(loaded.batch));
    return true;
  });
  CHECK(all.size() == 9);
  CHECK(source.num_unreadable() == 1);
  CHECK(labels_of(all, 0, 9).count(kUnreadable) == 0);
  size_t place = 0;
  while (order.at(place).item != kUnreadable) ++place;
  size_t used = 0;
  CHECK_THROWS_WITH_AS(source.run(order, true,
                                  [&](const LoadedBatch&) {
                                    ++used;
                                    return true;
                                  }),
                       doctest::Contains("item2"), DataError);
  CHECK(used == place / 3);
  for (auto& item : with.data.items) item.place.path = with.scratch / "missing";
  CHECK_THROWS_WITH_AS(with.batches(order), doctest::Contains("no video of a batch of 3 can be read"), DataError);
}

TEST_CASE("after a signal no batch is used, not even one that is ready") {
  Fixture with;
  std::atomic<int> made = 0;
  with.maker.called = [&](const std::string&) { ++made; };
  int used = 0;
  const auto consume = [&](const LoadedBatch&) {
    for (int tries = 0; made < 9 && tries < 2000; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (++used == 2) set_cancel_signal(15);
    return true;
  };
  CHECK_THROWS_AS(with.source().run(RunOrder(shape(), 1, 3, 0), false, consume), Interrupted);
  set_cancel_signal(0);
  CHECK(used == 2);
  struct Enough {};
  CHECK_THROWS_AS(
      with.source().run(RunOrder(shape(), 1, 3, 0), false, [](const LoadedBatch&) -> bool { throw Enough(); }), Enough);
}

TEST_CASE("unreadable places are filled by the readable ones in turn") {
  data::Dataset data;
  data.annotations = "list.txt";
  for (int i = 0; i < 10; ++i) {
    data.items.emplace_back().id = std::to_string(i);
    data.items.back().labels = {i % 3, 5};
  }
  BatchBuilder builder(data, systems::InputLayout::kFrames, LabelUse::kDrawn, 6, 5);
  for (int round = 0; round < 2; ++round) {
    builder.add(failed(0));
    builder.add(sample_of(1, 0.5F));
    builder.add(failed(2));
    builder.add(sample_of(3, 1.5F));
    CHECK_FALSE(builder.full());
    builder.add(failed(4));
    REQUIRE(builder.full());
    const Batch batch = builder.take();
    CHECK(at::equal(batch.labels, at::tensor(std::vector<int64_t>{11, 11, 13, 13, 11})));
    CHECK(at::equal(batch.imgs.view({5, 3}).select(1, 2), at::tensor(std::vector<float>{0.5, 0.5, 1.5, 1.5, 0.5})));
  }
  for (int i = 0; i < 5; ++i) builder.add(failed(i));
  CHECK_THROWS_WITH_AS(builder.take(), doctest::Contains("list.txt: no video of a batch of 5"), DataError);
}

TEST_CASE(
    "labels are rows or numbers of videos where a task wants them; clips as frames are turned; shapes must agree") {
  data::Dataset data;
  for (int i = 0; i < 4; ++i) {
    data.items.emplace_back().id = "video" + std::to_string(i);
    data.items.back().labels = {i, 5};
  }
  BatchBuilder all(data, systems::InputLayout::kFrames, LabelUse::kAll, 6, 2);
  all.add(sample_of(3, 1));
  all.add(sample_of(1, 2));
  CHECK(at::equal(all.take().labels, at::tensor(std::vector<float>{0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1}).view({2, 6})));
  BatchBuilder videos(data, systems::InputLayout::kFrames, LabelUse::kVideo, 6, 2);
  // [1,3,T,H,W] as one clip becomes T frames.
  data::Sample clip = sample_of(3, 0, {1, 3, 2, 1, 1});
  for (size_t i = 0; i < 6; ++i) clip.input.values[i] = static_cast<float>(i);
  videos.add(clip);
  videos.add(clip);
  const Batch batch = videos.take();
  CHECK(at::equal(batch.labels, at::tensor(std::vector<int64_t>{3, 3})));
  CHECK(batch.imgs.sizes().vec() == std::vector<int64_t>{2, 2, 3, 1, 1});
  CHECK(at::equal(batch.imgs[1].flatten(), at::tensor(std::vector<float>{0, 2, 4, 1, 3, 5})));
  videos.add(sample_of(1, 0));
  CHECK_THROWS_WITH_AS(videos.add(sample_of(2, 0, {2, 3, 1, 1})),
                       doctest::Contains("video2: gives an input of another"), DataError);
}

}  // namespace vs::train

#include "lib/data/loader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>
#include <thread>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "tests/lib/data/made_videos.h"
#include "tests/support/scratch.h"

namespace vs::data {
namespace {

/// Draws frames, then adds a drawn number to their pixels: all values of [frames,H,W,C].
class DrawingMaker : public SampleMaker {
 public:
  explicit DrawingMaker(int64_t frames = 3) : frames_(frames) {}

  FramePlan choose(const VideoFacts& facts, RandomSource& random) const override {
    FramePlan plan;
    plan.num_clips = frames_;
    for (int64_t i = 0; i < frames_; ++i) plan.frames.push_back(random.below(facts.num_frames));
    return plan;
  }
  Array apply(std::vector<media::Image> frames, const FramePlan& plan, RandomSource& random) const override {
    REQUIRE(frames.size() == plan.frames.size());
    Array tensor;
    tensor.shape = {static_cast<int64_t>(frames.size()), frames[0].height, frames[0].width, 3};
    const auto drawn = static_cast<float>(random.uniform());
    for (const auto& frame : frames) {
      for (const uint8_t value : frame.pixels) tensor.values.push_back(static_cast<float>(value) + drawn);
    }
    return tensor;
  }

 private:
  int64_t frames_;
};

/// A dataset over bundled videos of several kinds, `repeat` times over, with one file that is no video.
Dataset bundled(int repeat, bool with_bad = true) {
  Dataset data;
  std::vector<std::string> names{"low_fps_1.mp4", "truncated_tail.mkv", "h264.ts", "mpeg4_bframes.avi"};
  if (with_bad) names.insert(names.begin() + 2, "not_a_video.mp4");
  for (int i = 0; i < repeat; ++i) {
    for (const std::string& name : names) {
      DataItem item;
      item.id = name + "#" + std::to_string(i);
      item.name = name;
      item.place = place_at(video_path(name));
      data.items.push_back(item);
    }
  }
  return data;
}

/// `count` items over one small folder of pictures.
Dataset from_folder(const test::Scratch& scratch, int count) {
  std::vector<media::Image> frames;
  for (int i = 0; i < 4; ++i) {
    media::Image image(16, 12, 3);
    for (auto& sample : image.pixels) sample = static_cast<uint8_t>(i);
    frames.push_back(image);
  }
  write_folder(scratch / "folder", frames, 1);
  Dataset data;
  for (int i = 0; i < count; ++i) {
    DataItem item;
    item.id = item.name = "item" + std::to_string(i);
    item.place = place_at(scratch / "folder", 4);
    data.items.push_back(item);
  }
  return data;
}

std::vector<int64_t> in_order(const Dataset& data) {
  std::vector<int64_t> order(data.items.size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

LoaderOptions with_workers(int workers) {
  LoaderOptions options;
  options.workers = workers;
  return options;
}

std::vector<Sample> load_all(const Dataset& data, const std::vector<int64_t>& order, const LoaderOptions& options,
                             const SampleMaker& maker = DrawingMaker()) {
  std::vector<Sample> samples;
  CHECK(load(data, order, maker, options, [&](Sample sample) {
    samples.push_back(std::move(sample));
    return true;
  }));
  return samples;
}

void check_equal(const std::vector<Sample>& a, const std::vector<Sample>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CAPTURE(i);
    CHECK(a[i].item == b[i].item);
    CHECK(a[i].failure == b[i].failure);
    CHECK(a[i].plan.frames == b[i].plan.frames);
    CHECK(a[i].num_frames == b[i].num_frames);
    CHECK(a[i].input.shape == b[i].input.shape);
    CHECK(a[i].input.values == b[i].input.values);
    CHECK(a[i].warnings == b[i].warnings);
  }
}

/// Calls something while it loads, to change the world in the middle.
class CallingMaker final : public DrawingMaker {
 public:
  explicit CallingMaker(std::function<void(const std::string& id)> call) : DrawingMaker(1), call_(std::move(call)) {}
  FramePlan choose(const VideoFacts& facts, RandomSource& random) const override {
    call_(facts.id);
    return DrawingMaker::choose(facts, random);
  }

 private:
  std::function<void(const std::string& id)> call_;
};

}  // namespace

TEST_CASE("any number of workers gives the same samples in order, failures among them") {
  const Dataset data = bundled(2);
  const std::vector<int64_t> order = in_order(data);
  const std::vector<Sample> alone = load_all(data, order, with_workers(0));
  REQUIRE(alone.size() == 10);
  for (std::size_t i = 0; i < alone.size(); ++i) {
    CHECK(alone[i].item == static_cast<int64_t>(i));
    CHECK(alone[i].failure.empty() == (i % 5 != 2));
    CHECK(alone[i].input.values.empty() == (i % 5 == 2));
  }
  CHECK(alone[2].failure.find("not_a_video.mp4") != std::string::npos);
  // The streams belong to the ids: two items of one video draw differently.
  CHECK(alone[0].plan.frames != alone[5].plan.frames);
  for (const int workers : {1, 2, 5}) {
    CAPTURE(workers);
    check_equal(load_all(data, order, with_workers(workers)), alone);
    LoaderOptions tight = with_workers(workers);
    tight.prefetch = 1;
    tight.max_bytes = 1;
    check_equal(load_all(data, order, tight), alone);
  }
}

TEST_CASE("a sample depends on seed, epoch and id, not on the order") {
  const test::Scratch scratch("vs-loader-order");
  const Dataset data = from_folder(scratch, 6);
  const std::vector<Sample> samples = load_all(data, in_order(data), with_workers(2));
  const std::vector<Sample> some = load_all(data, {4, 1, 4}, with_workers(3));
  check_equal(some, {samples[4], samples[1], samples[4]});
  ItemRandom random(0, 0, "item4");
  std::vector<int64_t> drawn;
  for (int i = 0; i < 3; ++i) drawn.push_back(random.below(4));
  CHECK(samples[4].plan.frames == drawn);
  CHECK(samples[4].input.values[0] == static_cast<float>(drawn[0]) + static_cast<float>(random.uniform()));
  LoaderOptions other = with_workers(2);
  other.epoch = 1;
  CHECK(load_all(data, in_order(data), other)[4].input.values != samples[4].input.values);
  other.epoch = 0;
  other.seed = 1;
  CHECK(load_all(data, in_order(data), other)[4].input.values != samples[4].input.values);
  CHECK(load_all(data, {}, with_workers(2)).empty());
  CHECK(load_all(data, {3}, with_workers(2)).size() == 1);
  CHECK_THROWS_AS(
      load(data, std::vector<int64_t>{6}, DrawingMaker(), with_workers(2), [](const Sample&) { return true; }),
      std::logic_error);
}

TEST_CASE("samples of several epochs are those of loading each of them") {
  const test::Scratch scratch("vs-loader-epochs");
  const Dataset data = from_folder(scratch, 6);
  std::vector<Sample> apart;
  LoaderOptions options = with_workers(2);
  for (const uint64_t epoch : {0U, 1U, 7U}) {
    options.epoch = epoch;
    for (auto& sample : load_all(data, in_order(data), options)) apart.push_back(std::move(sample));
  }
  options.epoch = 3;  // each sample says its own
  for (const int workers : {0, 1, 3}) {
    options.workers = workers;
    std::vector<Sample> together;
    const auto nth = [](uint64_t i) { return LoadRequest{static_cast<int64_t>(i % 6), std::array{0U, 1U, 7U}[i / 6]}; };
    CHECK(load(data, 18, nth, DrawingMaker(), options, [&](Sample sample) {
      together.push_back(std::move(sample));
      return true;
    }));
    check_equal(together, apart);
  }
  CHECK_THROWS_AS(load(
                      data, 3,
                      [](uint64_t) {
                        return LoadRequest{6, 0};
                      },
                      DrawingMaker(), options, [](const Sample&) { return true; }),
                  std::logic_error);
}

TEST_CASE("a consumer that has enough ends the loading") {
  const test::Scratch scratch("vs-loader-stop");
  const Dataset data = from_folder(scratch, 500);
  for (const int workers : {0, 1, 3}) {
    for (const int64_t max_bytes : {int64_t{1}, int64_t{1} << 30}) {
      CAPTURE(workers);
      LoaderOptions options = with_workers(workers);
      options.max_bytes = max_bytes;
      std::atomic<int> made = 0;
      const CallingMaker maker([&](const std::string&) { ++made; });
      int consumed = 0;
      CHECK_FALSE(load(data, in_order(data), maker, options, [&](const Sample&) { return ++consumed < 5; }));
      CHECK(consumed == 5);
      CHECK(made < 40);
      struct Enough {};
      consumed = 0;
      const auto throwing = [&](const Sample&) -> bool {
        if (++consumed == 3) throw Enough{};
        return true;
      };
      CHECK_THROWS_AS(load(data, in_order(data), maker, options, throwing), Enough);
      CHECK(consumed == 3);
    }
  }
}

TEST_CASE("a signal ends the loading") {
  const test::Scratch scratch("vs-loader-signal");
  const Dataset data = from_folder(scratch, 300);
  for (const int workers : {0, 1, 4}) {
    for (const int64_t max_bytes : {int64_t{1}, int64_t{1} << 30}) {
      CAPTURE(workers);
      LoaderOptions options = with_workers(workers);
      options.max_bytes = max_bytes;
      const CallingMaker maker([&](const std::string& id) {
        if (id == "item20") set_cancel_signal(15);
      });
      std::size_t consumed = 0;
      CHECK_THROWS_AS(load(data, in_order(data), maker, options, [&](const Sample&) { return ++consumed > 0; }),
                      Interrupted);
      CHECK(consumed <= 20);
      set_cancel_signal(0);
    }
  }
}

TEST_CASE("an error that is no video's fault ends the loading") {
  const test::Scratch scratch("vs-loader-error");
  const Dataset data = from_folder(scratch, 100);
  const CallingMaker maker([&](const std::string& id) {
    if (id == "item7") throw UsageError("--num-segments 0", "must be at least 1");
  });
  for (const int workers : {0, 2}) {
    std::size_t consumed = 0;
    CHECK_THROWS_AS(
        load(data, in_order(data), maker, with_workers(workers), [&](const Sample&) { return ++consumed > 0; }),
        UsageError);
    CHECK(consumed <= 7);
  }
}

TEST_CASE("samples that wait are bounded in number and in bytes") {
  const test::Scratch scratch("vs-loader-bounds");
  const Dataset data = from_folder(scratch, 60);
  const int64_t sample_bytes = 16 * 12 * 3 * 4;
  for (const auto& [prefetch, max_bytes, most] :
       {std::tuple<int64_t, int64_t, int>{6, int64_t{1} << 30, 6}, {40, 5 * sample_bytes, 6}}) {
    std::atomic<int> begun = 0;
    const CallingMaker maker([&](const std::string&) { ++begun; });
    LoaderOptions options = with_workers(3);
    options.prefetch = prefetch;
    options.max_bytes = max_bytes;
    int consumed = 0, ahead = 0;
    load(data, in_order(data), maker, options, [&](const Sample&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
      ahead = std::max(ahead, begun - ++consumed);
      return true;
    });
    CHECK(consumed == 60);
    CHECK(ahead >= 2);
    CHECK(ahead <= most);
  }
}

TEST_CASE("one worker makes samples while the caller uses others") {
  const test::Scratch scratch("vs-loader-overlap");
  const Dataset data = from_folder(scratch, 4);
  const std::thread::id caller = std::this_thread::get_id();
  for (const int workers : {0, 1, 2}) {
    std::mutex mutex;
    std::vector<std::thread::id> makers;
    const CallingMaker maker([&](const std::string&) {
      const std::lock_guard lock(mutex);
      if (std::find(makers.begin(), makers.end(), std::this_thread::get_id()) == makers.end()) {
        makers.push_back(std::this_thread::get_id());
      }
    });
    load_all(data, in_order(data), with_workers(workers), maker);
    CHECK((std::find(makers.begin(), makers.end(), caller) != makers.end()) == (workers == 0));
    CHECK(makers.size() <= static_cast<std::size_t>(std::max(workers, 1)));
  }
}

TEST_CASE("motion reaches the sampler, and a wrong file fails the item") {
  const test::Scratch scratch("vs-loader-motion");
  Dataset data = from_folder(scratch, 3);
  data.items[2].place.num_frames = 3;
  scratch.touch("m.json", R"({"item0": [1.0, 2.0, 3.0], "item2": [1.0, 2.0, 3.0]})");
  const MotionSource motion(scratch / "m.json");

  class MotionMaker final : public DrawingMaker {
   public:
    FramePlan choose(const VideoFacts& facts, RandomSource&) const override {
      FramePlan plan;
      plan.frames = {static_cast<int64_t>(facts.motion[2])};
      return plan;
    }
  };
  LoaderOptions options = with_workers(2);
  options.motion = &motion;
  const std::vector<Sample> samples = load_all(data, in_order(data), options, MotionMaker());
  CHECK(samples[0].plan.frames == std::vector<int64_t>{3});
  CHECK(samples[1].failure.find("has no motion of \"item1\"") != std::string::npos);
  CHECK(samples[2].failure.find("2 are needed") != std::string::npos);
}

TEST_CASE("frames that are not there are counted") {
  const test::Scratch scratch("vs-loader-short");
  Dataset data = from_folder(scratch, 2);
  for (DataItem& item : data.items) item.place.num_frames = 400;
  CHECK(load_all(data, {0}, with_workers(0))[0].failure.find("of 400 listed") != std::string::npos);
  LoaderOptions options = with_workers(0);
  options.reader.short_video = ShortVideo::kModulo;
  const Sample sample = load_all(data, {0}, options)[0];
  CHECK(sample.failure.empty());
  CHECK(sample.num_frames == 400);
  CHECK(sample.replaced_frames ==
        std::count_if(sample.plan.frames.begin(), sample.plan.frames.end(), [](int64_t i) { return i >= 4; }));
}

/// Tells which label came, and turns it.
class LabelMaker final : public DrawingMaker {
 public:
  LabelMaker() : DrawingMaker(1) {}
  using DrawingMaker::apply;
  Array apply(std::vector<media::Image> frames, const FramePlan& plan, RandomSource& random,
              std::optional<int64_t>& label) const override {
    if (label) label = *label + 100;
    return DrawingMaker::apply(std::move(frames), plan, random);
  }
};

TEST_CASE("a sample carries the label that was asked for, as the maker changed it") {
  const test::Scratch scratch("vs-loader-test");
  Dataset data = from_folder(scratch, 40);
  for (auto& item : data.items) item.labels = {4, 2};
  const std::vector<int64_t> order = in_order(data);
  LoaderOptions options = with_workers(1);
  const std::vector<Sample> without = load_all(data, order, options, LabelMaker());
  options.labels = LabelChoice::kDrawn;
  const std::vector<Sample> drawn = load_all(data, order, options, LabelMaker());
  options.labels = LabelChoice::kFirstOfOrder;
  const std::vector<Sample> first = load_all(data, order, options, LabelMaker());
  int64_t drawn_low = 0, first_low = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    CHECK_FALSE(without[i].label);
    REQUIRE(drawn[i].label);
    CHECK((*drawn[i].label == 102 || *drawn[i].label == 104));
    drawn_low += *drawn[i].label == 102;
    first_low += *first[i].label == 102;
    CHECK(drawn[i].input.values == without[i].input.values);
  }
  CHECK(drawn_low > 10);  // one half expected
  CHECK(drawn_low < 30);
  CHECK(first_low > 18);  // two thirds expected
  CHECK(first_low < 36);
  for (auto& item : data.items) item.labels = {7};
  CHECK(load_all(data, order, options, LabelMaker()).front().label == 107);
  for (auto& item : data.items) item.labels.clear();
  CHECK(load_all(data, order, options, LabelMaker()).front().failure.find("label") != std::string::npos);
}

}  // namespace vs::data

// Samples of videos from the file to the array with FFmpeg's CUDA decoding (by a fake driver) and our kernel's
// arithmetic, against those made on the CPU.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/random.h"
#include "lib/cuda/frames/device_pictures.h"
#include "lib/data/clip_reader.h"
#include "lib/data/loader.h"
#include "lib/data/pipeline.h"
#include "lib/media/device_pictures.h"
#include "tests/support/fake_nvdec/fake_nvdec.h"
#include "tests/support/scratch.h"

namespace vs::cuda {
namespace {

using fake_nvdec::FakeNvdec;

const DevicePicturesMaker kMaker;

// libswscale's rounding is known for x86; elsewhere two steps of a byte.
#ifdef __x86_64__
constexpr float kMost = 0;
#else
constexpr float kMost = 2 / 57.0F;
#endif

std::string video(const std::string& name) { return std::string(VS_TEST_DATA) + "/videos/" + name; }

const std::vector<std::string> kTaken{video("low_fps_1.mp4"), video("h264.ts"), video("hevc_bframes.mkv"),
                                      video("all_intra.mp4")};

data::Dataset dataset_of(const std::vector<std::string>& paths) {
  data::Dataset dataset;
  for (const std::string& path : paths) {
    data::DataItem item;
    item.id = path + "#" + std::to_string(dataset.items.size());
    item.name = path;
    item.place.path = path;
    dataset.items.push_back(std::move(item));
  }
  return dataset;
}

/// low_fps_1.mp4 with a display matrix that turns it by a quarter, in its track's header.
std::string write_turned_video(const vs::test::Scratch& scratch) {
  std::ifstream file(video("low_fps_1.mp4"), std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t header = bytes.find("tkhd");
  REQUIRE(header != std::string::npos);
  const std::string turn("\0\0\0\0\0\1\0\0\0\0\0\0\377\377\0\0\0\0\0\0\0\0\0\0", 24);
  bytes.replace(header + 4 + 40, turn.size(), turn);
  const std::string path = scratch / "turned.mp4";
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

const std::string kNormalize = R"({"type": "Normalize", "mean": [123.675, 116.28, 103.53],
                                   "std": [58.395, 57.12, 57.375], "to_bgr": false}, )",
                  kEight = R"({"type": "SampleFrames", "clip_len": 1, "num_clips": 8, "test_mode": true}, )",
                  kClips = R"({"type": "SampleFrames", "clip_len": 4, "frame_interval": 2, "num_clips": 2}, )",
                  kNchw = kNormalize + R"({"type": "FormatShape", "input_format": "NCHW"})",
                  kNcthw = kNormalize + R"({"type": "FormatShape", "input_format": "NCTHW"})";
const std::string kTestSteps =
    kEight + R"({"type": "Resize", "scale": [-1, 128]}, {"type": "CenterCrop", "crop_size": 112}, )" + kNchw;
const std::string kTrainSteps = kClips + R"({"type": "RandomResizedCrop"},
      {"type": "Resize", "scale": [96, 96], "keep_ratio": false}, {"type": "Flip", "flip_ratio": 0.5}, )" +
                                kNcthw;
// Not a plan for those samples that are mirrored.
const std::string kMirrorFirstSteps = kClips + R"({"type": "RandomResizedCrop"}, {"type": "Flip", "flip_ratio": 0.5},
      {"type": "Resize", "scale": [96, 96], "keep_ratio": false}, )" +
                                      kNcthw;
const std::string kPillowSteps =
    kEight + R"({"type": "GroupScale", "size": 100}, {"type": "GroupCenterCrop", "size": 90}, )" + kNchw;

data::Pipeline pipeline_of(const std::string& steps) {
  return data::Pipeline(nlohmann::ordered_json::parse("[" + steps + "]"));
}

/// The values of an array, wherever it lies: a device's memory is the host's here.
std::vector<float> values_of(const data::Array& array) {
  if (!array.on_device.memory) return array.values;
  const auto count = std::accumulate(array.shape.begin(), array.shape.end(), std::ptrdiff_t{1},
                                     [](std::ptrdiff_t product, int64_t size) { return product * size; });
  return {array.on_device.values, array.on_device.values + count};
}

void compare(const std::vector<float>& got, const std::vector<float>& want) {
  REQUIRE(got.size() == want.size());
  CHECK(std::equal(got.begin(), got.end(), want.begin(), [](float a, float b) { return std::fabs(a - b) <= kMost; }));
}

bool is_there(const FakeNvdec& fake) {
  if (!fake.is_loaded()) MESSAGE("skipped, a CUDA driver is loaded");
  return fake.is_loaded();
}

data::ClipReaderOptions reading_on(FakeNvdec& fake) {
  data::ClipReaderOptions reading;
  reading.video.hardware = fake.device();
  reading.video.frames_on_device = media::DevicePictures::kPicturesHeld;
  reading.on_device = &kMaker;
  return reading;
}

/// Samples of every item, twice over.
std::vector<data::Sample> load_all(const data::Dataset& dataset, const data::Pipeline& pipeline,
                                   const data::ClipReaderOptions& reading, int workers) {
  data::LoaderOptions options;
  options.workers = workers;
  options.seed = 5;
  options.reader = pipeline.reading(reading);
  std::vector<int64_t> order(2 * dataset.items.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i % dataset.items.size());
  std::vector<data::Sample> samples;
  CHECK(data::load(dataset, order, pipeline, options, [&](data::Sample sample) {
    samples.push_back(std::move(sample));
    return true;
  }));
  return samples;
}

void compare_all(const std::vector<data::Sample>& got, const std::vector<data::Sample>& want) {
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(got[i].failure == want[i].failure);
    CHECK(got[i].item == want[i].item);
    CHECK(got[i].plan.frames == want[i].plan.frames);
    CHECK(got[i].num_frames == want[i].num_frames);
    CHECK(got[i].input.shape == want[i].input.shape);
    compare(values_of(got[i].input), values_of(want[i].input));
  }
}

}  // namespace

TEST_CASE("samples made where NVDEC decodes are those of the CPU, by any number of workers") {
  FakeNvdec fake(kTaken);
  if (!is_there(fake)) return;
  const data::Dataset dataset = dataset_of(kTaken);
  struct Steps {
    std::string text;
    bool there;       ///< frames stay on the device
    bool made_there;  ///< and so do all samples
  };
  for (const Steps& steps : {Steps{kTestSteps, true, true}, Steps{kTrainSteps, true, true},
                             Steps{kMirrorFirstSteps, true, false}, Steps{kPillowSteps, false, false}}) {
    CAPTURE(steps.text);
    const data::Pipeline pipeline = pipeline_of(steps.text);
    const std::vector<data::Sample> want = load_all(dataset, pipeline, {}, 1);
    for (const int workers : {0, 1, 3}) {
      CAPTURE(workers);
      const std::vector<data::Sample> got = load_all(dataset, pipeline, reading_on(fake), workers);
      compare_all(got, want);
      for (const data::Sample& sample : got) {
        if (steps.made_there) CHECK(sample.input.on_device.memory);
        if (!steps.there) CHECK_FALSE(sample.input.on_device.memory);
        CHECK(sample.warnings.empty());  // such as surfaces that ran out
      }
    }
    CHECK((fake.control().downloads == 0) == steps.there);
    fake.control().downloads = 0;
  }
  CHECK(fake.control().decodes > 0);
  CHECK(fake.control().mapped == 0);
  CHECK(fake.control().decoders == 0);
  CHECK(fake.control().misuses == 0);
}

TEST_CASE("videos that NVDEC decodes in part or not at all are among those that it does") {
  const vs::test::Scratch scratch("vs_loading_nvdec");
  const std::string turned = write_turned_video(scratch);
  const data::Dataset dataset =
      dataset_of({turned, kTaken[0], video("mpeg4_bframes.avi"), kTaken[1], video("resolution_change.ts"),
                  video("truncated_tail.mkv"), video("not_a_video.mp4"), kTaken[2]});
  FakeNvdec fake(kTaken);
  if (!is_there(fake)) return;
  for (const std::string& name : {turned, video("resolution_change.ts"), video("truncated_tail.mkv")}) fake.know(name);
  const data::Pipeline pipeline = pipeline_of(kTestSteps);
  const std::vector<data::Sample> want = load_all(dataset, pipeline, {}, 1);
  for (const int workers : {0, 3}) {
    CAPTURE(workers);
    const std::vector<data::Sample> got = load_all(dataset, pipeline, reading_on(fake), workers);
    compare_all(got, want);
    std::set<int64_t> there;
    for (const data::Sample& sample : got) {
      if (sample.input.on_device.memory) there.insert(sample.item);
    }
    CHECK(there.contains(1));
    CHECK(there.contains(3));
    CHECK(there.contains(7));
    CHECK_FALSE(there.contains(0));
    CHECK_FALSE(there.contains(2));
    CHECK_FALSE(there.contains(4));
  }
  CHECK(fake.control().mapped == 0);
  CHECK(fake.control().misuses == 0);
}

TEST_CASE("where NVDEC fails in the middle of a clip, pictures of both sides make the sample") {
  FakeNvdec fake(kTaken);
  if (!is_there(fake)) return;
  const data::Pipeline pipeline = pipeline_of(kTestSteps);
  for (const std::string& path : kTaken) {
    CAPTURE(path);
    const data::Dataset dataset = dataset_of({path});
    const std::vector<data::Sample> want = load_all(dataset, pipeline, {}, 0);
    for (const int later : {1, 4, 7}) {
      for (auto [call, count] : {std::pair{&fake.control().failing_decode, &fake.control().decodes},
                                 std::pair{&fake.control().failing_map, &fake.control().maps}}) {
        *call = *count + later;
        const std::vector<data::Sample> got = load_all(dataset, pipeline, reading_on(fake), 0);
        compare_all(got, want);
        CHECK(std::count_if(got.begin(), got.end(), [](const data::Sample& sample) {
                return sample.warnings.size() == 1 &&
                       sample.warnings[0].starts_with("decoded on the CPU, not by cuda: ");
              }) == 1);
      }
    }
  }
  CHECK(fake.control().mapped == 0);
  CHECK(fake.control().misuses == 0);
}

TEST_CASE("a clip's indices may repeat, go back, and come from both sides") {
  FakeNvdec fake(kTaken);
  if (!is_there(fake)) return;
  data::VideoPlace place;
  place.path = video("hevc_bframes.mkv");
  const std::vector<int64_t> frames{30, 2, 2, 17, 18, 30, 0, 19};
  data::ClipReader by_cpu;
  by_cpu.open(place);
  const data::Clip want = by_cpu.read(frames);
  for (const bool failing : {false, true}) {
    CAPTURE(failing);
    data::ClipReader reader(reading_on(fake));
    reader.open(place);
    if (failing) fake.control().failing_map = fake.control().maps + 12;
    const data::Clip got = reader.read(frames);
    REQUIRE((got.on_device == nullptr) == failing);
    REQUIRE((failing ? got.frames.size() : got.order.size()) == frames.size());
    CHECK(got.warnings.size() == (failing ? 1 : 0));
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const media::Image image = failing ? got.frames[i] : media::picture_on_host(*got.on_device, got.order[i]);
      CHECK(image.width == want.frames[i].width);
      if (kMost == 0) CHECK(image.pixels == want.frames[i].pixels);
    }
    // The clip holds what is its own: the reader goes on, with the same video and others.
    CHECK(reader.read(frames).warnings.size() == (failing ? 1 : 0));
  }
}

}  // namespace vs::cuda

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "lib/media/video_decoder.h"
#include "tests/lib/media/given_frames.h"
#include "tests/lib/media/video_maker.h"
#include "tests/support/fake_nvdec/fake_nvdec.h"

#ifdef __SANITIZE_ADDRESS__
// Its encoders leave a little behind.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() { return "leak:libx265"; }
#endif

namespace vs::media {
namespace {

using fake_nvdec::FakeNvdec;

const std::string kVideos = std::string(VS_TEST_DATA) + "/videos/";
const std::vector<std::string> kBundled{"low_fps_1.mp4", "all_intra.mp4", "h264.ts", "hevc_bframes.mkv",
                                        "resolution_change.ts"};
const TestVideo kBFrames{"libx264", "bf=3;g=10;x264-params=b-adapt=0:b-pyramid=normal:scenecut=0", 40, 150, 146};
const char* const kQuietX265 = "bf=2;g=8;x265-params=log-level=none";

VideoOptions on(FakeNvdec& fake, int frames_on_device = 0) {
  VideoOptions options;
  options.hardware = fake.device();
  options.frames_on_device = frames_on_device;
  return options;
}

// Samples of a picture on the device that are not those of the CPU's frame, or -1 where the picture is another kind.
// What is on the device is in the host's memory.
int64_t wrong_samples(const DevicePicture& picture, const VideoFrame& expected) {
  const PlaneView luma = expected.plane(0);
  if (picture.width != luma.width || picture.height != luma.height || picture.bits != luma.bits) return -1;
  if (picture.sample_bytes != (luma.bits > 8 ? 2 : 1)) return -1;
  const auto sample = [](const uint8_t* row, int x, int bytes) {
    return bytes == 1 ? row[x] : row[2 * x] + (row[2 * x + 1] << 8);
  };
  int64_t wrong = 0;
  for (int plane = 0; plane < 3; ++plane) {
    const PlaneView view = expected.plane(plane);
    const uint8_t* base = plane == 0 ? picture.luma : picture.chroma;
    const std::ptrdiff_t stride = plane == 0 ? picture.luma_stride : picture.chroma_stride;
    const int shift = picture.sample_bytes == 1 ? 0 : 16 - picture.bits;
    for (int y = 0; y < view.height; ++y) {
      for (int x = 0; x < view.width; ++x) {
        const int at = plane == 0 ? x : 2 * x + plane - 1;
        wrong += sample(base + y * stride, at, picture.sample_bytes) !=
                 sample(view.data + y * view.stride, x, picture.sample_bytes) << shift;
      }
    }
  }
  return wrong;
}

// The CPU decoded it all, for one reason.
void check_left(VideoDecoder& decoder, const Given& all, const std::string& reason) {
  CHECK(given(decoder) == all);
  CHECK_FALSE(decoder.in_hardware());
  CHECK_FALSE(decoder.is_damaged());
  REQUIRE(decoder.warnings().size() == 1);
  CHECK(decoder.warnings()[0].starts_with("decoded on the CPU, not by cuda: "));
  CAPTURE(decoder.warnings()[0]);
  CHECK(decoder.warnings()[0].find(reason) != std::string::npos);
}

}  // namespace

TEST_CASE("CUDA gives the frames that the CPU gives, in order and chosen") {
  const TestFolder folder;
  const std::string made = folder.path("b.mp4");
  write_test_video(made, kBFrames);
  std::vector<std::string> paths{made};
  for (const std::string& name : kBundled) paths.push_back(kVideos + name);
  FakeNvdec fake(paths);
  REQUIRE(fake.is_loaded());
  for (const std::string& path : paths) {
    CAPTURE(path);
    const Given all = given_by_cpu(path);
    {
      VideoDecoder decoder(path, on(fake));
      CHECK(given(decoder) == all);
      CHECK(decoder.in_hardware());
      CHECK(decoder.warnings().empty());

      const auto last = static_cast<int64_t>(all.md5.size()) - 1;
      const std::set<int64_t> chosen{1, last / 3, last / 3 + 1, last / 2, last};
      std::vector<std::string> md5;
      for (const int64_t index : chosen) md5.push_back(all.md5[static_cast<size_t>(index)]);
      decoder.select(std::vector<int64_t>(chosen.begin(), chosen.end()));
      CHECK(given(decoder).md5 == md5);

      VideoDecoder keys_by_cpu(path);
      keys_by_cpu.select_key_frames();
      decoder.select_key_frames();
      CHECK(given(decoder) == given(keys_by_cpu));
      CHECK(decoder.in_hardware());
      CHECK_FALSE(decoder.is_damaged());
    }
    CHECK(fake.control().mapped == 0);
    CHECK(fake.control().decoders == 0);
  }
  CHECK(fake.control().misuses == 0);
}

TEST_CASE("the device that is named decodes") {
  FakeNvdec fake({kVideos + "low_fps_1.mp4"});
  REQUIRE(fake.is_loaded());
  VideoOptions options;
  options.hardware = fake.device("cuda:1");
  options.frames_on_device = 1;
  VideoDecoder decoder(kVideos + "low_fps_1.mp4", options);
  while (const VideoFrame* frame = decoder.next()) CHECK(frame->device_picture().value().device == 1);
  CHECK(decoder.in_hardware());
  CHECK(fake.control().decodes_of_device[0] == 0);
  CHECK(fake.control().decodes_of_device[1] == 5);
}

TEST_CASE("threads share a CUDA device") {
  const std::vector<std::string> names{"all_intra.mp4", "h264.ts", "hevc_bframes.mkv", "h264.ts"};
  FakeNvdec fake;
  REQUIRE(fake.is_loaded());
  const auto device = fake.device();
  std::vector<Given> expected(names.size()), found(names.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < names.size(); ++i) {
    fake.know(kVideos + names[i]);
    expected[i] = given_by_cpu(kVideos + names[i]);
    threads.emplace_back([&, i] {
      VideoOptions options;
      options.hardware = device;
      options.frames_on_device = static_cast<int>(i);
      VideoDecoder decoder(kVideos + names[i], options);
      found[i] = given(decoder);
      if (!decoder.in_hardware()) found[i] = {};
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < names.size(); ++i) CHECK(found[i] == expected[i]);
  CHECK(fake.control().misuses == 0);
  CHECK(fake.control().mapped == 0);
}

TEST_CASE("frames stay on the CUDA device, and are there while they are held") {
  const TestFolder folder;
  const std::string made = folder.path("b.mp4");
  write_test_video(made, kBFrames);
  constexpr int kHeld = 4;
  for (const std::string& path : {made, kVideos + "hevc_bframes.mkv"}) {
    CAPTURE(path);
    FakeNvdec fake({path});
    REQUIRE(fake.is_loaded());
    VideoDecoder by_cpu(path), decoder(path, on(fake, kHeld));
    std::vector<std::pair<DevicePicture, std::shared_ptr<const void>>> held;
    while (const VideoFrame* expected = by_cpu.next()) {
      VideoFrame* frame = decoder.next();
      REQUIRE(frame != nullptr);
      const DevicePicture picture = frame->device_picture().value();
      CHECK(picture.device == 0);
      CHECK(picture.luma_stride > picture.width);
      CHECK(wrong_samples(picture, *expected) == 0);
      if (expected->index % 9 == 4 && static_cast<int>(held.size()) < kHeld) held.emplace_back(picture, frame->hold());
    }
    CHECK(decoder.next() == nullptr);
    CHECK(decoder.in_hardware());
    CHECK(decoder.warnings().empty());
    CHECK(fake.control().downloads == 0);
    REQUIRE(held.size() == kHeld);
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < kHeld; ++i) indices.push_back(9 * i + 4);
    by_cpu.select(indices);
    decoder.select(indices);  // the codec starts anew, and goes over its surfaces again
    for (auto& [picture, hold] : held) {
      const VideoFrame* expected = by_cpu.next();
      REQUIRE(expected != nullptr);
      CHECK(wrong_samples(picture, *expected) == 0);
    }
    CHECK(fake.control().mapped >= kHeld);
    held.clear();
    while (VideoFrame* frame = decoder.next()) CHECK(frame->luma().width == frame->width);
    CHECK(fake.control().misuses == 0);
  }
}

TEST_CASE("NVIDIA's 32 surfaces are enough for 16 reference frames and those that a kernel holds") {
  const TestFolder folder;
  const std::string path = folder.path("b.mp4");
  TestVideo video = kBFrames;
  video.encoder_options = "bf=4;g=40;refs=16;x264-params=b-adapt=0:b-pyramid=normal:scenecut=0";
  write_test_video(path, video);
  const Given all = given_by_cpu(path);
  FakeNvdec fake({path});
  REQUIRE(fake.is_loaded());
  VideoDecoder decoder(path, on(fake, 4));
  CHECK(given(decoder) == all);
  CHECK(decoder.in_hardware());
  VideoDecoder greedy(path, on(fake, 20));
  check_left(greedy, all, "cuvidCreateDecoder");
}

TEST_CASE("a picture that was given back is gone") {
  const std::string path = kVideos + "low_fps_1.mp4";
  FakeNvdec fake({path});
  REQUIRE(fake.is_loaded());
  VideoDecoder by_cpu(path), decoder(path, on(fake, 1));
  const VideoFrame* expected = by_cpu.next();
  VideoFrame* frame = decoder.next();
  REQUIRE((frame && expected));
  const DevicePicture picture = frame->device_picture().value();
  std::shared_ptr<const void> hold = frame->hold();
  (void)decoder.next();
  CHECK(wrong_samples(picture, *expected) == 0);
  hold.reset();
  CHECK(wrong_samples(picture, *expected) > 50000);
}

TEST_CASE("who holds more frames than agreed has the rest from the CPU") {
  const TestFolder folder;
  const std::string made = folder.path("b.mp4");
  write_test_video(made, kBFrames);
  for (const std::string& path : {made, kVideos + "hevc_bframes.mkv"}) {
    CAPTURE(path);
    const Given all = given_by_cpu(path);
    FakeNvdec fake({path});
    REQUIRE(fake.is_loaded());
    VideoDecoder decoder(path, on(fake, 1));
    std::vector<std::shared_ptr<const void>> held;
    std::vector<std::string> md5;
    while (const VideoFrame* frame = decoder.next()) {
      held.push_back(frame->hold());
      md5.push_back(frame->md5());
    }
    CHECK(md5 == all.md5);
    CHECK_FALSE(decoder.in_hardware());
    CHECK(decoder.warnings() == std::vector<std::string>{"decoded on the CPU, not by cuda: No decoder surfaces left"});
  }
}

TEST_CASE("CUDA decodes 10 and 12 bits, and colour of full size, where it takes them") {
  struct Kind {
    TestVideo video;
    std::string name;
    bool in_hardware;
    std::optional<int> bits_on_device;  // of a picture that kernels may have
  };
  const auto hevc = [](const char* format) { return TestVideo{"libx265", kQuietX265, 14, 150, 146, 1, format}; };
  const auto h264 = [](const char* format) { return TestVideo{"libx264", "bf=2;g=8", 14, 150, 146, 1, format}; };
  for (const Kind& kind :
       {Kind{hevc("yuv420p"), "hevc 8", true, 8}, Kind{hevc("yuv420p10le"), "hevc 10", true, 10},
        Kind{hevc("yuv420p12le"), "hevc 12", true, 12}, Kind{hevc("yuv444p"), "hevc 444", true, {}},
        Kind{hevc("yuv444p10le"), "hevc 444 10", true, {}}, Kind{hevc("yuv422p"), "hevc 422", false, {}},
        Kind{hevc("gray"), "hevc gray", false, {}}, Kind{h264("yuv420p10le"), "h264 10", false, {}},
        Kind{h264("yuv444p"), "h264 444", false, {}}, Kind{h264("yuv422p"), "h264 422", false, {}}}) {
    CAPTURE(kind.name);
    const TestFolder folder;
    const std::string path = folder.path("a.mkv");
    write_test_video(path, kind.video);
    const Given all = given_by_cpu(path);
    FakeNvdec fake({path});
    REQUIRE(fake.is_loaded());
    for (const int frames_on_device : {0, 1}) {
      VideoDecoder decoder(path, on(fake, frames_on_device));
      CHECK(given(decoder) == all);
      CHECK(decoder.in_hardware() == kind.in_hardware);
      CHECK(decoder.warnings().size() == (kind.in_hardware ? 0 : 1));
    }
    VideoDecoder by_cpu(path), decoder(path, on(fake, 1));
    const VideoFrame* expected = by_cpu.next();
    VideoFrame* frame = decoder.next();
    REQUIRE((frame && expected));
    const auto picture = frame->device_picture();
    CHECK(picture.has_value() == kind.bits_on_device.has_value());
    if (picture && kind.bits_on_device) {
      CHECK(picture->bits == *kind.bits_on_device);
      CHECK(wrong_samples(*picture, *expected) == 0);
    }
    CHECK(fake.control().misuses == 0);
  }
}

// FFmpeg does not ask for a picture's status: the manual says that a device may overlook damage.
TEST_CASE("damage that CUDA conceals changes its picture only, and nobody says so") {
  const std::string path = kVideos + "all_intra.mp4";
  const Given all = given_by_cpu(path);
  FakeNvdec fake({path});
  REQUIRE(fake.is_loaded());
  fake.control().failing_status = 7;
  VideoDecoder decoder(path, on(fake));
  const Given found = given(decoder);
  CHECK(decoder.in_hardware());
  CHECK(decoder.warnings().empty());
  REQUIRE(found.md5.size() == all.md5.size());
  for (size_t i = 0; i < all.md5.size(); ++i) CHECK((found.md5[i] == all.md5[i]) == (i != 7));
}

TEST_CASE("sizes that are not even, and those that CUDA does not take") {
  struct Kind {
    TestVideo video;
    bool in_hardware;
  };
  const std::string vp9 = "auto-alt-ref=0;lag-in-frames=0;deadline=realtime;cpu-used=8";
  for (const Kind& kind : {Kind{{"libvpx-vp9", vp9, 6, 160, 130}, true}, Kind{{"libvpx-vp9", vp9, 6, 161, 130}, true},
                           Kind{{"libvpx-vp9", vp9, 6, 160, 131}, false}, Kind{{"libvpx-vp9", vp9, 6, 96, 64}, false},
                           Kind{{"libvpx", "auto-alt-ref=0;deadline=realtime;cpu-used=8", 6, 99, 78}, true},
                           Kind{{"libx264", "g=3", 6, 40, 34}, true}, Kind{{"libx264", "g=3", 6, 20, 34}, false}}) {
    CAPTURE(kind.video.encoder);
    CAPTURE(kind.video.width);
    CAPTURE(kind.video.height);
    const TestFolder folder;
    const std::string path = folder.path("a.mkv");
    write_test_video(path, kind.video);
    const Given all = given_by_cpu(path);
    FakeNvdec fake({path});
    REQUIRE(fake.is_loaded());
    for (const int frames_on_device : {0, 1}) {
      VideoDecoder decoder(path, on(fake, frames_on_device));
      CHECK(given(decoder) == all);
      CHECK(decoder.in_hardware() == kind.in_hardware);
      CHECK(decoder.warnings().size() == (kind.in_hardware ? 0 : 1));
    }
    VideoDecoder by_cpu(path), decoder(path, on(fake, 1));
    const VideoFrame* expected = by_cpu.next();
    VideoFrame* frame = decoder.next();
    REQUIRE((frame && expected));
    const auto picture = frame->device_picture();
    CHECK(picture.has_value() == kind.in_hardware);
    if (picture) CHECK(wrong_samples(*picture, *expected) == 0);
  }
}

TEST_CASE("a CUDA stream that is not taken, and each thing that fails, leave the frames of the CPU and one warning") {
  const TestFolder folder;
  const std::string path = folder.path("b.mp4");
  write_test_video(path, kBFrames);
  const Given all = given_by_cpu(path);
  FakeNvdec fake({path});
  REQUIRE(fake.is_loaded());
  fake_nvdec::Control& control = fake.control();
  {
    control.takes_streams = 0;
    VideoDecoder decoder(path, on(fake));
    check_left(decoder, all, "Hardware is lacking required capabilities");
    decoder.select(std::vector<int64_t>{17});
    CHECK(given(decoder).md5 == std::vector<std::string>{all.md5[17]});
    control.takes_streams = 1;
  }
  struct Failure {
    std::atomic<int>&call, &count;
    std::string reason;
  };
  for (const Failure& failure : {Failure{control.failing_create, control.creates, "CUDA_ERROR_OUT_OF_MEMORY"},
                                 Failure{control.failing_decode, control.decodes, "cuvidDecodePicture"},
                                 Failure{control.failing_map, control.maps, "cuvidMapVideoFrame"},
                                 Failure{control.failing_download, control.downloads, "cuMemcpy2DAsync"}}) {
    CAPTURE(failure.reason);
    for (const int later : {0, 1, 23}) {
      if (later > 0 && &failure.call == &control.failing_create) continue;
      CAPTURE(later);
      failure.call = failure.count + later;
      VideoDecoder decoder(path, on(fake));
      check_left(decoder, all, failure.reason);
      if (later == 23) continue;

      failure.call = failure.count + later;
      VideoDecoder chosen(path, on(fake));
      chosen.select(std::vector<int64_t>{2, 15, 28});
      CHECK(given(chosen).md5 == std::vector<std::string>{all.md5[2], all.md5[15], all.md5[28]});
      CHECK_FALSE(chosen.in_hardware());
      CHECK(chosen.warnings().size() == 1);
      CHECK(chosen.packet_index().knowledge == FrameKnowledge::kPackets);
    }
  }
  CHECK(control.mapped == 0);
  CHECK(control.misuses == 0);
}

}  // namespace vs::media

#include <doctest/doctest.h>

#include <string>

#include "lib/core/error.h"
#include "lib/media/hardware_device.h"
#include "lib/media/video_decoder.h"
#include "tests/lib/media/video_maker.h"
#include "tests/support/fake_nvdec/fake_nvdec.h"

namespace vs::media {
namespace {

using fake_nvdec::FakeNvdec;

std::string refusal_of(FakeNvdec& fake, const std::string& name) {
  try {
    (void)fake.device(name);
  } catch (const RunError& error) {
    return error.what();
  }
  return "opened";
}

// As CUDA declares them.
struct Context;
using RetainPrimary = int(Context** context, int device);
using ReleasePrimary = int(int device);

}  // namespace

TEST_CASE("a CUDA device opens in the context of CUDA's runtime, with its number") {
  FakeNvdec fake;
  REQUIRE(fake.is_loaded());
  for (const std::string& name : {std::string("cuda"), std::string("cuda:0"), std::string("cuda:1")}) {
    CAPTURE(name);
    const auto device = fake.device(name);
    CHECK(device->kind() == "cuda");
    CHECK(device->primary_context());
    CHECK(device->number() == (name == "cuda:1" ? 1 : 0));
  }
  const auto first = fake.device(), again = fake.device(), second = fake.device("cuda:1");
  CHECK(again->primary_context());
  CHECK(second->number() == 1);
  CHECK(fake.control().misuses == 0);
}

TEST_CASE("where someone made the context in another mode, the device has one of its own") {
  FakeNvdec fake;
  REQUIRE(fake.is_loaded());
  Context* context = nullptr;
  REQUIRE(fake.driver_function<RetainPrimary>("cuDevicePrimaryCtxRetain")(&context, 0) == 0);
  const TestFolder folder;
  write_test_video(folder.path("a.mp4"), {"libx264", "g=4", 6, 96, 64});
  fake.know(folder.path("a.mp4"));
  {
    const auto device = fake.device();
    CHECK_FALSE(device->primary_context());
    CHECK(fake.device("cuda:1")->primary_context());
    VideoOptions options;
    options.hardware = device;
    options.frames_on_device = 2;
    VideoDecoder by_cpu(folder.path("a.mp4")), decoder(folder.path("a.mp4"), options);
    while (VideoFrame* expected = by_cpu.next()) {
      VideoFrame* frame = decoder.next();
      REQUIRE(frame != nullptr);
      CHECK_FALSE(frame->device_picture());  // kernels would not reach it
      CHECK(frame->md5() == expected->md5());
    }
    CHECK(decoder.in_hardware());
  }
  CHECK(fake.control().misuses == 0);
  CHECK(fake.driver_function<ReleasePrimary>("cuDevicePrimaryCtxRelease")(0) == 0);
  CHECK(fake.device()->primary_context());
}

TEST_CASE("no device, and one that is not there, are refused in one line") {
  FakeNvdec fake;
  REQUIRE(fake.is_loaded());
  const std::string beyond = refusal_of(fake, "cuda:2");
  CHECK(beyond.starts_with("--hwaccel cuda:2: does not open: "));
  CHECK(beyond.find("CUDA_ERROR_INVALID_DEVICE: invalid device ordinal") != std::string::npos);
  fake.control().devices = 0;
  const std::string none = refusal_of(fake, "cuda");
  CHECK(none.starts_with("--hwaccel cuda: does not open: "));
  CHECK(none.find("CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected") != std::string::npos);
  CHECK(none.ends_with(" (leave the option out to decode on the CPU)"));
  CHECK(none.find('\n') == std::string::npos);
  fake.control().devices = 1;
  CHECK(refusal_of(fake, "cuda:1").find("INVALID_DEVICE") != std::string::npos);
  CHECK(refusal_of(fake, "cuda") == "opened");
}

}  // namespace vs::media

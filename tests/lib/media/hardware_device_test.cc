#include "lib/media/hardware_device.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "lib/core/error.h"

namespace vs::media {
namespace {

template <typename Failure>
std::string message_of_opening(const std::string& name) {
  try {
    (void)HardwareDevice::open(name, "--hwaccel");
  } catch (const Failure& error) {
    return error.what();
  }
  return "opened";
}

}  // namespace

TEST_CASE("kinds of devices are those that decode") {
  const auto kinds = HardwareDevice::kinds();
  CHECK(std::is_sorted(kinds.begin(), kinds.end()));
  CHECK(std::find(kinds.begin(), kinds.end(), "opencl") == kinds.end());
}

TEST_CASE("names of no device are wrong usage") {
  CHECK(message_of_opening<UsageError>("gpu").starts_with(
      "--hwaccel gpu: is no hardware that this FFmpeg decodes with ("));
  CHECK(message_of_opening<UsageError>("opencl").starts_with("--hwaccel opencl: is no hardware"));
  CHECK(message_of_opening<UsageError>("").starts_with("--hwaccel : is no hardware"));
  CHECK(message_of_opening<UsageError>("CUDA").starts_with("--hwaccel CUDA: is no hardware"));
  for (const std::string& kind : HardwareDevice::kinds()) {
    CHECK(message_of_opening<UsageError>(kind + ":") == "--hwaccel: \"" + kind + ":\" names no device after the colon");
  }
}

TEST_CASE("a device that is not there says why, in one line") {
  const auto kinds = HardwareDevice::kinds();
  for (const std::string& name : {std::string("cuda:99"), std::string("vaapi:/dev/dri/none")}) {
    if (std::find(kinds.begin(), kinds.end(), name.substr(0, name.find(':'))) == kinds.end()) continue;
    const std::string message = message_of_opening<RunError>(name);
    CAPTURE(message);
    CHECK(message.starts_with("--hwaccel " + name + ": does not open: "));
    CHECK(message.ends_with(" (leave the option out to decode on the CPU)"));
    CHECK(message.find('\n') == std::string::npos);
  }
}

}  // namespace vs::media

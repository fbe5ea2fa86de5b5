// A hardware decoder for tests on machines without one: FFmpeg's VDPAU code over a driver of our own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/media/hardware_device.h"

namespace vs::media {

/// What the driver does, and what was asked of it. There is one at a time.
///
/// It does not decode: it knows the pictures of one H.264 video from the CPU, and which slices make which of them. It
/// learns the slices when the video is decoded from its start for the first time.
class FakeVdpau {
 public:
  /// For the pictures of the file. Only progressive 4:2:0 of 8 bits.
  explicit FakeVdpau(const std::string& path);
  FakeVdpau(const FakeVdpau&) = delete;
  FakeVdpau& operator=(const FakeVdpau&) = delete;
  ~FakeVdpau();

  std::shared_ptr<const HardwareDevice> device() const { return device_; }

  bool has_decoder = true;    ///< false: takes no stream
  int failing_render = -1;    ///< this call to decode a picture fails, counted from 0
  int failing_download = -1;  ///< and this one to give its pixels
  int renders = 0, downloads = 0;

 private:
  std::shared_ptr<const HardwareDevice> device_;
};

}  // namespace vs::media

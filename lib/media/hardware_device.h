// A device that decodes video in hardware.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/media/av_handles.h"

namespace vs::media {

/// A hardware decoder's device, opened once and shared by all decoders of a run. Any thread may use it.
class HardwareDevice {
 public:
  /// Opens a device by FFmpeg's name of its kind, and after a colon which one: "cuda", "cuda:1" (the second GPU),
  /// "vaapi:/dev/dri/renderD128". Without a colon it is the first one.
  /// Errors have "`option` NAME" as their place: UsageError for a kind that does not decode with this FFmpeg, RunError
  /// where the device does not open, with what FFmpeg says of it.
  static std::shared_ptr<const HardwareDevice> open(const std::string& name, const std::string& option);
  /// The kinds of which this FFmpeg may decode, such as "cuda". Whether there is such a device shows when it is opened.
  static std::vector<std::string> kinds();

  /// Takes over FFmpeg's device (an AVHWDeviceContext). The others: what the functions of their names return.
  explicit HardwareDevice(AvBufferPtr device, bool primary_context = false, int number = 0);

  /// Such as "cuda".
  const std::string& kind() const { return kind_; }
  /// True if kernels launched by the CUDA runtime reach its pictures: a CUDA device that was opened before anyone else
  /// in the process used it.
  bool primary_context() const { return primary_context_; }
  /// Which of its kind, for devices that are told apart by numbers: 1 for "cuda:1".
  int number() const { return number_; }
  /// FFmpeg's device, for the media room.
  AVBufferRef* av() const { return device_.get(); }

 private:
  AvBufferPtr device_;
  bool primary_context_ = false;
  int number_ = 0;
  std::string kind_;
};

}  // namespace vs::media

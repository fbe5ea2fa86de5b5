#include "lib/media/hardware_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/dict.h>
#include <libavutil/hwcontext.h>
}

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/media/av_log.h"
#include "lib/media/hardware_decoder.h"

namespace vs::media {
namespace {

bool decodes(AVHWDeviceType type) {
  void* position = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&position)) {
    if (uses_hardware(*codec, type)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> HardwareDevice::kinds() {
  std::vector<std::string> names;
  for (AVHWDeviceType type = av_hwdevice_iterate_types(AV_HWDEVICE_TYPE_NONE); type != AV_HWDEVICE_TYPE_NONE;
       type = av_hwdevice_iterate_types(type)) {
    if (decodes(type)) names.emplace_back(av_hwdevice_get_type_name(type));
  }
  std::sort(names.begin(), names.end());
  return names;
}

HardwareDevice::HardwareDevice(AvBufferPtr device, bool primary_context, int number)
    : device_(std::move(device)),
      primary_context_(primary_context),
      number_(number),
      kind_(av_hwdevice_get_type_name(reinterpret_cast<const AVHWDeviceContext*>(device_->data)->type)) {}

std::shared_ptr<const HardwareDevice> HardwareDevice::open(const std::string& name, const std::string& option) {
  const std::string place = option + " " + printable(name);
  const size_t colon = name.find(':');
  const std::string kind = name.substr(0, colon);
  const std::vector<std::string> known = kinds();
  if (std::find(known.begin(), known.end(), kind) == known.end()) {
    throw UsageError(place, "is no hardware that this FFmpeg decodes with",
                     known.empty() ? "it knows none" : "it knows " + join(known, ", "));
  }
  if (colon != std::string::npos && colon + 1 == name.size()) {
    throw UsageError(option, "\"" + printable(name) + "\" names no device after the colon");
  }
  const char* device = colon == std::string::npos ? nullptr : name.c_str() + colon + 1;
  bool primary_context = false;
  const AVHWDeviceType type = av_hwdevice_find_type_by_name(kind.c_str());
  AVBufferRef* opened = nullptr;
  AvLog log;
  const AvLogScope scope(log);
  int code = -1;
  if (type == AV_HWDEVICE_TYPE_CUDA) {
    // The context that the CUDA runtime uses too: kernels reach the pictures, and a second one would take memory. It
    // cannot be had where someone made it first in another mode.
    AVDictionary* primary = nullptr;
    av_dict_set(&primary, "primary_ctx", "1", 0);
    code = av_hwdevice_ctx_create(&opened, type, device, primary, 0);
    av_dict_free(&primary);
    primary_context = code >= 0;
  }
  if (code < 0) {
    log.clear();
    code = av_hwdevice_ctx_create(&opened, type, device, nullptr, 0);
  }
  if (code < 0) {
    const std::vector<std::string> said = log.lines();
    throw RunError(place, "does not open: " + (said.empty() ? av_error_text(code) : join(said, ", ")),
                   "leave the option out to decode on the CPU");
  }
  // FFmpeg reads the name of a CUDA device in the same way.
  const int number = device ? static_cast<int>(std::strtol(device, nullptr, 0)) : 0;
  return std::make_shared<HardwareDevice>(AvBufferPtr(opened), primary_context, number);
}

}  // namespace vs::media

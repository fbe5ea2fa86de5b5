#include "lib/jobs/inputs/hwaccel.h"

#include <string>
#include <utility>

#include "lib/core/error.h"
#include "lib/plugin/load.h"

namespace vs::jobs {
namespace {

constexpr const char* kOption = "--hwaccel";

std::string cuda_name(int gpu) { return gpu == 0 ? "cuda" : "cuda:" + std::to_string(gpu); }

Hwaccel open_any(int gpu) {
  Hwaccel result;
  try {
    result.device = media::HardwareDevice::open(cuda_name(gpu), kOption);
    result.note = "--hwaccel auto: cuda decodes";
  } catch (const RunError& error) {
    result.note = "--hwaccel auto: the CPU decodes, cuda " + error.finding();
  } catch (const UsageError&) {
    result.note = "--hwaccel auto: the CPU decodes, this FFmpeg is built without cuda";
  }
  return result;
}

}  // namespace

void add_hwaccel(cli::OptionTable& table, const std::string& more) {
  std::string details =
      "Or another device that FFmpeg decodes with, such as vaapi:/dev/dri/renderD128. A device decodes what it can of "
      "H.264, HEVC, VP8, VP9 and AV1, whose standards fix every pixel, so that frames should be those of the CPU. "
      "Other videos, and those in which it reports damage, are decoded on the CPU, with a warning. A device may "
      "overlook damage that the CPU reports: the manifest says what decoded, and a killed run goes on with the same "
      "only.";
  if (!more.empty()) details += " " + more;
  table.text("hwaccel", "NAME", "what decodes: none (the CPU), cuda, cuda:1 (the second GPU), auto (cuda if it opens)")
      .default_value("none")
      .details(std::move(details));
}

Hwaccel open_hwaccel(const cli::ParsedOptions& parsed, int gpu) {
  const std::string& name = parsed.text("hwaccel");
  if (name == "none") return {};
  if (name == "auto") return open_any(gpu);
  return {media::HardwareDevice::open(name == "cuda" ? cuda_name(gpu) : name, kOption), ""};
}

const media::DevicePicturesMaker* device_pictures(const Hwaccel& hwaccel, int gpu) {
  const bool there = hwaccel.device && hwaccel.device->primary_context() && hwaccel.device->number() == gpu;
  return there ? &plugin::load_device_pictures(kOption) : nullptr;
}

}  // namespace vs::jobs

#include "lib/jobs/inputs/hwaccel.h"

#include "lib/core/error.h"

namespace vs::jobs {
namespace {

constexpr const char* kOption = "--hwaccel";

Hwaccel open_any() {
  Hwaccel result;
  try {
    result.device = media::HardwareDevice::open("cuda", kOption);
    result.note = "--hwaccel auto: cuda decodes";
  } catch (const RunError& error) {
    result.note = "--hwaccel auto: the CPU decodes, cuda " + error.finding();
  } catch (const UsageError&) {
    result.note = "--hwaccel auto: the CPU decodes, this FFmpeg is built without cuda";
  }
  return result;
}

}  // namespace

void add_hwaccel(cli::OptionTable& table) {
  table.text("hwaccel", "NAME", "what decodes: none (the CPU), cuda, cuda:1 (the second GPU), auto (cuda if it opens)")
      .default_value("none")
      .details(
          "Or another device that FFmpeg decodes with, such as vaapi:/dev/dri/renderD128. A device decodes what it can "
          "of H.264, HEVC, VP8, VP9 and AV1, whose standards fix every pixel, so that frames should be those of the "
          "CPU. Other videos, and those in which it reports damage, are decoded on the CPU, with a warning. A device "
          "may overlook damage that the CPU reports: the manifest says what decoded, and a killed run goes on with "
          "the same only. Scaling and encoding stay on the CPU.");
}

Hwaccel open_hwaccel(const cli::ParsedOptions& parsed) {
  const std::string& name = parsed.text("hwaccel");
  if (name == "none") return {};
  if (name == "auto") return open_any();
  return {media::HardwareDevice::open(name, kOption), ""};
}

}  // namespace vs::jobs

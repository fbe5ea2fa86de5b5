#include "lib/evaluate/device_frames.h"

namespace vs::evaluate {

void keep_frames_on_device(const at::Device& device, DataOptions& options, Log& log) {
  if (device.is_cpu()) return;
  options.clips.on_device = jobs::device_pictures(options.hwaccel, device.index());
  if (!options.clips.on_device) return;
  options.clips.video.frames_on_device = media::DevicePictures::kPicturesHeld;
  log.detail("frames stay on the GPU that decodes them where the pipeline works there");
}

at::Device beside_decoder(const at::Device& device, const DataOptions& options) {
  return options.hwaccel.device ? device : at::Device(at::kCPU);
}

}  // namespace vs::evaluate

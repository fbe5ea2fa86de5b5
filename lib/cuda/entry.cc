// The one function that libvscuda.so shows.
#include <string>

#include "lib/core/version.h"
#include "lib/cuda/backend.h"
#include "lib/cuda/frames/device_motion.h"
#include "lib/cuda/frames/device_pictures.h"
#include "lib/plugin/table.h"

extern "C" __attribute__((visibility("default"))) const vs::plugin::PluginTable* vs_plugin_table() {
  static const vs::cuda::Backend kDevice;
  static const vs::cuda::DeviceMotionMaker kMotion;
  static const vs::cuda::DevicePicturesMaker kPictures;
  static const std::string kVersion = vs::version();
  static const vs::plugin::PluginTable kTable{.interface_version = vs::plugin::kInterfaceVersion,
                                              .program_version = kVersion.c_str(),
                                              .device = &kDevice,
                                              .motion = &kMotion,
                                              .pictures = &kPictures};
  return &kTable;
}

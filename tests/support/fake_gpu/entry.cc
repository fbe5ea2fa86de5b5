// The one function that the fake libvscuda.so shows.
#include <string>

#include "lib/core/version.h"
#include "lib/cuda/frames/device_motion.h"
#include "lib/plugin/table.h"
#include "tests/support/fake_device/fake_device.h"
#include "tests/support/fake_gpu/device_pictures.h"

extern "C" __attribute__((visibility("default"))) const vs::plugin::PluginTable* vs_plugin_table() {
  static const vs::cuda::DeviceMotionMaker kMotion;
  static const vs::test::FakePicturesMaker kPictures;
  static const std::string kVersion = vs::version();
  static const vs::plugin::PluginTable kTable{.interface_version = vs::plugin::kInterfaceVersion,
                                              .program_version = kVersion.c_str(),
                                              .device = &vs::test::FakeDevice::backend(),
                                              .motion = &kMotion,
                                              .pictures = &kPictures};
  return &kTable;
}

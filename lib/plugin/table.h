// What a library that vs loads on demand shows: one function, and the table that it gives.
#pragma once

namespace vs::nn {
class DeviceBackend;
}
namespace vs::motion {
class DeviceMotionMaker;
}
namespace vs::media {
class DevicePicturesMaker;
}

namespace vs::plugin {

class FeaturePlugin;

/// Changes whenever an interface that the table leads to does.
inline constexpr int kInterfaceVersion = 5;

/// What the library's one function, kEntryName, gives. The first two members never change.
struct PluginTable {
  int interface_version;
  const char* program_version;                           ///< of vs
  const FeaturePlugin* features = nullptr;               ///< libvsnn.so
  const nn::DeviceBackend* device = nullptr;             ///< libvscuda.so
  const motion::DeviceMotionMaker* motion = nullptr;     ///< libvscuda.so
  const media::DevicePicturesMaker* pictures = nullptr;  ///< libvscuda.so
};
inline constexpr const char* kEntryName = "vs_plugin_table";
using PluginEntry = const PluginTable* (*)();

}  // namespace vs::plugin

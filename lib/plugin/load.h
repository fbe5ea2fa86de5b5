// Finding and loading the libraries that programs of vs load on demand. Once loaded they stay.
#pragma once

#include <string>
#include <vector>

#include "lib/plugin/feature_network.h"
#include "lib/plugin/table.h"

namespace vs::plugin {

/// Where they are looked for, in this order: the folder that VS_PLUGIN_DIR names, that of the program, ../lib/vs from
/// there, lib/vs below the install prefix.
std::vector<std::string> plugin_folders();

/// The networks of libvsnn.so. Any thread. Throws RunError naming `needed_by` (an option) if none of the folders holds
/// it, if it cannot be loaded, or if it was built for another version of vs.
const FeaturePlugin& load_feature_plugin(const std::string& needed_by,
                                         const std::vector<std::string>& folders = plugin_folders());

/// The GPU half, libvscuda.so, in the same way. LibTorch learns of GPUs by it, so this comes before anything that asks
/// LibTorch for one: what it finds then it remembers. Also throws where the library was built without that half.
const nn::DeviceBackend& load_device_backend(const std::string& needed_by,
                                             const std::vector<std::string>& folders = plugin_folders());

/// What measures motion on the GPU, of the same library, in the same way.
const motion::DeviceMotionMaker& load_device_motion(const std::string& needed_by,
                                                    const std::vector<std::string>& folders = plugin_folders());

/// What makes arrays of frames on the GPU that decoded them, of the same library, in the same way.
const media::DevicePicturesMaker& load_device_pictures(const std::string& needed_by,
                                                       const std::vector<std::string>& folders = plugin_folders());

}  // namespace vs::plugin

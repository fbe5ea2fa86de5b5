// Finding and loading libvsnn.so.
#pragma once

#include <string>
#include <vector>

#include "lib/plugin/feature_network.h"

namespace vs::plugin {

/// Where it is looked for, in this order: the folder that VS_PLUGIN_DIR names, that of the program, ../lib/vs from
/// there, lib/vs below the install prefix.
std::vector<std::string> plugin_folders();

/// The networks of libvsnn.so, which stays loaded. Any thread. Throws RunError naming `needed_by` (an option) if no
/// folder holds it, if it cannot be loaded, or if it was built for another version of vs.
const FeaturePlugin& load_feature_plugin(const std::string& needed_by);
/// The same with the folders given.
const FeaturePlugin& load_feature_plugin(const std::string& needed_by, const std::vector<std::string>& folders);

}  // namespace vs::plugin

// The one function that libvsnn.so shows.
#include <string>

#include "lib/core/version.h"
#include "lib/features/network.h"

extern "C" __attribute__((visibility("default"))) const vs::plugin::PluginTable* vs_plugin_table() {
  static const vs::features::Plugin kFeatures;
  static const std::string kVersion = vs::version();
  static const vs::plugin::PluginTable kTable{vs::plugin::kInterfaceVersion, kVersion.c_str(), &kFeatures};
  return &kTable;
}

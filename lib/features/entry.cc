// The one function that libvsnn.so shows.
#include <string>

#include "lib/core/version.h"
#include "lib/features/network.h"
#include "lib/plugin/table.h"

extern "C" __attribute__((visibility("default"))) const vs::plugin::PluginTable* vs_plugin_table() {
  static const vs::features::Plugin kFeatures;
  static const std::string kVersion = vs::version();
  static const vs::plugin::PluginTable kTable{
      .interface_version = vs::plugin::kInterfaceVersion, .program_version = kVersion.c_str(), .features = &kFeatures};
  return &kTable;
}

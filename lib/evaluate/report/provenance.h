// How a report's files were made, short enough to read: where commands ran, and sources by folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/jobs/annot/trace.h"

namespace vs::evaluate {

/// One file, or all files of a folder that were read.
struct SourceGroup {
  std::string name;  ///< as seen from the working folder; of a folder with "/" at the end
  uint64_t num_files = 1;
  uint64_t size = 0;   ///< bytes of all
  std::string sha256;  ///< of one file its own; of several that of the lines "SHA-256  NAME\n", sorted by name
};

/// Files of which a folder has more than a few become one group, named by the folder. Sorted by name.
std::vector<SourceGroup> grouped_sources(const std::vector<jobs::TracedSource>& sources);

/// The folder in which a command ran, as seen from the working folder; empty if that is the one, or is not known.
std::string relative_folder(const jobs::TracedCommand& command);

}  // namespace vs::evaluate

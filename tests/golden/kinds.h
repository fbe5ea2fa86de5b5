// The families of golden kinds. A family is one file kinds_<name>.cc that defines
//   KindTable <name>_kinds();
// in vs::golden. CMake writes the list from the files that are there, so that a new family is a new file and nothing
// else.
#pragma once

#include "tests/golden/golden.h"

namespace vs::golden {

struct Family {
  KindTable table;
  bool networks;     ///< from nn/ or train/: its cases are computed where networks are
  bool device_half;  ///< it is in a build without media too (VS_MEDIA=OFF)
};

/// Every family in this build.
std::vector<Family> every_family();

}  // namespace vs::golden

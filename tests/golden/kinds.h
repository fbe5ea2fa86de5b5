// The families of golden kinds. A family is one file kinds_<name>.cc that defines
//   KindTable <name>_kinds();
// in vs::golden. CMake writes the list from the files that are there, so that a new family is a new file and nothing
// else.
#pragma once

#include "tests/golden/golden.h"

namespace vs::golden {

/// The tables of every family in this build.
std::vector<KindTable> every_kind_table();

}  // namespace vs::golden

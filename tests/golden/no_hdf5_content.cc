// In the place of hdf5_content.cc where HDF5 is not there.
#include "lib/core/error.h"
#include "tests/golden/content.h"

namespace vs::golden {

std::unique_ptr<Content> open_hdf5(const std::string& path) {
  throw DataError(path, "no packed case, and this build reads no HDF5",
                  "vs-golden --pack of a whole build packs cases");
}

}  // namespace vs::golden

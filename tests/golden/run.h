// What vs-golden does with the files that it is given.
#pragma once

#include <string>
#include <vector>

#include "tests/golden/golden.h"

namespace vs::golden {

/// Relative error that floating-point outputs may have where own kernels or a GPU compute, in single precision without
/// TF32.
inline constexpr double kDeviceRtol = 1e-4;

/// Checks case files of either form and tables (.json), and prints a line each. Cases of networks are computed at
/// `place`, all others on the CPU. Returns kExitDone if every one passes, else kExitFailed.
int check_files(const std::vector<std::string>& paths, const Place& place);

/// Packs those of the case files that a build without media can check on a device, as
/// FOLDER/<folder of the file>/<name>.safetensors, and says how many. Returns kExitDone, or kExitFailed where a file
/// cannot be read, is of an unknown kind, or two different ones have one name.
int pack_files(const std::vector<std::string>& paths, const std::string& folder);

}  // namespace vs::golden

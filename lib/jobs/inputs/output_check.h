// Outputs looked at before any work: none may destroy what is read, or another output.
#pragma once

#include <string>
#include <vector>

namespace vs::jobs {

/// A file that a program was told to write, and by which option.
struct NamedOutput {
  std::string option;         ///< "--failed"
  std::string path;           ///< "" and "-" are passed over
  bool makes_folder = false;  ///< the program makes the folder that it lies in
};

/// Throws UsageError if an output is one of the inputs (by any name, through links too), if two outputs are one file,
/// or if the folder of one does not exist and is not made. Devices and pipes may be named twice. One look at each
/// input.
void check_outputs(const std::vector<NamedOutput>& outputs, const std::vector<std::string>& inputs);

/// Throws UsageError if a name cannot stand in make rules (--depfile): known before any work.
void check_make_names(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs);

}  // namespace vs::jobs

// From the manifests of a file back to the commands that made it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vs::jobs {

/// One command of a trace.
struct TracedCommand {
  std::vector<std::string> words;  ///< program name first
  std::string folder;              ///< where it ran, as far as its words tell; empty: not known
  std::string tool, version, start, manifest;
  double wall_s = 0;                 ///< how long it took
  std::vector<std::string> outputs;  ///< as seen from the working folder
};

/// An input that no manifest explains.
struct TracedSource {
  std::string path, sha256;
  uint64_t size = 0;
};

/// What a file was made by.
struct Trace {
  std::vector<TracedCommand> commands;   ///< in the order in which they have to run
  std::vector<TracedSource> sources;     ///< each once, sorted by absolute path
  std::vector<std::string> differences;  ///< files that are not as the manifests say, in words
  std::vector<std::string> unexplained;  ///< files that were asked for and have no manifest
};

/// Follows the manifest of `path` (a file, a folder, or a manifest), then those of its inputs, and so on; every
/// manifest once.
///
/// The manifest of an input is looked for beside it, in it, and in the folders above it where it is one of that
/// manifest's outputs. Sizes are compared, with `verify` hashes too. Throws DataError if `path` has no manifest, or a
/// manifest is damaged.
Trace trace_file(const std::string& path, bool verify);
/// The same for several, each command and source once. A path without manifest becomes one of `unexplained`.
Trace trace_files(const std::vector<std::string>& paths, bool verify);

/// The trace as a script for sh: every command in its folder, quoted; sources as comments.
std::string trace_script(const Trace& trace);

}  // namespace vs::jobs

// The manifest beside every output (`vs.manifest/1`): what made it, from what, with which options, and what failed.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace vs::store {

/// A file that was read or written.
struct FileRecord {
  std::string path;
  uint64_t size = 0;   ///< bytes
  std::string sha256;  ///< 64 hex digits
  bool operator==(const FileRecord&) const = default;
};

/// An item that was not done.
struct Failure {
  std::string id, path, reason;
  bool operator==(const Failure&) const = default;
};

/// How many items a run did, left out because they were there already, and could not do.
struct Counts {
  int64_t done = 0, skipped = 0, failed = 0;
  bool operator==(const Counts&) const = default;
};

/// Size and hash of a file. Of a folder: the sum of the sizes, and the hash of the lines "SHA256  NAME\n" of all files
/// below it by name (what `find -type f | sort | xargs sha256sum` prints, without "./"). Hidden files are left out.
/// Throws DataError if it cannot be read.
FileRecord file_record(const std::string& path);

/// Where the manifest of an output lies: `OUT.manifest.json` beside a file, `OUT/manifest.json` inside a folder.
/// `folder` says which one OUT is.
std::string manifest_path(const std::string& output, bool folder);

/// Collects what goes into a manifest. Not for use by several threads.
class Manifest {
 public:
  /// tool: "vs-motion"; its version is that of the build. command: the command line as given, program name first.
  /// parameters: all options after defaults. inner_parameters: those that change the result
  /// (ParsedOptions::parameters(true), parameters(false)). The time of the construction is the start, unless
  /// SOURCE_DATE_EPOCH is set.
  Manifest(std::string tool, std::vector<std::string> command, const nlohmann::ordered_json& parameters,
           const nlohmann::ordered_json& inner_parameters);
  Manifest(Manifest&&) noexcept;
  Manifest& operator=(Manifest&&) noexcept;
  ~Manifest();

  /// What an option came to ("auto" became "none"), in the place of what was given, wherever that stands.
  void settle_parameter(const std::string& name, const nlohmann::ordered_json& value);
  void set_seed(std::optional<uint64_t> seed);
  /// A path is given as the program sees it; it is written relative to the manifest's folder unless it is absolute.
  void add_input(FileRecord input);
  void add_inputs(const std::vector<FileRecord>& inputs);
  /// Hashes the file and adds it.
  void add_input(const std::string& path);
  /// Outputs are hashed when the manifest is written, folders as in file_record().
  void add_output(const std::string& path);
  void set_outcome(const Counts& counts, std::vector<Failure> failures);

  /// The document as it would lie in `folder`.
  nlohmann::ordered_json document(const std::string& folder) const;
  /// The copy inside a data file in `folder`: without command, outputs, start, wall time, and options that do not
  /// change the result.
  nlohmann::ordered_json inner_document(const std::string& folder) const;
  /// What a killed run must have in common with this one: tool, version, inner parameters, seed.
  nlohmann::ordered_json resume_key() const;

  /// Writes the manifest (validated) to `path`, see manifest_path().
  void write(const std::string& path) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads and checks a manifest file, or the copy inside a data file (`inner`: parts that it leaves out may be missing).
nlohmann::ordered_json read_manifest(const std::string& path);

/// The path as it is written in a document in `folder`: absolute ones stay, others (relative to the working folder)
/// become relative to it. "" and "." are the working folder.
std::string path_in_document(const std::string& path, const std::string& folder);
/// The other way round: the path of a document in `folder`, as seen from the working folder.
std::string path_from_document(const std::string& path, const std::string& folder);

/// Make rules "outputs: inputs" and an empty rule for each input, so that make does not fail when one is deleted.
/// Blanks, '#', '$', '%', ':', '=', patterns and backslashes are written as GNU make reads them back. Throws DataError
/// on a name that make cannot hold: with a line end, tab or semicolon.
std::string make_rules(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs);
/// Writes make_rules() to a file.
void write_depfile(const std::string& path, const std::vector<std::string>& outputs,
                   const std::vector<std::string>& inputs);

}  // namespace vs::store

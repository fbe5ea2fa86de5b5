// Writing the outputs of vs-annot: the file, its manifest, make rules.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/annot/annotation.h"
#include "lib/annot/format.h"
#include "lib/annot/write.h"
#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"
#include "lib/store/manifest.h"

namespace vs::jobs {

/// The group "Writing" of the option table.
struct AnnotWriting {
  std::string output;  ///< "-": standard output
  std::optional<annot::Format> format;
  annot::WriteOptions options;
  bool force = false, dry_run = false;
  std::string depfile;
};

AnnotWriting read_annot_writing(const cli::ParsedOptions& parsed);

/// Throws UsageError if the file is there and --force is not given. "-" is never in the way.
void refuse_existing(const std::string& path, bool force);

/// What was read for an output, and what came of its items.
struct AnnotSources {
  std::vector<std::string> paths;  ///< files; "-" is left out of the manifest
  /// Folders of which only the names count: not hashed; the manifest inside one is an input in its place.
  std::vector<std::string> folders;
  annot::Format format = annot::Format::kRawframes;  ///< of the input, kept where the output can have it
  bool keeps_format = true;                          ///< false: the media changed, the output's form follows from it
  char delimiter = 0;                                ///< of the input, kept with the format
  std::vector<store::Failure> failures;
  int64_t skipped = 0;
  std::optional<uint64_t> seed;
  bool classes_given = false;  ///< the class names are the user's (--classes): leaving them out loses nothing
};

/// The manifest of outputs made from `sources`, without the outputs.
store::Manifest annot_manifest(const AnnotSources& sources, int64_t records, const cli::ParsedOptions& parsed);

/// The format an output gets: --to, else by its ending, else that of the input where it fits the media.
annot::Format output_format(const AnnotWriting& writing, const std::string& path, const annot::AnnotationSet& set,
                            const AnnotSources& sources);

/// ".txt", ".csv", ".json" or ".h5".
std::string file_extension(annot::Format format);

/// One file to write.
struct AnnotOutput {
  std::string path;
  const annot::AnnotationSet* set = nullptr;
};

/// Writes all outputs, each with its manifest beside it, and the make rules. Nothing is written if one of them cannot
/// be: all texts are made first. With --dry-run only says what would be. Throws DataError for a set without records.
void write_annot_outputs(const std::vector<AnnotOutput>& outputs, const AnnotWriting& writing,
                         const AnnotSources& sources, const cli::ParsedOptions& parsed, cli::ProgramContext& context);

}  // namespace vs::jobs

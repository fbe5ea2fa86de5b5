// Reading the inputs of vs-annot as its options say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/annot/check_lists.h"
#include "lib/annot/format.h"
#include "lib/annot/read.h"
#include "lib/cli/parsed_options.h"
#include "lib/core/log.h"

namespace vs::jobs {

/// The group "Reading" of the option table.
struct AnnotReading {
  annot::ReadOptions options;
  std::optional<annot::Format> format;  ///< none: seen from the content
  std::string classes_path;             ///< file that the class names came from; empty: none, or a known label map
  std::vector<std::string> given;       ///< options on the command line that act on some formats only
};

/// with_data_prefix: the table has --data-prefix too. Throws UsageError for a delimiter of more than one character or
/// an unknown label map.
AnnotReading read_annot_reading(const cli::ParsedOptions& parsed, bool with_data_prefix = true);

/// One input file and its format.
struct AnnotInput {
  annot::NamedSet named;
  annot::Format format = annot::Format::kRawframes;
  char delimiter = 0;  ///< between the fields of a list, 0: blanks
};

/// Reads a file (- for standard input); says with --verbose what it was read as. Throws UsageError if an option was
/// given that does nothing on this format.
AnnotInput read_annot_input(const std::string& path, const AnnotReading& reading, Log& log);

/// A single character of an option, 0 if it is not given; `\t` and "tab" are a tab.
char delimiter_option(const cli::ParsedOptions& parsed, std::string_view name);

}  // namespace vs::jobs

// Options whose values may be lists with commas.
#pragma once

#include <string>
#include <vector>

#include "lib/cli/parsed_options.h"

namespace vs::cli {

/// The words of all values of a text option that may be repeated, each of which may be a list: "a,b" and "c" give a, b
/// and c, without blanks around them; none where it was not given. Throws UsageError for an empty word in a list.
std::vector<std::string> listed_words(const ParsedOptions& options, const std::string& name);

}  // namespace vs::cli

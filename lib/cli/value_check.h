// Is this text a value of that row? Used on what users give and on the defaults of a table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/cli/option.h"

namespace vs::cli {

/// What is wrong with `value` for this row, such as "must be at least 1"; nothing if it fits. With `look_at_files`
/// false paths are not looked for on the disk.
std::optional<std::string> find_fault(const Option::Row& row, const std::string& value, bool look_at_files);

/// The same for the word of a positional: choices are checked, paths and texts must not be empty.
std::optional<std::string> find_fault(const Positional& positional, const std::string& word);

/// "a", "a or b", "a, b or c"; "" of nothing.
std::string alternatives(const std::vector<std::string>& words);

/// "--plan", "--method ssim or mad", "--short-side, --height or --layout".
std::string in_words(const Need& need);

/// "from 1 to 9", "at least 1", "ending in .svg": the row's limits in words, "" if it has none.
std::string range_in_words(const Option::Row& row);

}  // namespace vs::cli

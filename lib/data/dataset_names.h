// How a record's name is looked up in files that were made from the same videos under other folders.
#pragma once

#include <string>
#include <vector>

namespace vs::data {

/// Names under which the video `name` (a path as an annotation file has it) may stand in a pack or motion file, best
/// first: the whole path, the path without its last suffix, the last component, and that without its suffix.
std::vector<std::string> lookup_names(const std::string& name);

/// The path without the suffix of its last component: "a/b.mp4" gives "a/b".
std::string without_suffix(const std::string& path);

}  // namespace vs::data

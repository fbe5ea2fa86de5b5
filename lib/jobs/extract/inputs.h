// The videos a run goes over: files, folders, lists, annotation files.
#pragma once

#include <vector>

#include "lib/core/log.h"
#include "lib/jobs/extract/extract_options.h"
#include "lib/store/item_run.h"

namespace vs::jobs {

/// All items that the options name, in the order named; folders sorted by path. An id is the path without its last
/// suffix below the folder that was searched, or the file's name alone (and `levels` folders above it).
///
/// Folders are searched for files with a video's suffix, hidden ones left out. A file or a line of a list may be any
/// file, also one that does not exist: that is the item's failure. The same path twice counts once. Throws UsageError
/// if two items have one id or nothing is found, DataError for a bad list or annotation file.
std::vector<store::Item> collect_items(const ExtractOptions& options, Log& log);

/// `path` without its last suffix, with `levels` folders above it. ".." and "." do not get into an id.
std::string item_id(const std::string& path, int64_t levels);

}  // namespace vs::jobs

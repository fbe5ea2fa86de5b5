// The videos a run of vs-extract goes over.
#pragma once

#include <vector>

#include "lib/core/log.h"
#include "lib/jobs/extract/extract_options.h"
#include "lib/jobs/inputs/item_list.h"
#include "lib/store/item_run.h"

namespace vs::jobs {

/// Video files only.
inline constexpr InputFilter kExtractInputs{};

/// As collect_item_list() with kExtractInputs.
std::vector<store::Item> collect_items(const ExtractOptions& options, Log& log);

}  // namespace vs::jobs

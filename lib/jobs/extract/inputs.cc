#include "lib/jobs/extract/inputs.h"

#include "lib/jobs/inputs/item_list.h"

namespace vs::jobs {

std::vector<store::Item> collect_items(const ExtractOptions& options, Log& log) {
  return collect_item_list(options, kExtractInputs, log).items;
}

}  // namespace vs::jobs

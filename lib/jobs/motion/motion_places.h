// Where a run of vs-motion writes, looked at before any work.
#pragma once

#include <string>
#include <vector>

#include "lib/jobs/motion/motion_options.h"
#include "lib/store/item_run.h"

namespace vs::jobs {

/// The items, those with a fault whose name can be no folder of flow images: store::with_folder_faults(), and names of
/// the files that this run writes into that folder. All as they are where none are written.
std::vector<store::Item> items_with_places(const MotionOptions& options, std::vector<store::Item> items);

/// The journal of a run: beside the first file that it writes. Empty where it writes none, or to
/// devices only.
std::string journal_path(const MotionOptions& options);

/// The folder of flow images of an item.
std::string flow_folder(const MotionOptions& options, const store::Item& item);

/// Throws UsageError where an output is in the way: files that exist, folders of flow images that exist (both allowed
/// with --force, and where the journal shows that a killed run may have made them), and at any rate folders of flow
/// images that are, hold or lie in an input or the folder of another video, or hold a file that is written.
/// items: those of this run; side_inputs: what else is read.
void check_places(const MotionOptions& options, const std::vector<store::Item>& items,
                  const std::vector<std::string>& side_inputs);

/// Makes the folders that the outputs lie in.
void make_places(const MotionOptions& options);

/// Files that the options name, those on standard output left out: the main one first.
std::vector<std::string> output_files(const MotionOptions& options);

}  // namespace vs::jobs

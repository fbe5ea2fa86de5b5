// What a program goes over: files, folders, lists, annotation files; one rule for all programs.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/cli/option_table.h"
#include "lib/cli/parsed_options.h"
#include "lib/core/log.h"
#include "lib/store/frames_file.h"
#include "lib/store/item_run.h"

namespace vs::jobs {

/// What a program takes beside video files.
struct InputFilter {
  bool frame_folders = false;  ///< folders of pictures, each one video
  bool packs = false;          ///< frames packs, a video each of theirs
  bool motion_file = false;    ///< one motion file instead of videos
};

/// What of a file's name names its video.
enum class NameSource {
  kStem,  ///< the name without its last suffix
  kFile,  ///< the whole name
};

/// What the command line says about inputs.
struct InputOptions {
  std::vector<std::string> paths;
  std::string list, annotations, annotation_format, data_prefix;
  std::optional<int64_t> levels;
  NameSource names = NameSource::kStem;
  bool names_given = false;
};

using PackMap = std::map<std::string, std::shared_ptr<const store::FramesFile>>;

/// What was found.
struct ItemList {
  std::vector<store::Item> items;  ///< a video of a pack has the pack's path and its id in the pack
  PackMap packs;                   ///< by path, each open once
  std::string motion_file;         ///< set: the one motion file given instead of videos; then items is empty
};

/// All items that the options name, in the order named; folders sorted by path.
///
/// A folder is searched for files with a video's suffix and, by the filter, for folders that hold pictures (.jpg,
/// .jpeg, .png), each of which is one video. Links to folders are followed, but not back into a folder that is being
/// searched. Hidden files are left out, and pictures beside videos. A line of a list may name a file that does not
/// exist: that is the item's failure; a path of the command line may not. The same path twice counts once. An id is as
/// item_id() makes it, with the folders between the folder that was searched and the file unless `levels` says how
/// many. A name that is not UTF-8 is its item's fault: no output could hold it. Throws UsageError if a path of the
/// command line does not exist, two items have one id, nothing is found, a motion file stands beside other inputs, or
/// the list or annotation file cannot be read; DataError for a bad pack.
ItemList collect_item_list(const InputOptions& options, const InputFilter& filter, Log& log);

/// The name of `path`, of a file without its last suffix unless `names` keeps it, with `levels` folders above it. ".."
/// and "." do not get into an id: a path that ends in one is looked up.
std::string item_id(const std::string& path, bool is_folder, int64_t levels, NameSource names = NameSource::kStem);

/// The files that were read and are no item: list, annotation file, packs, motion file. Standard input is none.
std::vector<std::string> side_inputs(const InputOptions& options, const ItemList& list);

/// True for names of HDF5 and JSON files.
bool is_hdf5_name(const std::string& path);
bool is_json_name(const std::string& path);

/// The group "Input": positionals, --list, --annotations, --from, --data-prefix, --levels, --names.
void add_input_options(cli::OptionTable& table, const InputFilter& filter);
/// What add_input_options() took.
InputOptions read_input_options(const cli::ParsedOptions& parsed);

}  // namespace vs::jobs

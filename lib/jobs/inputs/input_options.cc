// The option group of inputs.
#include <string>

#include "lib/jobs/inputs/item_list.h"

namespace vs::jobs {

void add_input_options(cli::OptionTable& table, const InputFilter& filter) {
  std::vector<std::string> suffixes{"mp4", "mkv", "webm", "avi", "mov", "mpg", "ts"};
  std::string help = "videos, or folders that are searched for videos";
  if (filter.frame_folders) help = "videos, folders of videos or of frames";
  if (filter.packs) {
    help += ", frames packs";
    suffixes.push_back("h5");
  }
  if (filter.motion_file) {
    help += "; or one motion file (.h5, .json)";
    suffixes.push_back("json");
  }
  table.group("Input");
  table.positional({.metavar = "VIDEO",
                    .help = help,
                    .min_count = 0,
                    .max_count = cli::Positional::kAnyNumber,
                    .suffixes = suffixes});
  table.input_path("list", "FILE", "also the videos of this list, one path a line; - for standard input").dash();
  const std::string what = filter.frame_folders ? "videos or frame folders" : "videos";
  table.input_path("annotations", "FILE", "also the " + what + " of this annotation file")
      .details("Any format that vs-annot reads; it is found out from the content unless --from names it.");
  const std::string example = filter.frame_folders ? "rawframes or videos" : "videos or kinetics-csv";
  table.text("from", "FORMAT", "format of the annotation file, such as " + example).needs("annotations");
  table.text("data-prefix", "DIR", "put before relative paths of the annotation file").needs("annotations");
  table.integer("levels", "N", "how many folders above a file belong to the video's name")
      .min(0)
      .max(16)
      .default_note("those below a folder that is searched, 0 otherwise")
      .details("What is written for a video is called by its name.");
  table
      .choice("names", "WHAT",
              {{"stem", "the file's name without its last suffix"},
               {"file", "the whole name: a.mp4 and a.avi are two videos"}},
              "what of a file's name is the video's name")
      .default_value("stem");
}

InputOptions read_input_options(const cli::ParsedOptions& parsed) {
  InputOptions options;
  options.paths = parsed.positionals();
  options.list = parsed.text_or("list", "");
  options.annotations = parsed.text_or("annotations", "");
  options.annotation_format = parsed.text_or("from", "");
  options.data_prefix = parsed.text_or("data-prefix", "");
  options.names = parsed.choice<NameSource>("names", {{"stem", NameSource::kStem}, {"file", NameSource::kFile}});
  options.names_given = parsed.given("names");
  if (parsed.has("levels")) options.levels = parsed.integer("levels");
  return options;
}

}  // namespace vs::jobs

#include "lib/jobs/annot/reading_options.h"

namespace vs::jobs {
namespace {

// Beyond any number of classes.
constexpr double kMostCounted = 1 << 30;

}  // namespace

std::vector<cli::Choice> format_choices() {
  return {
      {"rawframes", "folder, frames, label(s); with --with-offset an offset before the frames"},
      {"videos", "file, label(s)"},
      {"rawframes-json", "a JSON list of frame_dir, total_frames, label"},
      {"videos-json", "a JSON list of filename, label"},
      {"kinetics-csv", "label, youtube_id, time_start, time_end, split"},
      {"sth-csv", "id;label of Something-Something V1 and Jester"},
      {"sth-json", "id and template of Something-Something V2"},
      {"ucf101", "Class/name.avi number"},
      {"hmdb51", "one class's name.avi 1|2|0; -o NAME with {} writes a file a class"},
      {"mmit-csv", "file,label,label,..."},
      {"diving48-json", "a JSON list of vid_name, label"},
      {"activitynet-json", "the database of ActivityNet with durations and segments"},
      {"actnet-list", "AR-Net's lists of ActivityNet and FCVID: name,frames,label,..."},
      {"minik-list", "AR-Net's lists of Mini-Kinetics: path with blanks, frames, label"},
      {"annotations", "vs.annotations/1 (HDF5)"},
  };
}

void add_reading_options(cli::OptionTable& table, const std::string& group) {
  table.group(group);
  table.choice("from", "FORMAT", format_choices(), "format of the input").default_note("seen from the content");
  table.text("classes", "MAP", "class names: a known label map, a label file, or a Kinetics CSV file")
      .details("Known maps are those of share/labels, such as kinetics400, sthv1, activitynet, activitynet-frameexit.");
  table.integer("num-classes", "N", "labels must be below N")
      .min(1)
      .max(kMostCounted)
      .default_note("the number of class names, if known");
  table.flag("multi-class", "lists may have several labels a line");
  table.flag("with-offset", "rawframe lists have an offset before the number of frames");
  table.text("delimiter", "C", "one character between the fields of a list")
      .default_note("any run of blanks and tabs")
      .details("With another delimiter paths may hold blanks.");
  table.integer("level", "N", "folders above a name: 2 with the class folder, 1 without")
      .min(1)
      .max(2)
      .default_value("2");
  table.flag("unlabelled", "Kinetics: the label column means nothing (test files)");
  table.flag("drop-short", "AR-Net lists: leave out videos of fewer than 3 frames, as its training does");
}

}  // namespace vs::jobs

#include "lib/jobs/annot/option_table.h"

#include <string>
#include <vector>

#include "lib/annot/dataset.h"
#include "lib/annot/format.h"
#include "lib/jobs/annot/reading_options.h"
#include "lib/media/image_convert.h"
#include "lib/store/h5.h"

namespace vs::jobs {
namespace {

// Beyond any number of classes or frames.
constexpr double kMostCounted = 1 << 30;

void add_data_prefix(cli::OptionTable& table) {
  table.text("data-prefix", "FOLDER", "folder that the paths of the input lie in");
}

void add_writing_options(cli::OptionTable& table, bool several_files = false) {
  table.group("Writing");
  if (several_files) {
    table.output_path("output", "PATH", "folder for one file a part, or a file name with {} for the part")
        .letter('o')
        .required();
  } else {
    table.output_path("output", "FILE", "file to write, - for standard output").letter('o').dash().default_value("-");
  }
  table.choice("to", "FORMAT", format_choices(), "format to write")
      .default_note("that of the input, or by the ending .h5, .json or another");
  table.text("to-delimiter", "C", "one character between the fields of a written list").default_note("a blank");
  table.text("extension", "EXT", "ending put behind names that become video files, such as .mp4");
  table.flag("force", "replace an existing output").letter('f').run();
  table.flag("dry-run", "tell what would be written, and its size").letter('n').run();
  table.output_path("depfile", "FILE", "write make rules that name the inputs of the output");
}

void add_disk_options(cli::OptionTable& table) {
  table.group("What is on disk");
  table.text("template", "NAME", "name of a folder's frames, such as img_{:05}.jpg or image_%05d.jpg");
  table.text("frame-prefix", "TEXT", "files whose names begin so are frames")
      .default_value("img_")
      .conflicts("template");
}

/// For the subcommand that looks at folders only where it is told to.
void needs_frame_folders(cli::OptionTable& table, std::initializer_list<const char*> names) {
  for (const char* name : names) table.option(name).needs_one_of({"frames", {"media", {"frames"}}});
}

void add_convert(cli::OptionTable& program) {
  cli::OptionTable& table = program.subcommand("convert", "read annotations of any format, write them in any other");
  table.description(
      "INPUT is an annotation file, - for standard input, or with --dataset the folder of a published dataset's own "
      "annotation "
      "files. With --from-folder a list is made of the videos or frame folders that are there.");
  table.description(
      "A file with a bad line gives no output: every bad line is reported with file, line and column. With --videos or "
      "--frames a record is kept only if its video is there; videos whose folder holds no frame are reported and make "
      "the exit status 1.");
  table.positional({.metavar = "INPUT",
                    .help = "annotation file, or folder of a dataset's files",
                    .min_count = 0,
                    .must_exist = true});
  add_reading_options(table);
  add_data_prefix(table);
  table.group("Choosing and changing");
  table.choice("dataset", "NAME",
               {"kinetics400", "kinetics600", "kinetics700", "sthv1", "sthv2", "jester", "ucf101", "hmdb51", "mmit",
                "diving48", "activitynet"},
               "INPUT is the folder of this dataset's annotation files");
  table.choice("subset", "NAME", {"train", "val", "test"}, "keep this part")
      .default_note("train with --dataset, else all");
  table.integer("split-number", "N", "which split of UCF101 or HMDB51")
      .min(1)
      .max(3)
      .needs("dataset", {"ucf101", "hmdb51"})
      .default_note("1");
  table.text("relabel", "MAP", "give every label its index in another class order")
      .details(
          "FROM:TO names two label maps (activitynet:activitynet-frameexit); TO alone does where the class names are "
          "known; a "
          "JSON file may hold the list of new indices, or an object with one: FILE:KEY.");
  table.flag("clips", "ActivityNet: one record a labelled segment, with offset").needs("frames");
  table.flag("first-label", "ActivityNet: the first segment's label only, as the reference's video lists have it");
  add_disk_options(table);
  table.input_path("videos", "FOLDER", "find the video files in this folder").folder().conflicts("frames");
  table.input_path("frames", "FOLDER", "find the frame folders in this folder and count their frames").folder();
  table.text("flow-x-prefix", "TEXT", "names of flow images, x; x and y must be as many").default_value("flow_x_");
  table.text("flow-y-prefix", "TEXT", "names of flow images, y").default_value("flow_y_");
  table.input_path("from-folder", "FOLDER", "make a list of what is in this folder, instead of INPUT")
      .folder()
      .conflicts("videos")
      .conflicts("frames")
      .details("Paths begin with the folder as given, or with --data-prefix (. for none).");
  table
      .choice("media", "KIND",
              {{"videos", "video files at any depth"}, {"frames", "folders that hold frames, at any depth"}},
              "what --from-folder looks for")
      .default_value("videos")
      .needs("from-folder");
  table.flag("labels-from-folders", "the first folder below --from-folder is the class").needs("from-folder");
  table.output_path("failed", "FILE", "write the names of videos that are missing or have no frames")
      .needs_one_of({"videos", "frames", "from-folder"});
  for (const char* name : {"from", "multi-class", "with-offset", "delimiter", "unlabelled", "drop-short"}) {
    table.option(name).conflicts("dataset").conflicts("from-folder");
  }
  table.option("level").conflicts("from-folder");
  needs_frame_folders(table, {"template", "frame-prefix", "flow-x-prefix", "flow-y-prefix"});
  add_writing_options(table);
  table.example("vs-annot convert --relabel activitynet:activitynet-frameexit a.txt",
                "the same list in FrameExit's class order");
  table.example("vs-annot convert k400 --dataset kinetics400 --subset val --videos val",
                "a list of the Kinetics-400 validation videos that are there");
  table.example("vs-annot convert --from-folder videos --labels-from-folders -o all.txt",
                "a list from class folders of videos");
}

void add_check(cli::OptionTable& program) {
  cli::OptionTable& table = program.subcommand("check", "look for everything that is wrong with lists and their files");
  table.description(
      "Several FILEs are the splits of one dataset. Reported are bad lines, labels out of range or counted from 1, "
      "duplicates, "
      "videos in two splits, and for every video whether it opens and holds as many frames as promised (a frame "
      "folder: as "
      "listed). The exit status is 1 if there is an error; notes do not count.");
  table.positional(
      {.metavar = "FILE", .help = "annotation files", .max_count = cli::Positional::kAnyNumber, .must_exist = true});
  add_reading_options(table);
  add_data_prefix(table);
  add_disk_options(table);
  table.integer("start-index", "N", "number of a folder's first frame")
      .min(0)
      .max(kMostCounted)
      .default_note("1, or 0 where a frame 0 is there");
  table
      .choice("depth", "HOW",
              {{"none", "look at the lists only"},
               {"header", "open every video"},
               {"packets", "read all packets too: counts frames where they tell it"},
               {"decode", "decode every frame"}},
              "how videos are looked at")
      .default_value("decode");
  table.flag("allow-short", "fewer frames than promised, and damage, are notes, not errors")
      .needs("depth", {"header", "packets", "decode"});
  table.group("The run");
  table.output_path("failed", "FILE", "write the paths of videos that cannot be used as a list, for filter --drop");
  table.integer("jobs", "N", "look at N videos at once, 0 for all cores")
      .letter('j')
      .default_value("0")
      .min(0)
      .max(4096)
      .environment()
      .run();
  table.exit_status(1, "the check found an error");
  table.example("vs-annot check train.txt val.txt --data-prefix videos --failed bad.txt",
                "check two splits and keep a list of bad videos");
}

void add_filter(cli::OptionTable& program) {
  cli::OptionTable& table = program.subcommand("filter", "drop records that a report or a list names");
  table.positional({.metavar = "INPUT", .help = "annotation file", .must_exist = true});
  add_reading_options(table);
  add_data_prefix(table);
  table.group("Choosing");
  table.input_path("drop", "FILE", "leave out what this names: the JSON of check, or a list of paths or ids")
      .repeatable()
      .dash()
      .details(
          "A name fits with or without the data prefix, with or without extension. Of a check report errors count: "
          "videos that cannot be used, and the lines of INPUT that are duplicates, belong to another split, or have "
          "labels that do not fit.");
  table.input_path("keep", "FILE", "keep only what this list names").repeatable().dash();
  table.integer("min-frames", "N", "leave out records of fewer frames").min(1).max(kMostCounted).default_value("1");
  add_writing_options(table);
  table.example("vs-annot filter train.txt --data-prefix videos --drop bad.txt -o clean.txt", "drop what check found");
}

void add_split(cli::OptionTable& program) {
  cli::OptionTable& table =
      program.subcommand("split", "divide a list into training, validation and test, class by class");
  table.description(
      "Every class is divided in the same fractions; all records of one video stay together. The parts depend on the "
      "seed and "
      "the paths only, not on the order of the list.");
  table.positional({.metavar = "INPUT", .help = "annotation file", .must_exist = true});
  add_reading_options(table);
  add_data_prefix(table);
  table.group("Parts");
  table.text("parts", "LIST", "names and fractions of the parts; the first has some of every class")
      .default_value("train=0.8,val=0.2");
  table.integer("seed", "N", "seed of the choice").min(0).default_value("0").environment();
  add_writing_options(table, true);
  table.example("vs-annot split all.txt --parts train=0.8,val=0.1,test=0.1 -o lists",
                "writes lists/train.txt, lists/val.txt and lists/test.txt");
}

void add_merge(cli::OptionTable& program) {
  cli::OptionTable& table =
      program.subcommand("merge", "join annotation files, packs or plans, also the shards of one");
  table.description("Files named NAME-00000-of-00004.EXT are put in order and must all be there.");
  table.description(
      "Packs of frames and features (vs-extract), of motion (vs-motion), scores (vs-eval) and sampling plans are "
      "joined "
      "too. They must have been made with the same options and hold each video once; the result is the file that one "
      "run "
      "over all videos writes. Packs that say which --shard they are come in that order, others in the order given. "
      "Options of reading and of formats go with annotations only.");
  table.positional({.metavar = "FILE",
                    .help = "annotation files, packs or plans of one kind",
                    .max_count = cli::Positional::kAnyNumber,
                    .must_exist = true});
  add_reading_options(table);
  add_data_prefix(table);
  table.group("Merging");
  table.flag("unique", "keep the first of equal records; otherwise they are an error");
  add_writing_options(table);
  table.example("vs-annot merge part-0000*-of-00004.txt -o whole.txt", "join four shards");
  table.example("vs-annot merge frames-*-of-00016.h5 -o frames.h5", "join the packs of vs-extract --shard");
}

void add_stats(cli::OptionTable& program) {
  cli::OptionTable& table = program.subcommand("stats", "numbers about annotation files: classes, labels, frames");
  table.positional(
      {.metavar = "FILE", .help = "annotation files", .max_count = cli::Positional::kAnyNumber, .must_exist = true});
  add_reading_options(table);
  add_data_prefix(table);
  table.group("Showing");
  table.flag("per-class", "a row for every class").run();
  table.output_path("plot", "FILE.svg", "draw a chart").suffixes({"svg"});
  table
      .choice("plot-what", "WHAT",
              {{"classes", "records of every class"}, {"frames", "histogram of the numbers of frames"}}, "what to draw")
      .default_value("classes")
      .needs("plot");
  table.flag("force", "replace an existing chart").letter('f').run().needs("plot");
  table.example("vs-annot stats train.txt --classes kinetics400 --plot classes.svg",
                "counts, and a chart of the classes");
}

void add_trace(cli::OptionTable& program) {
  cli::OptionTable& table = program.subcommand("trace", "print the shell script that made a file");
  table.description(
      "Follows the manifests of FILE and of everything it was made from, and prints the commands in the order in which "
      "they have "
      "to run, quoted for sh. Inputs without a manifest are named with size and hash; one that has changed since is a "
      "warning.");
  table.positional({.metavar = "FILE", .help = "an output of vs, or its manifest"});
  table.flag("verify", "hash all files again; exit status 1 if one has changed or is gone").run();
  table.example("vs-annot trace plan.json > remake.sh", "a script that makes plan.json again");
}

}  // namespace

cli::OptionTable annot_option_table() {
  cli::OptionTable table("vs-annot", "annotations: convert, check, filter, split, merge, count, trace");
  table.description(
      "Reads and writes the lists and annotation files that video datasets and their training programs use, checks "
      "them against the "
      "videos, and derives new ones from them.");
  add_convert(table);
  add_check(table);
  add_filter(table);
  add_split(table);
  add_merge(table);
  add_stats(table);
  add_trace(table);
  table.see_also("vs-extract", 1).see_also("vs-motion", 1).see_also("vs", 7);
  table.library("HDF5", store::hdf5_version);
  table.library("FFmpeg", media::ffmpeg_version);
  cli::add_common_options(table);
  return table;
}

}  // namespace vs::jobs

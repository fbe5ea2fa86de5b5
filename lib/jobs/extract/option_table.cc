#include "lib/jobs/extract/option_table.h"

#include "lib/jobs/extract/feature_options.h"
#include "lib/jobs/extract/inputs.h"
#include "lib/jobs/extract/layouts.h"
#include "lib/jobs/inputs/hwaccel.h"
#include "lib/jobs/inputs/item_list.h"
#include "lib/jobs/inputs/run_options.h"
#include "lib/media/image_convert.h"

namespace vs::jobs {
namespace {

using cli::OptionTable;

constexpr const char* kChoiceGroup = "Which frames";
constexpr const char* kPictureGroup = "Pictures";
constexpr const char* kOutputGroup = "Output";
// More frames a second than any camera has, and a time beyond any video.
constexpr double kHighestRate = 1e6;
constexpr double kLatestTime = 1e9;

void add_choice_options(OptionTable& table) {
  table.group(kChoiceGroup);
  table.fraction("fps", "F", "F frames a second, the same frames as ffmpeg's filter fps=F")
      .above(0)
      .max(kHighestRate)
      .conflicts("rate")
      .conflicts("every")
      .conflicts("num-frames")
      .conflicts("at")
      .conflicts("key-frames")
      .details(
          "Slot k shows the last frame that starts before (k + 1/2)/F. A video shorter than half a slot gives no frame "
          "(see --at-least-one); a rate above the video's repeats frames.");
  table.fraction("rate", "F", "F frames a second, the same frames as ffmpeg's output option -r F")
      .above(0)
      .max(kHighestRate)
      .conflicts("every")
      .conflicts("num-frames")
      .conflicts("at")
      .conflicts("key-frames")
      .details("About a third of a slot earlier than --fps, one or two frames more.");
  table.integer("every", "N", "every Nth frame, from the first on")
      .min(1)
      .max(1 << 30)
      .conflicts("num-frames")
      .conflicts("at")
      .conflicts("key-frames");
  table.integer("num-frames", "N", "N frames spread over the video")
      .min(1)
      .max(1 << 24)
      .conflicts("at")
      .conflicts("key-frames")
      .details("Frames repeat where the video has fewer than N.");
  table
      .choice("spread", "HOW",
              {{"centers", "the middle of each of N equal parts: floor((k + 1/2) n / N)"},
               {"ends", "the first, the last, and evenly between"}},
              "how --num-frames are placed")
      .default_value("centers")
      .needs("num-frames");
  table.input_path("at", "PLAN", "the frames that a sampling plan names for each video")
      .conflicts("key-frames")
      .details("Each frame once, in display order, numbered by its place in the video (see --number-by).");
  table.flag("key-frames", "key frames only");
  table.real("start", "SECONDS", "only frames from this time on").min(0).max(kLatestTime).conflicts("at");
  table.real("end", "SECONDS", "only frames before this time").above(0).max(kLatestTime).conflicts("at");
  table.flag("at-least-one", "the middle frame where the choice is empty")
      .needs_one_of({"fps", "rate", "key-frames", "layout"})
      .details(
          "Very short videos have no frame by --fps. A video of which no frame is chosen is a failed item otherwise.");
}

void add_picture_options(OptionTable& table) {
  table.group(kPictureGroup);
  table.integer("short-side", "N", "scale so that the short side has N pixels")
      .min(1)
      .max(65535)
      .conflicts("size")
      .conflicts("height");
  table.integer("height", "N", "scale so that the height is N pixels").min(1).max(65535).conflicts("size");
  table.size("size", "WxH", "scale to exactly this size").max(65535);
  table.flag("only-smaller", "never make a picture larger").needs_one_of({"short-side", "height", "size", "layout"});
  table
      .choice("rounding", "RULE",
              {{"even", "the nearest even number, as scale=-2:N of ffmpeg"},
               {"near", "the nearest number, as scale=-1:N of ffmpeg"},
               {"cut", "cut off, as mmcv does"},
               {"round", "rounded, as denseflow does"}},
              "how the other side of --short-side and --height is rounded")
      .default_note("even, or that of the layout")
      .needs_one_of({"short-side", "height", "layout"});
  table
      .choice("interpolation", "NAME",
              {{"bilinear", "as ffmpeg's scaler: a triangle as wide as the reduction"},
               "nearest",
               "bicubic",
               "area",
               "lanczos",
               {"opencv-bilinear", "OpenCV's INTER_LINEAR to the bit, by way of RGB"}},
              "how pixels are weighted when the size changes")
      .default_note("bilinear, or that of the layout")
      .needs_one_of({"short-side", "height", "size", "layout"});
  table.flag("no-rotate", "leave pictures as stored, whatever the file says about display");
}

void add_output_options(OptionTable& table) {
  table.group(kOutputGroup);
  table
      .choice("format", "FORMAT",
              {{"jpeg", "JPEG, 4:2:0"},
               {"png", "PNG, RGB"},
               {"raw", "RGB, 3 bytes a pixel"},
               {"raw-gray", "gray made from RGB"},
               {"raw-luma", "the luma plane as decoded, 8 bits"}},
              "how frames are written")
      .default_note("jpeg; raw on standard output")
      .details("Folders take jpeg and png, packs all but raw-luma, standard output the raw ones.");
  table.integer("quality", "Q", "JPEG quality, libjpeg's scale")
      .min(1)
      .max(100)
      .default_note("95, or that of the layout")
      .details("Only where frames are written as JPEG.");
  table.text("template", "NAME", "names of the frame files, such as img_{:05}.jpg or img_%05d.jpg")
      .default_note("img_{:05}.jpg, or that of the layout")
      .details("Only where the output is a folder, as --start-index.");
  table.integer("start-index", "N", "number of the first frame")
      .min(0)
      .max(1 << 30)
      .default_note("0, or that of the layout");
  table
      .choice("number-by", "WHAT",
              {{"order", "the frames that are written, one after the other"},
               {"frame", "the frame's place in the video; repeats are left out"}},
              "what frame files are numbered by")
      .default_note("order; frame with --at");
  std::vector<cli::Choice> names;
  for (const Layout& layout : layouts()) names.emplace_back(layout.name, layout.help);
  table.choice("layout", "NAME", names, "names, numbering, size, rate and quality of published training code")
      .details(
          "Options given beside it go before. Where a script gives no JPEG quality FFmpeg lets it fall from picture to "
          "picture (rate control at 200 kbit/s); this is not copied: such layouts have quality 90.");
}

void add_reading_options(OptionTable& table) {
  table.group("Reading videos");
  add_allow_short(table);
  add_hwaccel(table, "Scaling and encoding stay on the CPU.");
  table.real("timeout", "SECONDS", "give up a video that yields no frame for this long")
      .default_value("60")
      .min(0)
      .max(kLatestTime)
      .details("0 waits for ever.")
      .run();
  table.output_path("index", "DIR", "keep the frame index of each video here and reuse it").folder().run();
  table
      .choice("probe", "DEPTH",
              {{"header", "what the file says"},
               {"packets", "count and key frames from the packets, by decoding where they do not tell"},
               {"decode", "decode everything"}},
              "write no frames, tell about the videos")
      .implied("packets")
      .conflicts("output")
      .conflicts("dry-run")
      .conflicts("force")
      .conflicts("failed")
      .conflicts("strict")
      .conflicts("depfile")
      .conflicts("allow-short")
      .conflicts("index")
      .conflicts_with_group(kChoiceGroup)
      .conflicts_with_group(kPictureGroup)
      .conflicts_with_group(kOutputGroup)
      .conflicts_with_group(kFeatureGroup);
}

}  // namespace

OptionTable extract_option_table() {
  OptionTable table("vs-extract", "frames of videos as pictures, packs or a stream; features of networks");
  table.description(
      "Decodes videos and writes the chosen frames: a folder of pictures for each video, one frames pack (HDF5) for "
      "all "
      "of them, or raw pixels on standard output. What comes out is a function of the options and the input alone; the "
      "number of jobs does not change a byte.");
  table.description(
      "An output path that ends in .h5 or .hdf5 is a pack, - is standard output, everything else a folder. Beside the "
      "frames lies a manifest: inside a folder manifest.json, beside a pack NAME.manifest.json. A run that was killed "
      "goes on where it stopped when it is started again with the same options. A finished folder takes more videos, "
      "or "
      "those that failed before, by another run with the same options; what is there is left alone.");
  table.description(
      "With --features a network of a recipe looks at the chosen frames, or at clips of them, and what a layer of it "
      "says goes into one file (vs.features/1), which h5py reads in three lines: features, offsets, video_id. Each "
      "forward pass runs on one thread, videos run side by side, and batches begin anew with each video: neither "
      "--jobs nor a killed run changes a byte.");
  table.environment_variable("VS_PLUGIN_DIR", "the folder of libvsnn.so, which --features needs");
  add_input_options(table, kExtractInputs);
  add_choice_options(table);
  add_picture_options(table);
  add_output_options(table);
  add_feature_options(table);
  add_reading_options(table);
  add_run_options(table, "folder, pack or features (.h5), or - for standard output", {"seed"});
  table.example("vs-extract -o frames --short-side 256 videos", "every frame of every video below videos/");
  table.example("vs-extract -o pack.h5 --num-frames 8 --size 224x224 --list train.txt", "8 frames each, one file");
  table.example("vs-extract -o - --format raw-gray --size 32x32 a.mp4 | od -An -tu1", "pixels for a pipe");
  table.example("vs-extract --probe --json a.mp4", "what the file holds");
  table.example("vs-extract -o rawframes --layout mmaction --short-side 256 videos", "as denseflow would write them");
  table.example("vs-extract -o f.h5 --features tsn.json --weights tsn.pth --fps 2 videos",
                "two rows of features a second, straight from the videos");
  table.see_also("vs-flops", 1);
  table.see_also("vs-motion", 1);
  table.see_also("vs-annot", 1).see_also("vs", 7);
  table.library("FFmpeg", media::ffmpeg_version);
  return table;
}

}  // namespace vs::jobs

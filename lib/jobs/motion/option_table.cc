#include "lib/jobs/motion/option_table.h"

#include "lib/jobs/inputs/hwaccel.h"
#include "lib/jobs/inputs/item_list.h"
#include "lib/jobs/inputs/run_options.h"
#include "lib/jobs/motion/motion_options.h"
#include "lib/media/image_convert.h"
#include "lib/motion/flow.h"

namespace vs::jobs {
namespace {

using cli::OptionTable;

const std::vector<std::string> kMotionSuffixes{"h5", "hdf5", "json"};
const std::vector<std::string> kDrawingRules{"train", "window-train"};

void add_reading_options(OptionTable& table) {
  add_input_options(table, kMotionInputs);
  table.text("template", "NAME", "names of the pictures in frame folders, such as img_{:05}.jpg")
      .default_note("found from the names");
  table
      .choice("input-values", "KIND", {{"raw", "motion between frames"}, {"curve", "a cumulative curve up to 1"}},
              "what the numbers of a motion file in JSON are")
      .default_note("raw, or what the manifest beside the file says");
  add_allow_short(table);
  add_hwaccel(table);
}

void add_motion_options(OptionTable& table) {
  table.group("Motion");
  table
      .choice("method", "METHOD",
              {{"ssim", "1 - SSIM of gray frames, as MGSampler measures it"},
               {"mad", "mean absolute difference of gray frames"},
               {"luma", "mean absolute difference of the luma planes as decoded: the fastest that looks at pixels"},
               {"codec", "from the compressed stream, see --codec-source"},
               {"flow", "mean length of optical flow, see --flow-algorithm"},
               {"pa", "difference after the first layer of PAN, MGSampler's feature level; needs --weights"}},
              "how motion is measured")
      .default_value("ssim")
      .details(
          "Frames are compared at their own size, as stored. Frames are not resized, cropped or turned. With --hwaccel "
          "cuda, luma and ssim are measured on the GPU too, where libvscuda.so is installed: luma with the same "
          "result, ssim to within 0.001.");
  table
      .choice("codec-source", "WHAT",
              {{"packets", "sizes of packets; nothing is decoded"},
               {"vectors", "motion vectors, which FFmpeg tells for H.264, MPEG-1, MPEG-2 and MPEG-4"}},
              "what --method codec looks at")
      .default_value("packets")
      .needs("method", {"codec"});
  table
      .choice("flow-algorithm", "NAME",
              {{"dis", "dense inverse search"},
               {"farneback", "polynomial expansion"},
               {"tvl1", "TV-L1, where OpenCV's optflow library is installed"}},
              "how --method flow computes flow")
      .default_value("dis")
      .needs("method", {"flow"});
  table.input_path("weights", "FILE", "checkpoint of PAN, with the layer of --method pa, PA.shallow_conv")
      .needs("method", {"pa"})
      .suffixes({"pth", "pt", "tar", "safetensors"})
      .details(
          "A file of torch.save or of safetensors. Frames enter as blue, green, red of 0..255, as in MGSampler's "
          "script, which stores finished curves for this measure: add --values curve for those.");
  table.output_path("flow-images", "DIR", "write the flow as pictures: DIR/VIDEO/flow_x_00000.jpg and flow_y_00000.jpg")
      .needs("method", {"flow"})
      .details(
          "As denseflow lays them out. A folder of a video that is there already is not touched unasked. The motion "
          "file is DIR/motion.h5 unless -o names it.");
  table.real("flow-bound", "B", "flow of -B..B pixels becomes gray 0..255")
      .default_value("20")
      .above(0)
      .max(10000)
      .needs("flow-images");
  table.integer("quality", "Q", "JPEG quality of flow images").default_value("95").min(1).max(100).needs("flow-images");
}

void add_plan_options(OptionTable& table) {
  table.group("Curve and plan");
  table.real("exponent", "MU", "smoothing: the curve adds up motion^MU; 1 takes motion as it is, 0 gives equal steps")
      .default_value("0.5")
      .min(0)
      .max(100)
      .needs_one_of({"plan", {"values", {"curve"}}, "plot"});
  table.integer("plan", "N", "choose N frames of each video at equal steps of the curve; -o then names the plan")
      .min(1)
      .max(1 << 20);
  table
      .choice("rule", "RULE",
              {{"test", "the middle of each step"},
               {"train", "a random place in each step"},
               {"window-test", "N frames inside each of --num-clips windows"},
               {"window-train", "N frames inside a window at a random place"}},
              "where in a step the plan looks")
      .default_value("test")
      .needs("plan");
  table.integer("num-clips", "K", "lists of N frames for each video")
      .default_value("1")
      .min(1)
      .max(1 << 16)
      .needs("plan");
  table.integer("window", "L", "motion values of a window")
      .default_value("64")
      .min(1)
      .max(1 << 20)
      .needs("rule", {"window-test", "window-train"});
  table.integer("epoch", "E", "number of the pass over the data; another one, other random draws")
      .default_value("0")
      .min(0)
      .needs("rule", kDrawingRules);
  table.output_path("save-motion", "FILE", "motion file beside the plan").suffixes(kMotionSuffixes).needs("plan");
}

void add_output_options(OptionTable& table) {
  table.group("Output");
  table
      .choice("values", "KIND", {{"raw", "motion between neighbouring frames"}, {"curve", "the cumulative curve"}},
              "what a motion file holds")
      .default_value("raw");
  table
      .choice("name-rule", "RULE",
              {{"extension", "the video's name, only the last suffix cut"},
               {"first-dot", "the file's name up to its first dot, as MGSampler's script"}},
              "names of videos in a motion file in JSON")
      .default_value("extension");
  table.output_path("plot", "FILE.svg", "draw the curve, its equal steps and the chosen frames of one video")
      .suffixes({"svg"});
  table.output_path("sheet", "FILE.png", "picture of chosen frames above uniformly spaced ones, of one video")
      .suffixes({"png"});
  table.text("video", "ID", "which video --plot and --sheet show")
      .default_note("the first")
      .needs_one_of({"plot", "sheet"});
}

}  // namespace

OptionTable motion_option_table() {
  OptionTable table("vs-motion", "motion of every frame of videos, and frames chosen by it");
  table.description(
      "Measures how much neighbouring frames of each video differ, and writes the values of all videos to one motion "
      "file: HDF5 (.h5), the JSON that MGSampler's loader reads (.json), or one JSON object a line on standard output "
      "(-). With --plan it chooses N frames of each video so that each stands for an equal share of the video's "
      "motion; vs-extract --at takes the plan. Without -o a table of the videos is printed.");
  table.description(
      "Instead of videos one motion file may be given: its values are converted, or used for a plan, without measuring "
      "again. A video of one frame has no motion values. Where nothing moves, a plan takes the first frame N times, as "
      "MGSampler does.");
  add_reading_options(table);
  add_motion_options(table);
  add_plan_options(table);
  add_output_options(table);
  add_run_options(table, "motion file, the plan with --plan (.json), or - for standard output");
  table.option("output").suffixes(kMotionSuffixes);
  table.option("hwaccel").needs("method", {"ssim", "mad", "luma", "flow", "pa"});  // codec decodes no picture
  table.option("seed").needs("rule", kDrawingRules);
  table.example("vs-motion -o motion.h5 videos", "1 - SSIM of all neighbouring frames of all videos below videos/");
  table.example("vs-motion --method luma -o motion.json --list train.txt", "the format of MGSampler, a faster measure");
  table.example("vs-motion --plan 8 -o plan.json motion.h5", "8 frames a video by the values in motion.h5");
  table.example("vs-motion --plan 8 -o plan.json --plot curve.svg --sheet sheet.png a.mp4", "with pictures to look at");
  table.example("vs-motion --method flow --flow-images flow videos", "flow images for two-stream networks");
  table.see_also("vs-extract", 1);
  table.see_also("vs-annot", 1).see_also("vs", 7);
  table.library("FFmpeg", media::ffmpeg_version);
  table.library("OpenCV", motion::opencv_version);
  return table;
}

}  // namespace vs::jobs

#include "lib/evaluate/data_options.h"

#include <torch/headeronly/version.h>

#include "lib/jobs/annot/reading_options.h"
#include "lib/media/image_convert.h"
#include "lib/media/image_jpeg.h"
#include "lib/media/image_png.h"
#include "lib/motion/flow.h"
#include "lib/nn/device.h"
#include "lib/store/h5.h"

namespace vs::evaluate {
namespace {

constexpr double kMostFrames = 1 << 30;

std::string libtorch_version() { return TORCH_VERSION; }

data::MissingVideos missing_named(const std::string& name) {
  if (name == "fail") return data::MissingVideos::kKeep;
  return name == "skip" ? data::MissingVideos::kLeaveOut : data::MissingVideos::kRefuse;
}

data::ShortVideo short_video_named(const std::string& name) {
  if (name == "modulo") return data::ShortVideo::kModulo;
  return name == "last" ? data::ShortVideo::kLastFrame : data::ShortVideo::kFail;
}

}  // namespace

void add_recipe_options(cli::OptionTable& table, const std::string& change) {
  table.text("recipe", "NAME|FILE", "a recipe of --list-recipes, or a file that holds one").conflicts("list-recipes");
  table.text("set", "KEY=VALUE", "change one value of the recipe, such as " + change)
      .repeatable()
      .needs("recipe")
      .details("Later ones win. Values are JSON or bare words; an unknown key is refused with the nearest one.");
}

void add_data_options(cli::OptionTable& table, const std::string& annotations_help) {
  table.group("Data");
  table.input_path("annotations", "FILE", annotations_help).needs("recipe");
  table.input_path("data", "PATH", "folder of the videos or frame folders, or a frames pack")
      .default_note("the working folder")
      .needs("annotations");
  table.text("suffix", "EXT", "put behind a path at which nothing lies").default_value(".mp4");
  table.text("split", "NAME", "only records of this split").needs("annotations");
  table.text("template", "NAME", "name of a folder's frames, such as img_{:05}.jpg").default_note("as found");
  table.integer("start-index", "N", "number of a folder's first frame")
      .default_note("as found")
      .min(0)
      .max(kMostFrames);
  table
      .choice("missing", "WHAT",
              {{"refuse", "an error that lists them, before anything is read"},
               {"fail", "each is a failed video"},
               {"skip", "they are left out, and metrics are over the rest"}},
              "what becomes of videos that are not there")
      .default_value("refuse");
  table
      .choice("short-video", "WHAT",
              {{"fail", "the video fails"},
               {"modulo", "counting begins anew, as readers on PyAV do"},
               {"last", "the last frame stands for them"}},
              "what becomes of frames that a video promises and does not have")
      .default_value("fail");
  table.integer("jpeg-short-side", "N", "decode JPEG frames reduced, to no less than this short side")
      .min(1)
      .max(65535)
      .details("Faster, and other pixels: scores differ from published ones. The manifest says so.");
  jobs::add_hwaccel(
      table,
      "Without a number, cuda is the GPU of --device. With --device cuda on the same GPU, frames stay there until they "
      "are the network's input, where the pipeline is no more than two resizes by OpenCV's bilinear, crops, mirrors "
      "and normalising: the same input.");
  table
      .input_path("motion", "FILE", "motion of the videos, for MGSampler: a file of vs-motion, or the reference's JSON")
      .conflicts("motion-method");
  table.choice("motion-values", "KIND", {{"raw", "motion"}, {"curve", "cumulative"}}, "what a JSON motion file holds")
      .default_value("raw");
  table.choice(
      "motion-method", "NAME",
      {{"ssim", "1 - SSIM, as published"}, {"mad", "mean absolute difference of grey"}, {"luma", "of the luma plane"}},
      "measure motion while reading, for MGSampler");
  jobs::add_reading_options(table, "Reading the annotations");
}

void add_library_versions(cli::OptionTable& table) {
  table.library("LibTorch", libtorch_version);
  table.library("FFmpeg", media::ffmpeg_version);
  table.library("OpenCV", motion::opencv_version);
  table.library("HDF5", store::hdf5_version);
  table.library("JPEG", media::jpeg_version);
  table.library("PNG", media::png_version);
}

DataOptions read_data_options(const cli::ParsedOptions& parsed) {
  DataOptions options;
  options.annotations = parsed.text_or("annotations", "");
  options.reading = jobs::read_annot_reading(parsed, false);
  options.dataset.root = parsed.text_or("data", "");
  options.dataset.suffix = parsed.text("suffix");
  options.dataset.split = parsed.text_or("split", "");
  options.dataset.missing = missing_named(parsed.text("missing"));
  if (parsed.has("template")) options.clips.name_template = FileTemplate::parse(parsed.text("template"));
  options.clips.start_index = parsed.integer_or("start-index", -1);
  options.clips.short_video = short_video_named(parsed.text("short-video"));
  options.clips.jpeg_short_side = parsed.integer_or("jpeg-short-side", 0);
  options.motion = parsed.text_or("motion", "");
  options.motion_method = parsed.text_or("motion-method", "");
  if (parsed.text("motion-values") == "curve") options.motion_values = motion::Values::kCurve;
  return options;
}

void open_hwaccel(DataOptions& options, const cli::ParsedOptions& parsed, const std::string& device) {
  options.hwaccel = jobs::open_hwaccel(parsed, nn::gpu_number(device).value_or(0));
  options.clips.video.hardware = options.hwaccel.device;
}

}  // namespace vs::evaluate

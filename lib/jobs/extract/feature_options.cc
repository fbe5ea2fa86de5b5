#include "lib/jobs/extract/feature_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "lib/cli/lists.h"
#include "lib/core/error.h"
#include "lib/core/sha256.h"
#include "lib/core/text.h"
#include "lib/jobs/extract/frame_network.h"
#include "lib/jobs/extract/recipe_pipeline.h"
#include "lib/jobs/inputs/named_input.h"
#include "lib/store/json.h"
#include "lib/store/recipe.h"

namespace vs::jobs {
namespace {

using cli::ParsedOptions;
using store::Json;

constexpr double kLargestSide = 65535;
constexpr double kMostFrames = 4096;  // of a batch, or from one frame of a clip to the next

/// Mean and standard deviation of ImageNet's colours, which mmaction2's recipes use.
constexpr std::array<double, 3> kImageNetMean{123.675, 116.28, 103.53}, kImageNetDeviation{58.395, 57.12, 57.375};
/// What TimeSformer and DRCA, which is built on it, use.
constexpr std::array<double, 3> kHalf{127.5, 127.5, 127.5};

/// The short side that pictures have before the crop: 256 for the crops of 224 to 256 that it is published with, in the
/// same proportion for others.
int short_side_for(int crop) {
  constexpr int kUsual = 256, kUsualCrop = 224;
  if (crop >= kUsualCrop && crop <= kUsual) return kUsual;
  return static_cast<int>(std::lround(static_cast<double>(crop) * kUsual / kUsualCrop));
}

bool is_transformer_over_time(const Json& model) {
  if (!model.contains("backbone") || !model["backbone"].is_object()) return false;
  const Json type = model["backbone"].value("type", Json());
  return type == Json("DRCA") || type == Json("TimeSformer");
}

/// What the network looks at: the recipe's, unless the command line says otherwise.
void read_pictures(const ParsedOptions& parsed, const RecipePictures& recipe, FeatureOptions& options) {
  std::vector<int64_t>& shape = options.request.shape;
  if (shape.size() < 4) throw UsageError("--features " + options.recipe, "does not say what goes into the network");
  int64_t& height = shape[shape.size() - 2];
  int64_t& width = shape[shape.size() - 1];
  if (parsed.has("crop")) height = width = parsed.integer("crop");
  if (std::max(height, width) > static_cast<int64_t>(kLargestSide))
    throw UsageError("--features " + options.recipe,
                     fmt::format("frames of {}x{}, more than vs handles", width, height));
  options.crop = {static_cast<int>(width), static_cast<int>(height)};
  const int shorter = std::min(options.crop.width, options.crop.height);
  // The recipe's goes with the recipe's crop.
  const int usual = recipe.short_side && !parsed.has("crop") ? *recipe.short_side : short_side_for(shorter);
  options.short_side = static_cast<int>(parsed.integer_or("short-side", usual));
  if (shorter > options.short_side) {
    throw UsageError("--short-side",
                     fmt::format("{} is less than the {} pixels that are cut out", options.short_side, shorter));
  }
}

void read_clips(const ParsedOptions& parsed, const RecipePictures& recipe, FeatureOptions& options) {
  const bool clips = options.request.shape.size() == 5;
  for (const char* name : {"frame-interval", "clip-stride"}) {
    if (!clips && parsed.given(name))
      throw UsageError(fmt::format("--{}", name), "only for networks that take clips",
                       fmt::format("{} takes frames", options.recipe));
  }
  if (!clips) return;
  const int64_t frames = options.request.shape[2];
  options.frame_interval = parsed.integer_or("frame-interval", recipe.frame_interval.value_or(1));
  if (frames > (int64_t{1} << 20)) throw UsageError("--features " + options.recipe, "has clips of too many frames");
  options.clip_stride = parsed.integer_or("clip-stride", frames * options.frame_interval);
}

}  // namespace

void add_feature_options(cli::OptionTable& table) {
  table.group(kFeatureGroup);
  auto& features =
      table.text("features", "RECIPE", "what a network says of the frames instead of the frames")
          .details(
              "A recipe by its name (vs-flops --list) or file. One row a frame, or a clip for networks that take "
              "clips, goes into one file NAME.h5 (vs.features/1). Frames are scaled as OpenCV does (see --short-side), "
              "cut out of the middle and normalised as the recipe's network wants it. Of a system it is what looks at "
              "frames: OCSampler's classifier, MGSampler's recognizer, ResKD's student, which shrinks them itself. A "
              "system's own choice of frames comes by --at (vs-motion --plan, vs-eval --save-picks). AdaFocusV2 gives "
              "glance and patch of each frame side by side, for as many frames as its recipe says, and with --layer "
              "global_CNN the glance at any frames; its variant for Something-Something and Jester gives the glance "
              "over a clip. Needs libvsnn.so.");
  for (const char* idle : {"size", "height", "only-smaller", "rounding", "interpolation", "format", "quality",
                           "template", "start-index", "number-by", "layout"}) {
    features.conflicts(idle);
  }
  table.text("set", "KEY=VALUE", "change one value of the recipe, such as model.backbone.depth=101")
      .repeatable()
      .needs("features");
  table.input_path("weights", "FILE", "the network's checkpoint: .pth, .pt, .pth.tar or .safetensors")
      .needs("features");
  table.flag("untrained", "start values instead of weights, to try things out").needs("features").conflicts("weights");
  table.integer("seed", "N", "of start values").min(0).needs_one_of({"untrained", "partial"}).default_note("0");
  table.text("partial", "NAME", "a tensor that may be missing or of another shape; * and ? stand for other characters")
      .repeatable()
      .needs("weights")
      .details("May be a list with commas, such as backbone.conv1.*: such tensors get start values.");
  table.text("name-map", "NAME", "how names in the checkpoint become those of the network")
      .needs("weights")
      .default_note("the map under which most names fit")
      .details("A map of share/name_maps, a file NAME.json, or none; NAME@PREFIX puts PREFIX before the names.");
  table.flag("inflate", "turn weights over images into weights over clips where the network asks for those")
      .needs("weights");
  table.text("layer", "NAME", "the layer whose output is kept, such as backbone.layer3 or backbone.layer4.1")
      .needs("features")
      .default_note("the backbone's output, before the head");
  table
      .choice("pool", "HOW",
              {{"mean", "the mean over space, and over time for clips"}, {"none", "the layer's whole map"}},
              "what is kept of a layer's output")
      .default_value("mean")
      .needs("layer");
  table.integer("crop", "N", "side of the square that is cut out of the middle")
      .min(1)
      .max(kLargestSide)
      .needs("features")
      .default_note("that of the recipe");
  table.integer("frame-interval", "N", "chosen frames from one frame of a clip to the next")
      .min(1)
      .max(kMostFrames)
      .needs("features")
      .default_note("that of the recipe, or 1");
  table.integer("clip-stride", "N", "chosen frames from the start of one clip to that of the next")
      .min(1)
      .max(1 << 30)
      .needs("features")
      .default_note("one clip after the other")
      .details(
          "A clip that does not end within the video is left out; a video shorter than a clip gives one, whose "
          "missing frames are its last one.");
  table.integer("batch", "N", "frames that go through the network at a time")
      .default_value("8")
      .min(1)
      .max(kMostFrames)
      .needs("features")
      .details("Whole clips, at least one. Another number can change the last bits of the features.");
  table.choice("dtype", "TYPE", {"float32", "float16"}, "what features are stored as")
      .default_value("float32")
      .needs("features");
}

std::shared_ptr<const FeatureOptions> read_feature_options(const ParsedOptions& parsed) {
  if (!parsed.has("features")) return nullptr;
  const auto named = parsed.text("features");
  const auto recipe =
      read_named_input("--features", [&] { return store::Recipe::load(named, parsed.texts("set"), "--features"); });
  auto options = std::make_shared<FeatureOptions>();
  options->recipe = recipe.name();
  if (store::Recipe::is_path(named)) options->recipe_file = named;
  const std::string document = recipe.document().dump();
  options->recipe_sha256 = sha256_of_bytes({reinterpret_cast<const uint8_t*>(document.data()), document.size()});
  plugin::FeatureRequest& request = options->request;
  const FrameNetwork network = frame_network(recipe.model(), recipe.shape());
  request.model = network.model->dump();
  request.shape = network.shape;
  request.weights = parsed.text_or("weights", "");
  if (request.weights.empty() && !parsed.flag("untrained")) {
    throw UsageError("--features", "needs the weights of the network", "give --weights FILE, or --untrained to try");
  }
  request.name_map = parsed.text_or("name-map", "auto");
  request.inflate = parsed.flag("inflate");
  request.partial = cli::listed_words(parsed, "partial");
  request.seed = static_cast<uint64_t>(parsed.integer_or("seed", 0));
  request.layer = parsed.text_or("layer", "");
  request.mean_of_positions = parsed.text("pool") == "mean";
  if (parsed.text("dtype") == "float16") options->type = store::FeatureType::kFloat16;
  const bool half = is_transformer_over_time(*network.model);
  const RecipePictures pictures = recipe_pictures(recipe.document());
  options->mean = pictures.mean.value_or(half ? kHalf : kImageNetMean);
  options->deviation = pictures.deviation.value_or(half ? kHalf : kImageNetDeviation);
  options->batch_frames = parsed.integer("batch");
  read_pictures(parsed, pictures, *options);
  read_clips(parsed, pictures, *options);
  return options;
}

Json feature_parameters(const FeatureOptions& options) {
  const auto& request = options.request;
  return {{"recipe_sha256", options.recipe_sha256},
          {"seed", request.weights.empty() || !request.partial.empty() ? Json(request.seed) : Json(nullptr)},
          {"input_shape", request.shape},
          {"short_side", options.short_side},
          {"mean", options.mean},
          {"deviation", options.deviation},
          {"frame_interval", options.frame_interval},
          {"clip_stride", options.clip_stride},
          {"batch_frames", options.batch_frames},
          {"pool", request.mean_of_positions ? "mean" : "none"}};
}

}  // namespace vs::jobs

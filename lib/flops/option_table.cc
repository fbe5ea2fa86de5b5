#include "lib/flops/option_table.h"

#include <torch/headeronly/version.h>

#include "lib/media/image_convert.h"
#include "lib/media/image_jpeg.h"
#include "lib/media/image_png.h"
#include "lib/nn/device_option.h"
#include "lib/nn/weights_options.h"
#include "lib/store/h5.h"

namespace vs::flops {
namespace {

using cli::OptionTable;

constexpr double kMostThreads = 4096, kMostBatch = 1 << 16, kMostRuns = 1 << 20;

std::string libtorch_version() { return TORCH_VERSION; }

void add_network_options(OptionTable& table) {
  table.group("What is counted");
  table.text("recipe", "NAME|FILE", "a recipe of --list, or a file that holds one")
      .conflicts("model")
      .conflicts("list")
      .conflicts("table");
  table.text("model", "JSON|FILE", "a model in the terms of mmaction2, as text or in a file")
      .conflicts("list")
      .conflicts("table");
  table.text("shape", "N,...", "the input of one video, without the batch")
      .default_note("that of the recipe")
      .needs_one_of({"recipe", "model"})
      .details(
          "Images,3,H,W for networks over images, clips,3,T,H,W for networks over clips; h,w is one image, and a "
          "single "
          "number one square image. The sizes may also be separate words.");
  table.text("set", "KEY=VALUE", "change one value of the recipe, such as model.backbone.depth=101")
      .repeatable()
      .needs_one_of({"recipe", "model"});
  table.flag("print-recipe", "print the recipe as it is after --set, and stop").needs_one_of({"recipe", "model"});
  table.flag("list", "list the recipes").conflicts("table");
  table.choice("table", "NAME", {{"published", "every published cost and number of parameters beside that of vs"}},
               "print a table of all recipes");
  table.text("exit-fractions", "P1,P2,...", "expected cost where this share of videos is done after each frame")
      .needs_one_of({"recipe", "model"})
      .details("One number a frame, which sum to 1. Costs are taken as equal for all frames.");
}

void add_report_options(OptionTable& table) {
  table.group("Report");
  table
      .choice("convention", "NAME",
              {{"mac", "multiply-accumulates of convolutions, linear layers, matrix products and recurrent layers"},
               {"flop", "twice that"},
               {"mmcv", "multiply-adds as mmcv counts: by kind of module, no attention products"},
               {"fvcore", "multiply-adds as fvcore and mmengine count: by operation"}},
              "how operations are counted in the tree")
      .default_value("mac")
      .details("The totals are given in all of them.");
  table.integer("depth", "N", "levels of the tree below the whole network").default_value("2").min(0).max(1000);
  table.flag("csv", "comma-separated values instead of a table").conflicts("json");
}

void add_measuring_options(OptionTable& table) {
  table.group("Measuring");
  table.text("with-decode", "VIDEO", "measure how long the frames of a clip take to decode; may be followed by more")
      .repeatable()
      .needs_one_of({"recipe", "model"});
  table.flag("latency", "time the forward on this machine, with random weights unless some are loaded")
      .needs_one_of({"recipe", "model"});
  nn::add_device_option(table, "where to run").needs("latency");
  nn::add_dtype_option(table, "what the large operations compute in").needs("latency");
  table.integer("threads", "N", "threads of one forward")
      .default_note("the number of cores")
      .min(1)
      .max(kMostThreads)
      .needs("latency");
  table.integer("batch", "N", "videos in one forward").default_value("1").min(1).max(kMostBatch).needs("latency");
  table.integer("runs", "N", "timed forwards, after three that are not")
      .default_value("20")
      .min(1)
      .max(kMostRuns)
      .needs("latency");
  table.integer("seed", "N", "of weights that no file gives, and of the input")
      .default_value("0")
      .min(0)
      .needs_one_of({"latency", "weights"});
}

}  // namespace

OptionTable flops_option_table() {
  OptionTable table("vs-flops", "what a video network costs");
  table.description(
      "Counts parameters, multiply-accumulates and activations of a network or a whole system for one video, module by "
      "module. Nothing is computed and no weights are needed: tensors have shapes only. An operation whose cost is not "
      "known is an error. With --weights a checkpoint is loaded besides, which says whether it fits, and may be "
      "written "
      "as safetensors.");
  table.description(
      "A MAC is one multiply-accumulate; FLOPs are twice the MACs. Papers often call MACs FLOPs, and count more or "
      "fewer "
      "kinds of layers: the totals of mmcv and fvcore are those that the tools behind most published figures give. "
      "Activations are the elements that convolutions, linear layers and matrix products put out.");
  add_network_options(table);
  add_report_options(table);
  nn::add_weights_options(table, {"recipe", "model"});
  nn::add_export_options(table);
  add_measuring_options(table);
  table.positional({.metavar = "WORD",
                    .help = "more sizes of --shape, or more videos of --with-decode",
                    .min_count = 0,
                    .max_count = cli::Positional::kAnyNumber,
                    .kind = cli::Kind::kText});
  cli::add_common_options(table);
  table.example("vs-flops --recipe tsn_r50_1x1x8_50e_minik_rgb", "a network of a published experiment");
  table.example("vs-flops --recipe activitynet_10to6_resnet50 --depth 1", "OCSampler: the sampler and the classifier");
  table.example("vs-flops --recipe DRCA-S-K4-224 --set model.backbone.comp_k=2", "DRCA that keeps 2 frames");
  table.example("vs-flops --model model.json --shape 1,3,8,224,224 --convention fvcore", "a model of your own");
  table.example("vs-flops --recipe tsn_r50_1x1x8_50e_minik_rgb --latency --dtype bfloat16", "its speed here");
  table.example("vs-flops --recipe tsn.json --weights tsn.pth --export tsn.safetensors",
                "check a checkpoint and convert it");
  table.example("vs-flops --table published", "published figures beside those of vs");
  table.exit_status(1, "A published figure is neither met nor explained, or a video cannot be decoded.");
  table.section("FILES", "Recipes are files share/recipes/NAME.json; VS_SHARE names another folder than share.");
  table.see_also("vs-extract", 1).see_also("vs", 7);
  table.library("LibTorch", libtorch_version);
  table.library("FFmpeg", media::ffmpeg_version);
  table.library("HDF5", store::hdf5_version);
  table.library("JPEG", media::jpeg_version);
  table.library("PNG", media::png_version);
  return table;
}

}  // namespace vs::flops

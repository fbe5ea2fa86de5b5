#include "lib/train/loop/option_table.h"

#include <string>

#include "lib/evaluate/data_options.h"
#include "lib/nn/device_option.h"
#include "lib/nn/weights_options.h"

namespace vs::train {
namespace {

using cli::OptionTable;

constexpr double kMostThreads = 4096, kMostBatch = 1 << 16, kMostIterations = 1e15;

void add_experiment_options(OptionTable& table) {
  table.group("Experiment");
  evaluate::add_recipe_options(table, "train.epochs=10");
  table.flag("auto-scale-lr", "scale the learning rate to the batch of all processes together")
      .needs("recipe")
      .details("Published rates are for train.total_batch videos an iteration.");
  table.flag("list-recipes", "list the recipes that say how they are trained");
  table.flag("print-recipe", "print the recipe as it would train, and stop").needs("recipe");
}

void add_validation_options(OptionTable& table) {
  table.group("Validation");
  table.input_path("val", "FILE", "annotations of the videos to validate with").needs("annotations");
  table.input_path("val-data", "PATH", "where they lie").default_note("as --data").needs("val");
  table.input_path("val-motion", "FILE", "their motion").default_note("as --motion").needs("val");
  table.integer("val-batch", "N", "videos in one forward of a validation").default_value("1").min(1).max(kMostBatch);
  table.flag("test-last", "at the end, score the last checkpoint with the recipe's test pipeline")
      .needs("val")
      .details("On the videos of --val, as vs-eval does; scores go to test_last.h5, metrics to test_last.json.");
  table.flag("test-best", "the same with the checkpoint of the best validation").needs("val");
}

void add_run_options(OptionTable& table) {
  table.group("The run");
  table.flag("resume", "go on from the folder's last checkpoint, or begin where there is none");
  nn::add_device_option(table, "where networks compute");
  nn::add_dtype_option(table, "what large operations compute in; weights stay in float32")
      .details("float16: on GPUs, with a loss that is scaled so that small gradients are not lost.");
  table.flag("no-graphs", "on a GPU, launch every training step anew")
      .run()
      .details(
          "Without it losses and gradients of the second batch of a shape are recorded as a CUDA graph, which then "
          "does them for all batches of that shape: the same numbers with less work for the CPU, for as much memory of "
          "the GPU as one more step takes. Systems whose steps ask for values in between (OCSampler, DRCA's retrieval) "
          "and batch normalisation over several processes are never recorded.");
  table.integer("threads", "N", "threads of one step").default_note("the number of cores").min(1).max(kMostThreads);
  table.integer("log-every", "N", "iterations between lines of the log")
      .default_value("20")
      .min(1)
      .max(kMostIterations);
  table.integer("save-every", "N", "iterations between saves within an epoch, 0 for none")
      .default_value("0")
      .min(0)
      .max(kMostIterations);
  table.flag("tensorboard", "write an event file for TensorBoard too");
}

void add_process_options(OptionTable& table) {
  table.group("Several processes");
  table.integer("nproc", "N", "start N processes here that train together, each on batches of its own")
      .min(1)
      .max(kMostThreads)
      .details(
          "Under torchrun --no-python, srun or mpirun leave it out: RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT say "
          "which process of how many this is. With --device cuda each takes the GPU of its number on its machine "
          "(LOCAL_RANK and what srun and mpirun say); with --device cuda:0 the first that it is shown.");
  table.integer("timeout", "SECONDS", "how long processes wait for each other").default_value("600").min(1).max(1e6);
}

}  // namespace

void add_training_options(OptionTable& table, const std::function<void(OptionTable&)>& add_own) {
  table.description(
      "SIGINT, SIGTERM and SIGUSR1 save and stop. A run that was stopped anywhere and goes on with --resume ends with "
      "the same weights, bit by bit, as one that never stopped, on one kind of machine with one number of threads; on "
      "a GPU, which adds in another order each time, to rounding.");
  add_experiment_options(table);
  if (add_own) add_own(table);
  evaluate::add_data_options(table, "the videos to train with and their labels, in any format of vs-annot");
  add_validation_options(table);
  nn::add_weights_options(table, {"recipe"}, "init");
  add_run_options(table);
  add_process_options(table);
  cli::add_item_options(table, {"shard", "failed"});
  table.option("output").help("the folder to write");
  table.option("jobs").help("read N videos at once, 0 for all cores");
  table.option("strict").help("stop at the first video that cannot be read");
  table.option("dry-run").help("say what would be trained, and stop");
  table.option("force").help("begin anew where the folder holds a run");
  cli::add_common_options(table);
  table.see_also("vs-annot", 1).see_also("vs-eval", 1).see_also("vs-motion", 1);
  evaluate::add_library_versions(table);
}

OptionTable train_option_table() {
  OptionTable table("vs-train", "train recognizers and samplers as published");
  table.description(
      "A recipe names network, data pipelines, losses, optimiser and schedule; --list-recipes shows those of the "
      "published trainings. Checkpoints, metrics.jsonl, curves.svg and a manifest go to a folder.");
  add_training_options(table);
  table.example("vs-train --recipe my.json --annotations train.txt --val val.txt -o run", "train and validate");
  table.example("vs-train --recipe DRCA-S-K4-224 --set train.epochs=5 --print-recipe", "what would be trained");
  table.section("FILES",
                "In the folder: last, best and epoch_N.safetensors are weights that vs-eval takes, each with a file "
                "NAME.state.safetensors from which --resume goes on; metrics.jsonl, curves.svg, recipe.json and "
                "manifest.json.");
  table.see_also("vs-distill", 1).see_also("vs", 7);
  return table;
}

}  // namespace vs::train

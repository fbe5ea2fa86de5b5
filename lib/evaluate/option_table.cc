#include "lib/evaluate/option_table.h"

#include <string>

#include "lib/evaluate/data_options.h"
#include "lib/evaluate/metric_list.h"
#include "lib/evaluate/score_pictures.h"
#include "lib/jobs/annot/reading_options.h"
#include "lib/nn/device_option.h"
#include "lib/nn/weights_options.h"

namespace vs::evaluate {
namespace {

using cli::OptionTable;

constexpr double kMostThreads = 4096, kMostBatch = 1 << 16, kMostResamples = 1e7, kMostFrames = 1 << 30;

std::string metrics_in_words() {
  std::string text;
  for (const auto& one : metric_names()) text += (text.empty() ? "" : "; ") + one.name + ": " + one.help;
  return text + ".";
}

void add_metric_options(OptionTable& table, const std::string& otherwise) {
  table.group("Metrics");
  table.text("metrics", "NAME,...", "what to compute").repeatable().default_note(otherwise).details(metrics_in_words());
  table.text("topk", "K,...", "which K of top_k_accuracy").default_value("1,5").repeatable();
  table.flag("renumber-classes",
             "arnet_map as published: classes that no video has are taken out and the rest renumbered");
  table.integer("bootstrap", "N", "confidence intervals from N resamples of the videos, 0 for none")
      .default_value("0")
      .min(0)
      .max(kMostResamples);
  table.real("confidence", "SHARE", "of the intervals").default_value("0.95").above(0).max(1);
  table.output_path("save-metrics", "FILE", "write the metrics as vs.metrics/1").suffixes({"json"});
}

void add_average_option(OptionTable& table, const std::string& otherwise) {
  table
      .choice(
          "average-clips", "HOW",
          {{"prob", "mean of the rows' soft-max"}, {"score", "mean of the rows"}, {"none", "there is one row only"}},
          "how the rows of a video, its clips and crops, become one")
      .default_note(otherwise);
}

void add_experiment_options(OptionTable& table) {
  table.group("Experiment");
  add_recipe_options(table, "model.backbone.comp_k=2");
  table.choice("pipeline", "NAME", {"test", "val", "train"}, "which of the recipe's data pipelines")
      .default_value("test")
      .details("Early exit takes its thresholds from training videos, as training sees them.");
  table.text("protocol", "NAME", "how many views of a video are scored: 10x3, twice-sample, three-crop, ten-crop")
      .default_note("the recipe's own")
      .needs("recipe")
      .details("CLIPSxCROPS, or several joined by +, such as twice-sample+three-crop.");
  add_average_option(table, "the recipe's own");
  table.flag("list-recipes", "list the recipes that say how videos are read");
  table.flag("print-recipe", "print the recipe as it would run, and stop").needs("recipe");
}

void add_compute_options(OptionTable& table) {
  table.group("The network");
  nn::add_device_option(table, "where it runs");
  nn::add_dtype_option(table, "what its large operations compute in");
  table.integer("batch", "N", "videos in one forward").default_value("1").min(1).max(kMostBatch);
  table.integer("threads", "N", "threads of one forward").default_note("the number of cores").min(1).max(kMostThreads);
  table.flag("deterministic", "the same scores for any --threads, at some cost of speed").conflicts("threads");
  table.flag("untrained", "random weights from --seed instead of a checkpoint: for trying things out");
}

void add_run(OptionTable& program) {
  OptionTable& table = program.subcommand("run", "score videos with a network");
  table.description(
      "Reads the frames that the recipe's sampler asks for, runs the recipe's system on them and writes the scores of "
      "every clip and video; then prints metrics. A killed run goes on where it stopped.");
  add_experiment_options(table);
  add_data_options(table, "the videos to score and their labels, in any format of vs-annot");
  nn::add_weights_options(table, {"recipe"});
  add_compute_options(table);
  add_metric_options(table, "those of the recipe, else those that fit the labels");
  cli::add_item_options(table);
  table.option("output").help("the score file (HDF5) to write").suffixes({"h5", "hdf5"});
  table.option("jobs").help("read N videos at once, 0 for all cores");
  table.output_path("save-picks", "FILE", "write which frames were looked at, as vs-extract --at takes it")
      .suffixes({"json"});
  table.output_path("sheet", "FILE", "draw what was looked at of one video: frames, and patches where there are some")
      .suffixes({"png"});
  table.text("video", "ID", "the video of --sheet").needs("sheet").default_note("the first that was scored");
  table.example("vs-eval --recipe tsm.json --weights w.pth --annotations val.txt -o s.h5", "score a checkpoint");
  table.example("vs-eval --recipe DRCA-S-K4-224 --protocol 1x1 --print-recipe", "what would run");
}

void add_rescoring(OptionTable& program) {
  const cli::Positional files{.metavar = "SCORES",
                              .help = "score files of vs-eval, or pickle and JSON exports of the reference programs",
                              .min_count = 1,
                              .max_count = cli::Positional::kAnyNumber,
                              .must_exist = true};
  const auto add_reading = [](OptionTable& table) {
    table.group("Labels");
    table.input_path("annotations", "FILE", "labels, and names where the scores have none")
        .default_note("the file's own");
    jobs::add_reading_options(table, "Labels");
  };
  const auto add_seed = [](OptionTable& table) {
    table.group("Metrics");
    table.integer("seed", "N", "of the resampling").default_value("0").min(0);
  };
  const auto add_output = [](OptionTable& table) {
    table.group("Writing");
    table.output_path("output", "FILE", "write the scores that come out").letter('o').suffixes({"h5", "hdf5"});
    table.flag("force", "replace an existing output").letter('f').run();
  };

  OptionTable& score = program.subcommand("score", "metrics of saved scores");
  score.positional(files);
  add_metric_options(score, "those that fit the labels");
  add_seed(score);
  add_average_option(score, "as the file says");
  score.flag("per-class", "figures of every class too");
  add_picture_options(score);
  add_reading(score);
  score.example("vs-eval score scores.h5 --bootstrap 1000 --per-class", "with confidence intervals and every class");
  score.example("vs-eval score a.h5 b.h5 c.h5 --plot cost.svg", "accuracy against cost");

  OptionTable& fuse = program.subcommand("fuse", "the weighted sum of several score files");
  fuse.positional(files);
  fuse.group("Fusion");
  fuse.text("coefficients", "A,B,...", "one number a file").default_note("1 each");
  fuse.flag("softmax", "scores go through a soft-max first");
  add_average_option(fuse, "as the files say");
  add_output(fuse);
  add_metric_options(fuse, "those that fit the labels");
  add_seed(fuse);
  add_reading(fuse);
  fuse.example("vs-eval fuse rgb.h5 flow.h5 --coefficients 1,0.5 -o both.h5", "two streams");

  OptionTable& again = program.subcommand("again", "the same scores with another average over clips");
  again.positional({.metavar = "SCORES", .help = "a score file with several rows a video", .must_exist = true});
  add_average_option(again, "as the file says");
  again.option("average-clips").required();
  add_output(again);
  add_metric_options(again, "those that fit the labels");
  add_seed(again);
  add_reading(again);

  OptionTable& compare = program.subcommand("compare", "two score files of the same videos, paired");
  compare.positional(
      {.metavar = "SCORES", .help = "the two score files", .min_count = 2, .max_count = 2, .must_exist = true});
  add_average_option(compare, "as the files say");
  add_metric_options(compare, "top1 where every video has one label, else mean average precision");
  add_seed(compare);
  add_reading(compare);
  compare.description(
      "With one label a video: McNemar's test, and every video that is predicted differently. With several: a paired "
      "bootstrap of the difference of mean average precision.");

  OptionTable& report = program.subcommand("report", "several systems as one page: tables, charts, how it was made");
  report.description(
      "Score files of one recipe's name are runs of one system, such as one a seed; every system is compared with the "
      "first, run by run where both were made from the same weights. Without --output the tables are printed as "
      "Markdown.");
  report.positional(files);
  report.group("Report");
  report.input_path("outline", "FILE", "headings, texts and names of the systems, as vs.outline/1")
      .default_note("one section, systems by their recipes' names");
  report.text("title", "TEXT", "title of the page").default_note("the outline's");
  add_output(report);
  report.option("output").help("write a page of HTML that needs no other file, or Markdown").suffixes({"html", "md"});
  add_metric_options(report, "those that fit the labels");
  add_seed(report);
  add_average_option(report, "as the files say");
  add_reading(report);
  report.example("vs-eval report a.h5 b.h5 --metrics top_k_accuracy -o report.html", "two systems side by side");
}

void add_exit(OptionTable& program) {
  OptionTable& table = program.subcommand("exit", "early exit: accuracy against cost for any budget");
  table.description(
      "SCORES and --train hold the logits after every frame, as AdaFocusV2's runs keep them. For each budget "
      "thresholds "
      "are set on the training videos, and accuracy and expected cost are measured on the others.");
  table.positional({.metavar = "SCORES", .help = "score file of the test videos", .must_exist = true});
  table.group("Early exit");
  table.input_path("train", "FILE", "score file of training videos, run with --pipeline train").required();
  table.text("budgets", "P,...", "how fast the shares of exits rise")
      .default_note("0.5 to 3.9 in steps of 0.1, as published");
  table
      .choice("measure", "NAME", {{"largest-logit", "as published"}, {"entropy", "sum of p log p"}},
              "how sure a stage is")
      .default_value("largest-logit");
  table.choice("metric", "NAME", {"top1", "mean_average_precision", "arnet_map"}, "what is measured")
      .default_note("top1 where every video has one label, else mean_average_precision");
  table.real("gflops", "N", "10^9 multiply-accumulates of a video that looks at every frame")
      .default_note("as the file says")
      .above(0)
      .max(1e9);
  add_average_option(table, "as the file says");
  table.output_path("plot", "FILE", "draw both curves").suffixes({"svg"});
  table.output_path("output", "FILE", "write the scores of the stages at which videos leave, for one budget")
      .letter('o')
      .suffixes({"h5", "hdf5"})
      .needs("budgets");
  table.flag("force", "replace an existing output").letter('f').run();
  table.group("Labels");
  table.input_path("annotations", "FILE", "labels of the test videos").default_note("the file's own");
  jobs::add_reading_options(table, "Labels");
}

void add_retrieve(OptionTable& program) {
  OptionTable& table = program.subcommand("retrieve", "mean average precision of video retrieval");
  table.group("Retrieval");
  table.input_path("queries", "FILE", "embeddings of the queries (vs.features/1)").required();
  table.input_path("database", "FILE", "embeddings of the database").required();
  table.input_path("relevant", "FILE", "annotation of FIVR-200K as JSON: {query: {ND, DS, CS, IS: [names]}}")
      .required();
  table.integer("best-clips", "N", "average over the N clips of a query that match best, 0 for all")
      .default_value("0")
      .min(0)
      .max(kMostFrames);
}

}  // namespace

OptionTable eval_option_table() {
  OptionTable table("vs-eval", "score videos with published systems, and scores with metrics");
  table.description(
      "Without a subcommand's name it is run. A recipe names a system, its data pipeline and its test; --list-recipes "
      "shows the published ones. Scores go to a file, from which every metric can be had again without the network.");
  add_run(table);
  add_rescoring(table);
  add_exit(table);
  add_retrieve(table);
  table.default_subcommand("run");
  cli::add_common_options(table);
  table.exit_status(1, "A video could not be scored; the metrics are over the others.");
  table.section("FILES", "Recipes are files share/recipes/NAME.json; VS_SHARE names another folder than share.");
  table.see_also("vs-annot", 1).see_also("vs-flops", 1).see_also("vs-motion", 1).see_also("vs", 7);
  add_library_versions(table);
  return table;
}

}  // namespace vs::evaluate

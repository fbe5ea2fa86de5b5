#include "lib/train/distillation/option_table.h"

#include "lib/train/loop/option_table.h"

namespace vs::train {
namespace {

using cli::OptionTable;

constexpr double kMostPixels = 1 << 16, kMostViews = 1 << 20;

void add_teacher_options(OptionTable& table) {
  table.group("Teacher and student");
  table.input_path("teacher", "FILE", "the teacher's checkpoint").needs("recipe");
  table.text("teacher-recipe", "NAME|FILE", "the recipe of the teacher's network")
      .needs("recipe")
      .details(
          "For any student but those of ResKD's recipes (rkd_...), which describe their teacher. A Recognizer2D or "
          "Recognizer3D with the same classes and the same normalisation; images become one clip for a teacher of "
          "clips, and the frames of each clip images for one of images.");
  table.integer("student-size", "N", "side of the student's frames in pixels")
      .default_note("as its recipe trains")
      .min(1)
      .max(kMostPixels)
      .needs("teacher-recipe")
      .details(
          "Videos go through the student's training pipeline, with all its sizes scaled so that it gives frames as "
          "large as the teacher's recipe does; the student sees them shrunk to its own size, bilinearly. With this "
          "option its pipelines for validation and test are scaled too; student.json has them.");
  table.text("term", "NAME[:WEIGHT[:TEMPERATURE]]", "what the student takes from the teacher")
      .repeatable()
      .needs("recipe")
      .default_note("as published with ResKD's recipes, else scores:1:4")
      .details(
          "scores: the divergence of soft-max(scores / T), times T squared (Hinton et al. 2015). features: mean "
          "squared "
          "difference of the maps, the student's resized to the teacher's. pooled: that of their means over time and "
          "space. score_maps: divergence of what the two classifiers say at every position (ResKD). Where features "
          "differ in width a linear layer between them is learned, and left out of student.safetensors. WEIGHT is 1, "
          "TEMPERATURE 4 where not given.");
  table.integer("views", "N", "give every video N fixed augmented views, taken in rotation over the epochs")
      .min(1)
      .max(kMostViews)
      .needs("recipe")
      .default_note("each epoch draws new ones");
  table
      .text("cache-teacher", "FILE",
            "compute what the teacher says once, keep it here, and use it instead of running it")
      .needs({"views"})
      .details(
          "An HDF5 file (vs.teacher/1) of the terms' outputs for each view of each video, made before the first step "
          "if it is not there; a killed run goes on with it. Teacher, views, seed, pipeline and videos must be those "
          "that it was made with. The teacher is one in evaluation mode, which is what it is but for ResKD's recipes: "
          "--set train.distillation.teacher_eval=true there.");
  table.choice("cache-dtype", "TYPE", {{"float32", "exact"}, {"float16", "half the size"}}, "how it is stored")
      .default_value("float32");
}

void add_report_options(OptionTable& table) {
  table.group("Report");
  table.flag("report", "write report.json: accuracy beside cost, latency and memory of student and teacher")
      .needs("recipe");
  table.input_path("baseline", "PATH", "the same student trained alone: a run's folder, or a file of metrics or scores")
      .needs("recipe")
      .details("The report then has the gain; with score files of both (--test-last) also a paired test.");
  table.input_path("teacher-metrics", "PATH", "what the teacher reaches, in the same forms").needs("recipe");
  table.text("measure", "FILE", "print the cost of a recipe's model, and stop").hidden();
}

}  // namespace

OptionTable distill_option_table() {
  OptionTable table("vs-distill", "train a student on small frames with a teacher on large ones");
  table.description(
      "A teacher that was trained sees the same frames as the student, at its own resolution, and what it says joins "
      "the student's loss. Recipes of ResKD (rkd_...) train as published; with --teacher-recipe any recognizer teaches "
      "any other that has the same classes.");
  add_training_options(table, [](OptionTable& own) {
    add_teacher_options(own);
    add_report_options(own);
  });
  table.example("vs-distill --recipe rkd_tsm_1x1x8_100e_sthv2 --print-recipe", "what ResKD's TSM is trained by");
  table.example("vs-distill --recipe r.json --teacher t.pth --annotations train.txt -o run", "a recipe of one's own");
  table.example("vs-distill --recipe s.json --teacher-recipe t.json --print-recipe", "any other pair");
  table.section("FILES",
                "In the folder, beside those of vs-train: student.safetensors, the student alone under plain names, of "
                "the best checkpoint where there was a validation, else of the last; student.json, the recipe by which "
                "vs-eval takes it; report.json.");
  table.see_also("vs-train", 1).see_also("vs-flops", 1).see_also("vs", 7);
  return table;
}

}  // namespace vs::train

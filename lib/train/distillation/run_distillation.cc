#include "lib/train/distillation/run_distillation.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"
#include "lib/train/checkpoints/checkpoint.h"
#include "lib/train/distillation/measure.h"
#include "lib/train/distillation/recipes.h"
#include "lib/train/distillation/report.h"
#include "lib/train/distillation/teacher_cache.h"
#include "lib/train/loop/companion.h"
#include "lib/train/loop/run_training.h"

namespace vs::train {
namespace {

namespace fs = std::filesystem;
using store::Json;

constexpr std::chrono::milliseconds kLook{200};

class DistillationRun final : public Companion {
 public:
  explicit DistillationRun(const cli::ParsedOptions& parsed)
      : parsed_(parsed),
        cache_{parsed.text_or("cache-teacher", ""), parsed.text("cache-dtype") == "float16", parsed.flag("force")} {
    request_.teacher = parsed.text_or("teacher", "");
    request_.teacher_recipe = parsed.text_or("teacher-recipe", "");
    for (const auto& term : parsed.texts("term")) request_.terms.push_back(parse_distillation_term(term));
    if (parsed.has("student-size")) request_.student_size = parsed.integer("student-size");
    if (parsed.has("views")) request_.views = parsed.integer("views");
    report_ = {parsed.text_or("baseline", ""), parsed.text_or("teacher-metrics", "")};
    if (!cache_.path.empty() && !request_.views)
      throw UsageError("--cache-teacher", "needs fixed views, or each epoch would have others",
                       "--views N gives every video N of them");
  }

  RecipeLayers layers() override {
    return {[this](Json& document) { request_distillation(document, request_); },
            [this](Json& document) {
              settle_distillation(document);
              if (!cache_.path.empty() && !names_teacher(document.at("train")))
                throw UsageError("--cache-teacher", "this teacher is in training mode: it says other things each time",
                                 "--set train.distillation.teacher_eval=true");
            }};
  }

  std::vector<std::string> inputs(const Json& document) override {
    const std::string teacher = teacher_file_of(document);
    if (teacher.empty()) throw UsageError("--teacher", "is missing", "a teacher that nobody trained teaches nothing");
    if (!fs::exists(teacher)) throw UsageError("--teacher " + printable(teacher), "is not there");
    check_report_request(report_);
    std::vector<std::string> files{teacher};
    for (const auto& path : {report_.baseline, report_.teacher_metrics}) {
      if (!path.empty()) files.push_back(path);
    }
    return files;
  }

  void complete(Json& fingerprint) override {
    fingerprint["teacher"] = store::file_record(teacher_file_of(fingerprint.at("recipe"))).sha256;
    set_teacher_file(fingerprint.at("recipe"), "");
  }

  bool prepare(const PreparedTraining& run) override {
    if (cache_.path.empty()) return true;
    auto& task = dynamic_cast<TaughtTask&>(run.task);
    const Json key = cache_key(run, task.options(), reading(), cache_.half);
    while (!open(key, task.options(), run)) {
      if (run.rank > 0) {
        // The first process computes it.
        throw_if_cancelled();
        std::this_thread::sleep_for(kLook);
        continue;
      }
      task.load_teacher();
      compute_teacher_outputs(run, task, cache_, key, parsed_.command());
    }
    task.use_outputs(*outputs_);
    return true;
  }

  std::string finish(const FinishedTraining& run, Json& document) override {
    const std::string best = checkpoint_files(run.folder, kBestCheckpoint).weights;
    const std::string from = fs::exists(best) ? best : checkpoint_files(run.folder, kLastCheckpoint).weights;
    export_student(run.document, from, run.folder + "/student.safetensors");
    store::write_json(run.folder + "/student.json", recipe_of_student(run.document));
    document["student"] = run.folder + "/student.safetensors";
    if (!parsed_.flag("report") && !parsed_.has("baseline") && !parsed_.has("teacher-metrics")) return {};
    const Json report = make_report(run, report_);
    store::write_document(run.folder + "/report.json", "distillation_report", report);
    document["report"] = report;
    return report_table(report);
  }

 private:
  /// How frames are read, as far as it changes them.
  Json reading() const {
    const Json all = parsed_.parameters(true);
    Json own = Json::object();
    for (const char* name :
         {"short_video", "jpeg_short_side", "template", "start_index", "motion_method", "motion_values"})
      own[name] = all.at(name);
    own["motion"] = parsed_.has("motion") ? Json(store::file_record(parsed_.text("motion")).sha256) : Json();
    return own;
  }

  /// False if there is no file, or one that --force replaces.
  bool open(const Json& key, const TeachingOptions& options, const PreparedTraining& run) {
    if (!cache_is_there(cache_.path)) return false;
    try {
      outputs_ = std::make_unique<TeacherFile>(cache_.path, key, options.terms, run.data, options.views);
    } catch (const Error&) {
      if (cache_.force) return false;
      throw;
    }
    return true;
  }

  const cli::ParsedOptions& parsed_;
  CacheOptions cache_;
  DistillationRequest request_;
  ReportRequest report_;
  std::unique_ptr<TeacherFile> outputs_;
};

}  // namespace

int run_distillation(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  if (parsed.has("measure")) return print_measure(parsed.text("measure"), parsed, context);
  DistillationRun run(parsed);
  return run_training_with(run, parsed, context);
}

}  // namespace vs::train

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "lib/annot/check_lists.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/jobs/annot/annot.h"
#include "lib/jobs/annot/check_files.h"
#include "lib/jobs/annot/reading.h"
#include "lib/jobs/annot/text_table.h"
#include "lib/store/item_run.h"
#include "lib/store/json.h"

namespace vs::jobs {
namespace {

/// A finding as it is reported: of a list, of a bad line, or of a file on disk.
struct Reported {
  annot::Finding finding;
  int64_t column = 0;
  bool on_disk = false;  ///< about the file itself
};

struct CheckedFile {
  std::string path, format;  ///< format empty: could not be read
  int64_t records = 0;
};

/// A file on disk, and where the lists name it first.
struct NamedFile {
  std::string path, list;
  int64_t line = 0, needed_frames = 0;
  bool frames = false;
};

class Check {
 public:
  Check(const cli::ParsedOptions& parsed, cli::ProgramContext& context)
      : parsed_(&parsed), context_(&context), reading_(read_annot_reading(parsed)) {
    files_options_.frame_prefix = parsed.text("frame-prefix");
    if (parsed.has("template")) files_options_.name_template = FileTemplate::parse(parsed.text("template"));
    files_options_.start_index = parsed.integer_or("start-index", -1);
    files_options_.allow_short = parsed.flag("allow-short");
    const std::string& depth = parsed.text("depth");
    look_at_files_ = depth != "none";
    files_options_.depth = depth == "header"    ? media::ProbeDepth::kHeader
                           : depth == "packets" ? media::ProbeDepth::kPackets
                                                : media::ProbeDepth::kDecode;
  }

  int run() {
    num_classes_ = reading_.options.num_classes;
    if (num_classes_ == 0) num_classes_ = static_cast<int64_t>(reading_.options.classes.size());
    for (const std::string& path : parsed_->positionals("FILE")) read_list(path);
    for (annot::Finding& finding : annot::check_lists(sets_, num_classes_))
      findings_.push_back({std::move(finding), 0, false});
    if (look_at_files_) look_at_files();
    int64_t errors = 0;
    for (const Reported& reported : findings_) errors += reported.finding.error ? 1 : 0;
    print(errors);
    write_failed();
    return errors > 0 ? kExitFailed : kExitDone;
  }

 private:
  void read_list(const std::string& path) {
    AnnotReading reading = reading_;
    // Labels are compared with the number of classes here, where "counted from 1" can be told.
    reading.options.check_label_range = false;
    CheckedFile file{path == "-" ? "standard input" : path, {}, 0};
    try {
      AnnotInput input = read_annot_input(path, reading, context_->log());
      file.format = annot::name_of(input.format);
      file.records = static_cast<int64_t>(input.named.set.items.size());
      sets_.push_back(std::move(input.named));
    } catch (const annot::AnnotationErrors& errors) {
      for (const annot::Problem& problem : errors.problems()) add_problem(problem);
    } catch (const DataError& error) {
      findings_.push_back({{true, "cannot_read", file.path, 0, {}, error.what()}, 0, false});
    }
    files_.push_back(std::move(file));
  }

  void add_problem(const annot::Problem& problem) {
    std::string text = problem.text();
    const std::string place = problem.place() + ": ";
    if (text.starts_with(place)) text.erase(0, place.size());
    findings_.push_back(
        {{true, std::string(annot::name_of(problem.code)), problem.file, problem.line, {}, std::move(text)},
         problem.column,
         false});
  }

  /// Every path once, in the order of the lists.
  std::vector<NamedFile> named_files() const {
    std::vector<NamedFile> files;
    std::unordered_map<std::string, size_t> index;
    for (const annot::NamedSet& named : sets_) {
      if (named.set.media == annot::Media::kNames) continue;
      for (const annot::Annotation& item : named.set.items) {
        const auto [place, first] = index.emplace(item.path, files.size());
        if (first) files.push_back({item.path, named.file, item.line, 0, named.set.media == annot::Media::kFrames});
        NamedFile& file = files[place->second];
        if (item.num_frames > 0) file.needed_frames = std::max(file.needed_frames, item.offset + item.num_frames);
      }
    }
    return files;
  }

  void look_at_files() {
    const std::vector<NamedFile> files = named_files();
    for (const annot::NamedSet& named : sets_) {
      if (named.set.media == annot::Media::kNames) {
        findings_.push_back(
            {{false, "names_only", named.file, 0, {}, "it names no files, only its lines were checked"}, 0, false});
      }
    }
    std::vector<store::Item> items;
    std::unordered_map<std::string, const NamedFile*> by_path;
    for (const NamedFile& file : files) {
      items.push_back({file.path, file.path});
      by_path.emplace(file.path, &file);
    }
    store::ItemRunOptions run;
    run.jobs = static_cast<int>(parsed_->integer("jobs"));
    run.hash_inputs = false;
    run.window = 1024;
    const auto look = [&](const store::Item& item) {
      const NamedFile& file = *by_path.at(item.path);
      try {
        return file.frames ? check_frame_folder(file.path, file.needed_frames, files_options_)
                           : check_video_file(file.path, files_options_);
      } catch (const DataError& error) {
        return std::vector<FileFinding>{{true, "cannot_open", error.what()}};
      }
    };
    const auto keep = [&](const store::ItemOutcome& outcome, std::vector<FileFinding> found) {
      const NamedFile& file = *by_path.at(outcome.item->path);
      for (FileFinding& finding : found) {
        findings_.push_back(
            {{finding.error, std::move(finding.kind), file.list, file.line, file.path, std::move(finding.text)},
             0,
             true});
      }
    };
    store::run_items(items, run, context_->log(), {}, look, keep, [](const store::ItemOutcome&, const std::string&) {});
    videos_ = static_cast<int64_t>(items.size());
  }

  void print(int64_t errors) const {
    int64_t records = 0;
    for (const CheckedFile& file : files_) records += file.records;
    const auto notes = static_cast<int64_t>(findings_.size()) - errors;
    if (context_->json()) {
      store::Json document = {
          {"schema", "vs.annot_check/1"}, {"files", store::Json::array()}, {"findings", store::Json::array()}};
      for (const CheckedFile& file : files_) {
        const store::Json format = file.format.empty() ? store::Json() : store::Json(file.format);
        document["files"].push_back(
            {{"path", store::utf8_or_replaced(file.path)}, {"format", format}, {"records", file.records}});
      }
      for (const Reported& reported : findings_) {
        const annot::Finding& finding = reported.finding;
        const store::Json path =
            finding.path.empty() ? store::Json() : store::Json(store::utf8_or_replaced(finding.path));
        document["findings"].push_back({{"severity", finding.error ? "error" : "note"},
                                        {"kind", finding.kind},
                                        {"file", store::utf8_or_replaced(finding.file)},
                                        {"line", finding.line},
                                        {"column", reported.column},
                                        {"path", path},
                                        {"text", store::utf8_or_replaced(finding.text)}});
      }
      document["counts"] = {{"records", records}, {"videos", videos_}, {"errors", errors}, {"notes", notes}};
      store::validate_json(document, "annot_check");
      context_->print(store::json_document(document));
      return;
    }
    std::vector<std::vector<std::string>> rows;
    for (const Reported& reported : findings_) {
      const annot::Finding& finding = reported.finding;
      std::string place = finding.file;
      if (finding.line > 0) place += fmt::format(":{}", finding.line);
      if (reported.column > 0) place += fmt::format(":{}", reported.column);
      rows.push_back({finding.error ? "error" : "note", finding.kind, place, finding.path, finding.text});
    }
    context_->print(text_table({"", "kind", "place", "video", "finding"}, rows));
    context_->log().info(fmt::format("{}, {}, {} looked at: {}, {}",
                                     counted(static_cast<int64_t>(files_.size()), "file"), counted(records, "record"),
                                     counted(videos_, "video"), counted(errors, "error"), counted(notes, "note")));
  }

  void write_failed() const {
    if (!parsed_->has("failed")) return;
    std::set<std::string> paths;
    std::string text;
    for (const Reported& reported : findings_) {
      const annot::Finding& finding = reported.finding;
      if (reported.on_disk && finding.error && paths.insert(finding.path).second) text += finding.path + "\n";
    }
    write_file_atomically(parsed_->text("failed"), text);
  }

  const cli::ParsedOptions* parsed_;
  cli::ProgramContext* context_;
  AnnotReading reading_;
  FileCheckOptions files_options_;
  bool look_at_files_ = true;
  int64_t num_classes_ = 0, videos_ = 0;
  std::vector<annot::NamedSet> sets_;
  std::vector<CheckedFile> files_;
  std::vector<Reported> findings_;
};

}  // namespace

int run_annot_check(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  return Check(parsed, context).run();
}

}  // namespace vs::jobs

// Golden table expected.json of annotations: example files with records or errors.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "lib/annot/file_lists.h"
#include "lib/annot/label_map.h"
#include "lib/annot/read.h"
#include "lib/annot/write.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "tests/golden/kinds.h"

namespace vs::golden {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// What one case gives: records or errors, in the table's own form.
struct Outcome {
  Json records;
  std::vector<annot::Problem> problems;
};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// "train", "val" or "test" by the file's name; "" if it says nothing.
std::string role_of(const std::string& file) {
  const std::string name = lower(file);
  for (const char* word : {"train", "val", "test"}) {
    if (name.find(word) != std::string::npos) return word;
  }
  return {};
}

/// Formats whose first file names the classes.
bool has_label_file(const std::string& format) {
  return format == "sth-csv" || format == "sth-json" || format == "ucf101";
}

class AnnotationCase {
 public:
  AnnotationCase(const Json& entry, fs::path folder) : entry_(&entry), folder_(std::move(folder)) {
    format_ = entry.at("format").get<std::string>();
    const Json& options = entry.at("options");
    options_.data_prefix = options.value("data_prefix", "");
    options_.multi_class = options.value("multi_class", false);
    options_.num_classes = options.value("num_classes", int64_t{0});
    options_.with_offset = options.value("with_offset", false);
    options_.level = options.value("level", 2);
    options_.drop_short = !options.value("test_mode", false);
    const std::string delimiter = options.value("delimiter", "");
    if (!delimiter.empty()) options_.delimiter = delimiter[0];
    if (entry.contains("files")) {
      for (const auto& file : entry.at("files")) files_.push_back(file.get<std::string>());
    } else {
      files_.push_back(entry.at("file").get<std::string>());
    }
  }

  Outcome run() {
    Outcome outcome;
    outcome.records = compute();
    outcome.problems = std::move(problems_);
    return outcome;
  }

 private:
  Json compute() {
    const std::string style = entry_->at("options").value("style", "");
    const bool frameexit = style.find("FrameExit") != std::string::npos;
    if (format_ == "rawframes" || format_ == "videos" || format_ == "rawframes-json" || format_ == "videos-json") {
      return list_records(*annot::format_of(format_));
    }
    if (format_ == "arnet-list") return arnet_records();
    if (format_ == "kinetics-csv" && frameexit) return kinetics_frameexit();
    if (format_ == "activitynet-json") return frameexit ? activitynet_frameexit() : activitynet_lists();
    if (format_ == "ucf101") return ucf101_splits();
    return parts();
  }

  /// Reads one file; its bad lines are kept and the set is empty then.
  annot::AnnotationSet read(const std::string& file, annot::Format format, const annot::ReadOptions& options) {
    try {
      return annot::parse_annotations(read_file((folder_ / file).string()), file, format, options);
    } catch (const annot::AnnotationErrors& errors) {
      problems_.insert(problems_.end(), errors.problems().begin(), errors.problems().end());
      return {};
    }
  }

  std::vector<std::string> classes(const std::string& file) {
    try {
      return annot::parse_label_file(read_file((folder_ / file).string()), file);
    } catch (const annot::AnnotationErrors& errors) {
      problems_.insert(problems_.end(), errors.problems().begin(), errors.problems().end());
      return {};
    }
  }

  /// The reference makes a vector of 0 and 1 of several labels: their order means nothing.
  static std::vector<int32_t> sorted(std::vector<int32_t> labels) {
    std::sort(labels.begin(), labels.end());
    return labels;
  }

  Json label_of(const annot::AnnotationSet& set, const annot::Annotation& item) const {
    if (item.labels.empty()) return -1;
    if (set.multi_label) return sorted(item.labels);
    return item.labels.at(0);
  }

  Json list_records(annot::Format format) {
    const auto set = read(files_[0], format, options_);
    Json records = Json::array();
    for (const auto& item : set.items) {
      Json record;
      if (set.media == annot::Media::kFrames) {
        record["frame_dir"] = item.path;
        record["total_frames"] = item.num_frames;
        if (set.with_offset) record["offset"] = item.offset;
      } else {
        record["filename"] = item.path;
      }
      record["label"] = label_of(set, item);
      records.push_back(std::move(record));
    }
    return records;
  }

  Json arnet_records() {
    const bool blanks = entry_->at("options").at("dataset") == "minik";
    const auto set = read(files_[0], blanks ? annot::Format::kMinikList : annot::Format::kActnetList, options_);
    Json records = Json::array();
    for (const auto& item : set.items) {
      records.push_back({{"path", item.path}, {"num_frames", item.num_frames}, {"labels", sorted(item.labels)}});
    }
    return records;
  }

  Json kinetics_frameexit() {
    annot::ReadOptions options = options_;
    options.level = 1;
    options.names_as_written = true;
    Json records = Json::object();
    for (const std::string& file : files_) {
      const auto set = read(file, annot::Format::kKineticsCsv, options);
      for (const auto& item : set.items) {
        Json names = Json::array();
        for (int32_t label : item.labels) names.push_back(set.classes.at(static_cast<size_t>(label)));
        records[item.path + ".mp4"] = names;
      }
    }
    return records;
  }

  Json activitynet_frameexit() {
    static const std::map<std::string, std::string> kSubsets = {
        {"train", "training"}, {"val", "validation"}, {"test", "testing"}};
    const auto set = read(files_[0], annot::Format::kActivitynetJson, options_);
    Json records = Json::object();
    for (const auto& item : set.items) {
      Json record = {{"labels", Json::array()}, {"segments", Json::array()}, {"subset", kSubsets.at(item.split)}};
      for (const auto& segment : item.segments) {
        record["labels"].push_back(set.classes.at(static_cast<size_t>(segment.label)));
        record["segments"].push_back({segment.start_s, segment.end_s});
      }
      records[item.path + ".mp4"] = std::move(record);
    }
    return records;
  }

  Json activitynet_lists() {
    annot::FolderIndex index;
    for (const auto& [name, count] : entry_->at("options").at("frame_folders").items()) {
      index.videos.emplace(name, annot::FoundVideo{name, count.get<int64_t>()});
    }
    if (files_.size() > 1) options_.classes = classes(files_[1]);
    const auto set = read(files_[0], annot::Format::kActivitynetJson, options_);
    Json lists = Json::object();
    for (const std::string split : {"train", "val"}) {
      const auto text = [](const annot::AnnotationSet& list) {
        return std::string(trim(annot::format_annotations(list, annot::Format::kRawframes)));
      };
      lists[fmt::format("anet_{}_video.txt", split)] =
          text(annot::activitynet_videos(set, split, index, annot::VideoLabels::kFirst));
      lists[fmt::format("anet_{}_clip.txt", split)] = text(annot::activitynet_clips(set, split, index));
    }
    return {{"lists", std::move(lists)}};
  }

  Json pairs(const annot::AnnotationSet& set) const {
    Json records = Json::array();
    // A test file of Something-Something has names only; that of Kinetics counts as labelled -1.
    const bool names_only = annot::is_unlabelled(set) && format_ != "kinetics-csv";
    for (const auto& item : set.items) {
      if (names_only) {
        records.push_back(item.path);
      } else {
        records.push_back({item.path, label_of(set, item)});
      }
    }
    return records;
  }

  Json ucf101_splits() {
    struct Split {
      Json train = Json::array(), test = Json::array();
    };
    std::map<std::string, Split> by_number;
    options_.classes = classes(files_[0]);
    for (size_t i = 1; i < files_.size(); ++i) {
      const std::string& file = files_[i];
      const std::string role = role_of(file);
      const auto set = read(file, annot::Format::kUcf101, options_);
      const size_t digit = file.find_first_of("0123456789");
      Split& split = by_number[digit == std::string::npos ? std::string() : file.substr(digit)];
      (role == "train" ? split.train : split.test) = pairs(set);
    }
    Json splits = Json::array();
    for (const auto& [number, split] : by_number) splits.push_back({{"train", split.train}, {"test", split.test}});
    return {{"splits", std::move(splits)}};
  }

  /// Formats whose files are named train, validation and test, with a label file or none.
  Json parts() {
    Json records = Json::object();
    size_t position = 0;
    if (has_label_file(format_)) {
      options_.classes = classes(files_[0]);
      if (format_ == "sth-csv") records["classes"] = options_.classes;
    }
    for (size_t i = has_label_file(format_) ? 1 : 0; i < files_.size(); ++i) {
      const std::string& file = files_[i];
      std::string role = role_of(file);
      constexpr const char* kRoles[] = {"train", "val", "test"};
      if (role.empty()) role = kRoles[std::min<size_t>(position, 2)];
      ++position;
      annot::ReadOptions options = options_;
      options.unlabelled = format_ == "kinetics-csv" && role == "test";
      const auto set = read(file, annot::format_of(format_).value(), options);
      records[role] = pairs(set);
      if (format_ == "kinetics-csv" && role == "train") {
        options_.classes = set.classes;
        records["classes"] = set.classes;
      }
    }
    return records;
  }

  const Json* entry_;
  fs::path folder_;
  std::string format_;
  annot::ReadOptions options_;
  std::vector<std::string> files_;
  std::vector<annot::Problem> problems_;
};

bool same_problem(const annot::Problem& got, const Json& want) {
  bool same = annot::name_of(got.code) == want.at("code").get<std::string>();
  if (want.contains("file")) same = same && got.file == want.at("file").get<std::string>();
  if (want.contains("line")) same = same && got.line == want.at("line").get<int64_t>();
  if (want.contains("record")) {
    const Json& record = want.at("record");
    same = same && got.record == (record.is_string() ? record.get<std::string>() : record.dump());
  }
  return same;
}

bool has_cases(const Json& table) {
  return table.is_object() && table.contains("cases") && !table.at("cases").empty() &&
         table.at("cases").front().contains("format");
}

void check_annotations(const std::string& path, Report& report) {
  const Json table = Json::parse(read_file(path));
  for (const Json& entry : table.at("cases")) {
    const std::string name = entry.at("name").get<std::string>();
    try {
      const Outcome got = AnnotationCase(entry, fs::path(path).parent_path()).run();
      if (!entry.contains("errors")) {
        std::string text = name;
        for (const auto& problem : got.problems) text += "\n      " + problem.text();
        const bool ok = got.problems.empty() && got.records == entry.at("records");
        if (!ok) text += fmt::format("\n      got {}\n      want {}", got.records.dump(), entry.at("records").dump());
        report.check(text, ok);
        continue;
      }
      const Json& want = entry.at("errors");
      bool ok = got.problems.size() == want.size();
      for (size_t i = 0; ok && i < want.size(); ++i) {
        // The table lists the bad lines in no promised order.
        ok = std::any_of(got.problems.begin(), got.problems.end(),
                         [&](const auto& problem) { return same_problem(problem, want[i]); });
      }
      std::string text = fmt::format("{}: want {}", name, want.dump());
      for (const auto& problem : got.problems)
        text += fmt::format("\n      got {} {}", annot::name_of(problem.code), problem.text());
      report.check(text, ok);
    } catch (const std::exception& error) {
      report.check(fmt::format("{}: {}", name, error.what()), false);
    }
  }
}

}  // namespace

KindTable annotations_kinds() { return {{}, {{"expected.json", check_annotations, has_cases}}}; }

}  // namespace vs::golden

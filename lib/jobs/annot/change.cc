// filter, split and merge: sets made from sets.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "lib/annot/combine.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/jobs/annot/annot.h"
#include "lib/jobs/annot/merge_packs.h"
#include "lib/jobs/annot/reading.h"
#include "lib/jobs/annot/writing.h"
#include "lib/jobs/inputs/named_input.h"
#include "lib/store/json.h"

namespace vs::jobs {
namespace {

/// Kinds of finding that are about one line, not about the video it names.
bool is_about_line(const std::string& kind) {
  return kind == "duplicate" || kind == "in_two_splits" || kind == "labels_differ" || kind == "label_out_of_range";
}

/// Adds what a report of check says about `input` and its videos.
void add_report(const store::Json& report, const std::string& input, annot::RecordFilter& filter) {
  for (const auto& finding : report.at("findings")) {
    if (finding.at("severity") != "error" || !finding.at("path").is_string()) continue;
    if (!is_about_line(finding.at("kind").get<std::string>())) {
      filter.drop.insert(finding.at("path").get<std::string>());
    } else if (finding.at("file").get<std::string>() == store::utf8_or_replaced(input)) {
      filter.drop_lines.insert(finding.at("line").get<int64_t>());
    }
  }
}

/// Names of a list, one a line, or what a report of check finds fault with; `names` is where a list's names go.
void add_names(const std::string& path, const std::string& input, annot::RecordFilter& filter,
               std::unordered_set<std::string>& names) {
  const std::string text = path == "-" ? read_standard_input() : read_file(path);
  const size_t start = text.find_first_not_of(" \t\r\n");
  if (start != std::string::npos && text[start] == '{') {
    const store::JsonText json(path == "-" ? "standard input" : path, text);
    const store::Json report = store::parse_json(json);
    store::check_schema_number(report, "vs.annot_check", 1, &json);
    store::validate_json(report, "annot_check", &json);
    if (&names != &filter.drop) throw UsageError(path, "a report of check says what to drop, not what to keep");
    add_report(report, input, filter);
    return;
  }
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!trim(line).empty()) names.emplace(line);
  }
}

AnnotSources sources_of(const AnnotReading& reading, const std::vector<std::string>& inputs, annot::Format format,
                        char delimiter) {
  AnnotSources sources;
  if (!reading.classes_path.empty()) sources.paths.push_back(reading.classes_path);
  sources.paths.insert(sources.paths.end(), inputs.begin(), inputs.end());
  sources.format = format;
  sources.delimiter = delimiter;
  sources.classes_given = !reading.options.classes.empty();
  return sources;
}

}  // namespace

int run_annot_filter(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  AnnotReading reading = read_annot_reading(parsed);
  const AnnotWriting writing = read_annot_writing(parsed);
  refuse_existing(writing.output, writing.force);
  annot::RecordFilter filter;
  // The prefix helps to find names; the records keep their own paths.
  filter.data_prefix = std::exchange(reading.options.data_prefix, std::string());
  filter.min_frames = parsed.integer("min-frames");
  const std::string path = parsed.positional("INPUT");
  const auto drop_files = parsed.texts("drop"), keep_files = parsed.texts("keep");
  for (const std::string& file : drop_files) {
    read_named_input("--drop", [&] { add_names(file, path, filter, filter.drop); });
  }
  for (const std::string& file : keep_files) {
    read_named_input("--keep", [&] { add_names(file, path, filter, filter.keep); });
  }
  if (!keep_files.empty() && filter.keep.empty()) throw UsageError("--keep " + keep_files[0], "names nothing to keep");
  AnnotInput input = read_annot_input(path, reading, context.log());
  annot::AnnotationSet& set = input.named.set;
  const auto before = static_cast<int64_t>(set.items.size());
  const int64_t dropped = annot::filter_set(set, filter);
  context.log().info(fmt::format("{} of {} records left out", dropped, before));
  AnnotSources sources = sources_of(reading, {path}, input.format, input.delimiter);
  sources.paths.insert(sources.paths.end(), drop_files.begin(), drop_files.end());
  sources.paths.insert(sources.paths.end(), keep_files.begin(), keep_files.end());
  sources.skipped = dropped;
  write_annot_outputs({{writing.output, &set}}, writing, sources, parsed, context);
  return kExitDone;
}

int run_annot_split(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  const AnnotReading reading = read_annot_reading(parsed);
  const AnnotWriting writing = read_annot_writing(parsed);
  const std::vector<annot::SplitPart> parts = annot::parse_split_parts(parsed.text("parts"));
  const std::string path = parsed.positional("INPUT");
  const AnnotInput input = read_annot_input(path, reading, context.log());
  const auto seed = static_cast<uint64_t>(parsed.integer("seed"));
  const std::vector<annot::AnnotationSet> sets = annot::split_set(input.named.set, parts, seed);
  AnnotSources sources = sources_of(reading, {path}, input.format, input.delimiter);
  sources.seed = seed;
  const size_t place = writing.output.find("{}");
  std::vector<AnnotOutput> outputs;
  for (size_t i = 0; i < parts.size(); ++i) {
    std::string file = writing.output;
    if (place != std::string::npos) {
      file.replace(place, 2, parts[i].name);
    } else {
      const annot::Format format = output_format(writing, "-", sets[i], sources);
      file = (std::filesystem::path(file) / (parts[i].name + file_extension(format))).string();
    }
    outputs.push_back({std::move(file), &sets[i]});
  }
  write_annot_outputs(outputs, writing, sources, parsed, context);
  return kExitDone;
}

int run_annot_merge(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  const MergeKind kind = common_merge_kind(parsed.positionals("FILE"));
  if (kind != MergeKind::kAnnotations) return merge_packs(kind, parsed.positionals("FILE"), parsed, context);
  const AnnotReading reading = read_annot_reading(parsed);
  const AnnotWriting writing = read_annot_writing(parsed);
  refuse_existing(writing.output, writing.force);
  const std::vector<std::string> files = annot::ordered_shards(parsed.positionals("FILE"));
  std::vector<annot::NamedSet> sets;
  annot::Format format = annot::Format::kRawframes;
  char delimiter = 0;
  for (const std::string& file : files) {
    AnnotInput input = read_annot_input(file, reading, context.log());
    if (sets.empty()) {
      format = input.format;
      delimiter = input.delimiter;
    }
    sets.push_back(std::move(input.named));
  }
  const annot::AnnotationSet merged = annot::merge_sets(sets, parsed.flag("unique"));
  AnnotSources sources = sources_of(reading, files, format, delimiter);
  int64_t records = 0;
  for (const annot::NamedSet& set : sets) records += static_cast<int64_t>(set.set.items.size());
  sources.skipped = records - static_cast<int64_t>(merged.items.size());
  write_annot_outputs({{writing.output, &merged}}, writing, sources, parsed, context);
  return kExitDone;
}

}  // namespace vs::jobs

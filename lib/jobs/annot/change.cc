// filter, split and merge: sets made from sets.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "lib/annot/combine.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/jobs/annot/annot.h"
#include "lib/jobs/annot/reading.h"
#include "lib/jobs/annot/writing.h"
#include "lib/store/json.h"

namespace vs::jobs {
namespace {

/// Paths with an error in a report of check; of a list each line.
void add_names(const std::string& path, std::unordered_set<std::string>& names) {
  const std::string text = path == "-" ? read_standard_input() : read_file(path);
  const size_t start = text.find_first_not_of(" \t\r\n");
  if (start != std::string::npos && text[start] == '{') {
    const store::JsonText json(path == "-" ? "standard input" : path, text);
    const store::Json report = store::parse_json(json);
    store::check_schema_number(report, "vs.annot_check", 1, &json);
    store::validate_json(report, "annot_check", &json);
    for (const auto& finding : report.at("findings")) {
      const auto& video = finding.at("path");
      if (finding.at("severity") == "error" && video.is_string()) names.insert(video.get<std::string>());
    }
    return;
  }
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!trim(line).empty()) names.emplace(line);
  }
}

AnnotSources sources_of(const AnnotReading& reading, const std::vector<std::string>& inputs, annot::Format format) {
  AnnotSources sources;
  if (!reading.classes_path.empty()) sources.paths.push_back(reading.classes_path);
  sources.paths.insert(sources.paths.end(), inputs.begin(), inputs.end());
  sources.format = format;
  sources.delimiter = reading.options.delimiter;
  return sources;
}

}  // namespace

int run_annot_filter(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  AnnotReading reading = read_annot_reading(parsed);
  const AnnotWriting writing = read_annot_writing(parsed);
  refuse_existing(writing.output, writing.force);
  // The prefix helps to find names; the records keep their own paths.
  const std::string prefix = std::exchange(reading.options.data_prefix, std::string());
  const std::string path = parsed.positional("INPUT");
  const auto drop_files = parsed.texts("drop"), keep_files = parsed.texts("keep");
  std::unordered_set<std::string> drop, keep;
  for (const std::string& file : drop_files) add_names(file, drop);
  for (const std::string& file : keep_files) add_names(file, keep);
  AnnotInput input = read_annot_input(path, reading, context.log());
  annot::AnnotationSet& set = input.named.set;
  if (!keep_files.empty() && keep.empty()) throw DataError(keep_files[0], "names nothing to keep");
  const int64_t before = static_cast<int64_t>(set.items.size());
  const int64_t dropped = annot::filter_set(set, drop, keep, prefix, parsed.integer("min-frames"));
  context.log().info(fmt::format("{} of {} records left out", dropped, before));
  AnnotSources sources = sources_of(reading, {path}, input.format);
  sources.paths.insert(sources.paths.end(), drop_files.begin(), drop_files.end());
  sources.paths.insert(sources.paths.end(), keep_files.begin(), keep_files.end());
  sources.skipped = dropped;
  write_annot_outputs({{writing.output, &set}}, writing, sources, parsed, context);
  return kExitDone;
}

int run_annot_split(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  const AnnotReading reading = read_annot_reading(parsed);
  const AnnotWriting writing = read_annot_writing(parsed);
  const size_t place = writing.output.find("{}");
  if (place == std::string::npos || writing.output.find("{}", place + 2) != std::string::npos) {
    throw UsageError("--output " + writing.output, "needs {} once, for train, val and test", "such as list_{}.txt");
  }
  const auto name = [&](const char* part) { return std::string(writing.output).replace(place, 2, part); };
  const annot::SplitFractions fractions{parsed.real("val"), parsed.real("test")};
  if (fractions.val + fractions.test >= 1) throw UsageError("--val, --test", "nothing is left for training", "their sum must be below 1");
  for (const char* part : {"train", "val", "test"}) refuse_existing(name(part), writing.force);
  const std::string path = parsed.positional("INPUT");
  const AnnotInput input = read_annot_input(path, reading, context.log());
  const auto seed = static_cast<uint64_t>(parsed.integer("seed"));
  const annot::SplitSets parts = annot::split_set(input.named.set, fractions, seed);
  AnnotSources sources = sources_of(reading, {path}, input.format);
  sources.seed = seed;
  std::vector<AnnotOutput> outputs{{name("train"), &parts.train}};
  if (fractions.val > 0) outputs.push_back({name("val"), &parts.val});
  if (fractions.test > 0) outputs.push_back({name("test"), &parts.test});
  write_annot_outputs(outputs, writing, sources, parsed, context);
  return kExitDone;
}

int run_annot_merge(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  const AnnotReading reading = read_annot_reading(parsed);
  const AnnotWriting writing = read_annot_writing(parsed);
  refuse_existing(writing.output, writing.force);
  const std::vector<std::string> files = annot::ordered_shards(parsed.positionals("FILE"));
  std::vector<annot::NamedSet> sets;
  annot::Format format = annot::Format::kRawframes;
  for (const std::string& file : files) {
    AnnotInput input = read_annot_input(file, reading, context.log());
    if (sets.empty()) format = input.format;
    sets.push_back(std::move(input.named));
  }
  const annot::AnnotationSet merged = annot::merge_sets(sets, parsed.flag("unique"));
  AnnotSources sources = sources_of(reading, files, format);
  int64_t records = 0;
  for (const annot::NamedSet& set : sets) records += static_cast<int64_t>(set.set.items.size());
  sources.skipped = records - static_cast<int64_t>(merged.items.size());
  write_annot_outputs({{writing.output, &merged}}, writing, sources, parsed, context);
  return kExitDone;
}

}  // namespace vs::jobs

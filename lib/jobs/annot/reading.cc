#include "lib/jobs/annot/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "lib/annot/label_map.h"
#include "lib/cli/value_check.h"
#include "lib/core/error.h"
#include "lib/jobs/inputs/named_input.h"

namespace vs::jobs {
namespace {

using annot::Format;

/// An option of reading and the formats that it acts on.
struct FormatOption {
  std::string name;
  std::vector<Format> formats;
};

const std::vector<FormatOption>& format_options() {
  static const std::vector<FormatOption> all = {
      {"multi-class", {Format::kRawframes, Format::kVideos, Format::kRawframesJson, Format::kVideosJson}},
      {"with-offset", {Format::kRawframes}},
      {"delimiter", {Format::kRawframes, Format::kVideos}},
      {"level",
       {Format::kKineticsCsv, Format::kSomethingCsv, Format::kSomethingJson, Format::kUcf101, Format::kHmdb51}},
      {"unlabelled", {Format::kKineticsCsv}},
      {"drop-short", {Format::kActnetList, Format::kMinikList}}};
  return all;
}

void refuse_idle(const std::vector<std::string>& given, Format format, const std::string& name) {
  for (const FormatOption& option : format_options()) {
    const auto& formats = option.formats;
    if (std::find(given.begin(), given.end(), option.name) == given.end()) continue;
    if (std::find(formats.begin(), formats.end(), format) != formats.end()) continue;
    std::vector<std::string> words;
    for (const Format one : formats) words.emplace_back(annot::name_of(one));
    throw UsageError("--" + option.name, "only together with input of format " + cli::alternatives(words),
                     fmt::format("{} is of format {}", name, annot::name_of(format)));
  }
}

}  // namespace

char delimiter_option(const cli::ParsedOptions& parsed, std::string_view name) {
  if (!parsed.has(name)) return 0;
  const std::string& text = parsed.text(name);
  if (text == "\\t" || text == "tab") return '\t';
  const auto byte = static_cast<unsigned char>(text[0]);
  const bool usable = text.size() == 1 && (byte == '\t' || (byte >= 0x20 && byte < 0x7f)) && byte != '-' &&
                      !(byte >= '0' && byte <= '9');
  if (!usable) {
    throw UsageError(fmt::format("--{} {}", name, text), "not a single ASCII character that no number has",
                     "such as , or ; or tab");
  }
  return text[0];
}

AnnotReading read_annot_reading(const cli::ParsedOptions& parsed, bool with_data_prefix) {
  AnnotReading reading;
  annot::ReadOptions& options = reading.options;
  if (parsed.has("from")) reading.format = annot::format_of(parsed.text("from"));
  if (with_data_prefix) options.data_prefix = parsed.text_or("data-prefix", {});
  options.multi_class = parsed.flag("multi-class");
  options.with_offset = parsed.flag("with-offset");
  options.num_classes = parsed.integer_or("num-classes", 0);
  options.delimiter = delimiter_option(parsed, "delimiter");
  options.level = static_cast<int>(parsed.integer("level"));
  options.unlabelled = parsed.flag("unlabelled");
  options.drop_short = parsed.flag("drop-short");
  for (const FormatOption& option : format_options()) {
    if (parsed.given(option.name)) reading.given.push_back(option.name);
  }
  if (parsed.has("classes")) {
    const std::string& classes = parsed.text("classes");
    options.classes = read_named_input("--classes", [&] { return annot::load_label_map(classes).classes; });
    std::error_code ignored;
    if (std::filesystem::is_regular_file(classes, ignored)) reading.classes_path = classes;
  }
  return reading;
}

AnnotInput read_annot_input(const std::string& path, const AnnotReading& reading, Log& log) {
  const annot::ReadResult result = annot::read_annotations(path, reading.format, reading.options);
  const std::string name = path == "-" ? "standard input" : path;
  refuse_idle(reading.given, result.format, name);
  if (!reading.format) log.detail(fmt::format("{}: read as {}", name, annot::name_of(result.format)));
  return {{name, result.set}, result.format, result.delimiter};
}

}  // namespace vs::jobs

#include "lib/jobs/annot/reading.h"

#include <fmt/format.h>

#include <filesystem>

#include "lib/annot/label_map.h"
#include "lib/core/error.h"

namespace vs::jobs {

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

AnnotReading read_annot_reading(const cli::ParsedOptions& parsed) {
  AnnotReading reading;
  annot::ReadOptions& options = reading.options;
  if (parsed.has("from")) reading.format = annot::format_of(parsed.text("from"));
  options.data_prefix = parsed.text_or("data-prefix", {});
  options.multi_class = parsed.flag("multi-class");
  options.with_offset = parsed.flag("with-offset");
  options.num_classes = parsed.integer_or("num-classes", 0);
  options.delimiter = delimiter_option(parsed, "delimiter");
  options.level = static_cast<int>(parsed.integer("level"));
  options.unlabelled = parsed.flag("unlabelled");
  options.drop_short = parsed.flag("drop-short");
  if (parsed.has("classes")) {
    const std::string& classes = parsed.text("classes");
    options.classes = annot::load_label_map(classes).classes;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(classes, ignored)) reading.classes_path = classes;
  }
  return reading;
}

AnnotInput read_annot_input(const std::string& path, const AnnotReading& reading, Log& log) {
  const annot::ReadResult result = annot::read_annotations(path, reading.format, reading.options);
  const std::string name = path == "-" ? "standard input" : path;
  if (!reading.format) log.detail(fmt::format("{}: read as {}", name, annot::name_of(result.format)));
  return {{name, result.set}, result.format};
}

}  // namespace vs::jobs

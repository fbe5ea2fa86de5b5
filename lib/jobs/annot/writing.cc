#include "lib/jobs/annot/writing.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "lib/annot/annotations_file.h"
#include "lib/annot/losses.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/jobs/annot/reading.h"
#include "lib/jobs/annot/text_table.h"
#include "lib/store/annotations_file.h"

namespace vs::jobs {
namespace {

using annot::Format;

bool fits(Format format, annot::Media media) {
  switch (format) {
    case Format::kRawframes:
    case Format::kRawframesJson:
    case Format::kActnetList:
    case Format::kMinikList:
      return media == annot::Media::kFrames;
    case Format::kVideos:
    case Format::kVideosJson:
      return media == annot::Media::kVideos;
    default:
      return media == annot::Media::kNames || format == Format::kAnnotations;
  }
}

bool is_json(Format format) {
  return format == Format::kRawframesJson || format == Format::kVideosJson || format == Format::kSomethingJson ||
         format == Format::kDiving48Json || format == Format::kActivitynetJson;
}

/// One warning a kind of thing that the outputs cannot hold or the reader did not keep.
class LossWarnings {
 public:
  void add(const annot::AnnotationSet& set, Format format, bool classes_known) {
    format_ = format;
    // All outputs come from one set: what its reader lost is the same for each.
    read_ = set.losses;
    annot::add_losses(annot::losses_of(set, format, classes_known), written_);
  }

  void tell(Log& log) const {
    for (const annot::Loss& loss : read_) log.warning(text(loss, "not kept"));
    for (const annot::Loss& loss : written_) {
      log.warning(text(loss, loss.records > 0 ? "which it cannot hold: left out" : "cannot be held: left out"));
    }
  }

 private:
  std::string text(const annot::Loss& loss, const std::string& why) const {
    std::string text = fmt::format("{}: ", annot::name_of(format_));
    if (loss.records > 0) {
      text += fmt::format("{} {} {}, ", counted(loss.records, "record"), loss.records == 1 ? "has" : "have",
                          printable(loss.what));
    } else {
      text += printable(loss.what) + " ";
    }
    text += why;
    if (!loss.first.empty()) text += fmt::format(" (first: {})", printable(loss.first));
    return text;
  }

  Format format_ = Format::kRawframes;
  std::vector<annot::Loss> read_, written_;
};

std::vector<std::string> dependencies(const AnnotSources& sources) {
  std::vector<std::string> paths;
  for (const std::string& path : sources.paths) {
    if (path != "-") paths.push_back(path);
  }
  paths.insert(paths.end(), sources.folders.begin(), sources.folders.end());
  return paths;
}

}  // namespace

store::Manifest annot_manifest(const AnnotSources& sources, int64_t records, const cli::ParsedOptions& parsed) {
  store::Manifest manifest("vs-annot", parsed.command(), parsed.parameters(true), parsed.parameters(false));
  manifest.set_seed(sources.seed);
  for (const std::string& path : sources.paths) {
    if (path != "-") manifest.add_input(path);
  }
  for (const std::string& folder : sources.folders) {
    std::error_code ignored;
    const std::string inside = store::manifest_path(folder, true);
    if (std::filesystem::is_regular_file(inside, ignored)) manifest.add_input(inside);
  }
  store::Counts counts;
  counts.done = records;
  counts.skipped = sources.skipped;
  counts.failed = static_cast<int64_t>(sources.failures.size());
  manifest.set_outcome(counts, sources.failures);
  return manifest;
}

AnnotWriting read_annot_writing(const cli::ParsedOptions& parsed) {
  AnnotWriting writing;
  writing.output = parsed.text("output");
  if (parsed.has("to")) writing.format = annot::format_of(parsed.text("to"));
  writing.options.delimiter = delimiter_option(parsed, "to-delimiter");
  writing.options.extension = parsed.text_or("extension", {});
  if (!writing.options.extension.empty() && !writing.options.extension.starts_with('.')) {
    writing.options.extension = "." + writing.options.extension;
  }
  writing.force = parsed.flag("force");
  writing.dry_run = parsed.flag("dry-run");
  writing.depfile = parsed.text_or("depfile", {});
  if (writing.output == "-" && !writing.depfile.empty()) {
    throw UsageError("--depfile", "standard output has no make rules", "name a file with --output");
  }
  return writing;
}

void refuse_existing(const std::string& path, bool force) {
  std::error_code ignored;
  if (path == "-" || force || !std::filesystem::exists(path, ignored)) return;
  throw UsageError(path, "is there already", "replace it with --force");
}

Format output_format(const AnnotWriting& writing, const std::string& path, const annot::AnnotationSet& set,
                     const AnnotSources& sources) {
  if (writing.format) return *writing.format;
  if (path.ends_with(".h5") || path.ends_with(".hdf5")) return Format::kAnnotations;
  const bool same_kind = path == "-" || path.ends_with(".json") == is_json(sources.format);
  const bool text_possible = path != "-" || sources.format != Format::kAnnotations;
  if (sources.keeps_format && same_kind && text_possible && fits(sources.format, set.media) &&
      sources.format != Format::kAnnotations) {
    return sources.format;
  }
  return annot::format_for_output(path, set);
}

std::string file_extension(Format format) {
  if (format == Format::kAnnotations) return ".h5";
  if (is_json(format)) return ".json";
  const bool csv = format == Format::kKineticsCsv || format == Format::kSomethingCsv || format == Format::kMmitCsv;
  return csv ? ".csv" : ".txt";
}

void write_annot_outputs(const std::vector<AnnotOutput>& outputs, const AnnotWriting& writing,
                         const AnnotSources& sources, const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  struct Ready {
    Format format;
    std::string text;
  };
  std::vector<Ready> ready;
  LossWarnings losses;
  std::vector<std::string> paths;
  int64_t records = 0;
  for (const AnnotOutput& output : outputs) {
    refuse_existing(output.path, writing.force);
    if (output.set->items.empty()) {
      throw DataError(output.path == "-" ? "standard output" : output.path, "no record is left to write",
                      "nothing was written");
    }
    const Format format = output_format(writing, output.path, *output.set, sources);
    annot::WriteOptions options = writing.options;
    if (options.delimiter == 0 && format == sources.format) options.delimiter = sources.delimiter;
    if (format == Format::kAnnotations && output.path == "-") {
      throw UsageError("--to annotations", "HDF5 cannot be written to standard output", "name a file with --output");
    }
    ready.push_back({format, format == Format::kAnnotations ? std::string()
                                                            : annot::format_annotations(*output.set, format, options)});
    losses.add(*output.set, format, sources.classes_given);
    records += static_cast<int64_t>(output.set->items.size());
    if (output.path != "-") paths.push_back(output.path);
  }
  losses.tell(context.log());
  if (writing.dry_run) {
    for (size_t i = 0; i < outputs.size(); ++i) {
      const std::string size =
          ready[i].format == Format::kAnnotations ? std::string("HDF5") : human_bytes(ready[i].text.size());
      context.print(fmt::format("{}: {} records as {}, {}\n", outputs[i].path, outputs[i].set->items.size(),
                                annot::name_of(ready[i].format), size));
    }
    return;
  }
  if (paths.empty()) {
    for (const Ready& output : ready) context.print(output.text);
    return;
  }
  store::Manifest manifest = annot_manifest(sources, records, parsed);
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::string& path = outputs[i].path;
    const std::string folder = std::filesystem::path(path).parent_path().string();
    if (!folder.empty()) make_folders(folder);
    if (ready[i].format == Format::kAnnotations) {
      store::write_annotations(path, annot::to_table(*outputs[i].set), manifest.inner_document(folder), writing.force);
    } else {
      write_file_atomically(path, ready[i].text);
    }
    context.log().info(
        fmt::format("{}: {}", path, counted(static_cast<int64_t>(outputs[i].set->items.size()), "record")));
  }
  for (const std::string& path : paths) manifest.add_output(path);
  for (const std::string& path : paths) manifest.write(store::manifest_path(path, false));
  if (!writing.depfile.empty()) store::write_depfile(writing.depfile, paths, dependencies(sources));
}

}  // namespace vs::jobs

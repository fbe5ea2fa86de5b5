#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lib/annot/statistics.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/jobs/annot/annot.h"
#include "lib/jobs/annot/reading.h"
#include "lib/jobs/annot/text_table.h"
#include "lib/jobs/annot/writing.h"
#include "lib/plot/bar_chart.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"

namespace vs::jobs {
namespace {

struct FileStatistics {
  std::string file;
  annot::Format format = annot::Format::kRawframes;
  annot::Statistics numbers;
  std::vector<int64_t> frames;
};

store::Json spread_json(const annot::Spread& spread, bool there) {
  if (!there) return nullptr;
  return {{"least", spread.least}, {"median", spread.median}, {"most", spread.most}, {"total", spread.total}};
}

store::Json statistics_json(const FileStatistics& file) {
  const annot::Statistics& numbers = file.numbers;
  store::Json by_class = store::Json::array(), splits = store::Json::object();
  for (const annot::ClassCount& count : numbers.by_class) {
    const store::Json name = count.name.empty() ? store::Json() : store::Json(count.name);
    by_class.push_back({{"label", count.label}, {"name", name}, {"records", count.records}, {"frames", count.frames}});
  }
  for (const auto& [name, records] : numbers.splits) splits[store::utf8_or_replaced(name)] = records;
  return {{"path", store::utf8_or_replaced(file.file)},
          {"format", annot::name_of(file.format)},
          {"records", numbers.records},
          {"videos", numbers.videos},
          {"unlabelled", numbers.unlabelled},
          {"several_labels", numbers.several_labels},
          {"classes", numbers.classes},
          {"classes_present", numbers.classes_present},
          {"records_per_class", spread_json(numbers.per_class, numbers.classes > 0)},
          {"imbalance", numbers.imbalance},
          {"frames", spread_json(numbers.frames, numbers.counted > 0)},
          {"splits", std::move(splits)},
          {"by_class", std::move(by_class)}};
}

std::string spread_text(const annot::Spread& spread) {
  return fmt::format("{} / {} / {}", spread.least, spread.median, spread.most);
}

std::string statistics_table(const std::vector<FileStatistics>& files) {
  std::vector<std::vector<std::string>> rows;
  for (const FileStatistics& file : files) {
    const annot::Statistics& n = file.numbers;
    rows.push_back(
        {file.file, fmt::format("{}", n.records), fmt::format("{}", n.videos), fmt::format("{}", n.unlabelled),
         fmt::format("{}", n.several_labels), fmt::format("{} of {}", n.classes_present, n.classes),
         n.classes > 0 ? spread_text(n.per_class) : "-", n.imbalance > 0 ? fmt::format("{:.2f}", n.imbalance) : "-",
         n.counted > 0 ? spread_text(n.frames) : "-", n.counted > 0 ? fmt::format("{}", n.frames.total) : "-"});
  }
  return text_table({"file", "records", "videos", "unlabelled", "several labels", "classes", "records a class",
                     "imbalance", "frames", "frames in all"},
                    rows, {false, true, true, true, true, true, true, true, true, true});
}

std::string class_table(const FileStatistics& file) {
  std::vector<std::vector<std::string>> rows;
  for (const annot::ClassCount& count : file.numbers.by_class) {
    rows.push_back({fmt::format("{}", count.label), count.name, fmt::format("{}", count.records),
                    fmt::format("{}", count.frames)});
  }
  return fmt::format("\n{}\n", file.file) +
         text_table({"label", "name", "records", "frames"}, rows, {true, false, true, true});
}

std::string draw_classes(const std::vector<FileStatistics>& files) {
  plot::BarChart chart;
  chart.title = "Records of each class";
  chart.x.label = "class";
  chart.y.label = "records";
  chart.y.whole_numbers = true;
  size_t most = 0;
  for (const FileStatistics& file : files) most = std::max(most, file.numbers.by_class.size());
  for (size_t i = 0; i < most; ++i) {
    std::string name = std::to_string(i);
    for (const FileStatistics& file : files) {
      if (i < file.numbers.by_class.size() && !file.numbers.by_class[i].name.empty()) {
        name = file.numbers.by_class[i].name;
        break;
      }
    }
    chart.categories.push_back(std::move(name));
  }
  for (const FileStatistics& file : files) {
    plot::Bars bars{file.file, {}};
    for (size_t i = 0; i < most; ++i) {
      bars.values.push_back(i < file.numbers.by_class.size() ? static_cast<double>(file.numbers.by_class[i].records)
                                                             : 0.0);
    }
    chart.series.push_back(std::move(bars));
  }
  return plot::draw(chart);
}

std::string draw_frames(const std::vector<FileStatistics>& files) {
  constexpr int kMostBins = 60;
  std::vector<double> values;
  for (const FileStatistics& file : files) values.insert(values.end(), file.frames.begin(), file.frames.end());
  plot::Histogram chart = plot::bin_values(values, kMostBins, true);
  chart.title = "Numbers of frames";
  chart.x.label = "frames";
  chart.y.label = "records";
  chart.y.whole_numbers = true;
  return plot::draw(chart);
}

}  // namespace

int run_annot_stats(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  const AnnotReading reading = read_annot_reading(parsed);
  const std::string plot_path = parsed.text_or("plot", {});
  if (!plot_path.empty()) refuse_existing(plot_path, parsed.flag("force"));
  std::vector<FileStatistics> files;
  for (const std::string& path : parsed.positionals("FILE")) {
    const AnnotInput input = read_annot_input(path, reading, context.log());
    FileStatistics file{input.named.file, input.format, annot::statistics_of(input.named.set), {}};
    for (const annot::Annotation& item : input.named.set.items) {
      if (item.num_frames >= 0) file.frames.push_back(item.num_frames);
    }
    files.push_back(std::move(file));
  }
  if (context.json()) {
    store::Json document = {{"schema", "vs.annot_stats/1"}, {"files", store::Json::array()}};
    for (const FileStatistics& file : files) document["files"].push_back(statistics_json(file));
    store::validate_json(document, "annot_stats");
    context.print(store::json_document(document));
  } else {
    std::string text = statistics_table(files);
    if (parsed.flag("per-class")) {
      for (const FileStatistics& file : files) text += class_table(file);
    }
    context.print(text);
  }
  if (!plot_path.empty()) {
    write_file_atomically(plot_path, parsed.text("plot-what") == "frames" ? draw_frames(files) : draw_classes(files));
    store::Manifest manifest("vs-annot", parsed.command(), parsed.parameters(true), parsed.parameters(false));
    for (const std::string& path : parsed.positionals("FILE")) {
      if (path != "-") manifest.add_input(path);
    }
    manifest.add_output(plot_path);
    store::Counts counts;
    counts.done = static_cast<int64_t>(files.size());
    manifest.set_outcome(counts, {});
    manifest.write(store::manifest_path(plot_path, false));
  }
  return kExitDone;
}

}  // namespace vs::jobs

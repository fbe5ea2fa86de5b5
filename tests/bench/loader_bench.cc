// vs-loader-bench LIST WORKERS REPEAT [RESIZE CROP]
//
// Loads 8 uniform frames of each video of LIST (one path a line), REPEAT times over, resized to a short side of RESIZE
// (224), cropped to CROP (224) at the centre and normalised, with WORKERS threads. Prints one JSON object: clips, the
// seconds and CPU seconds of the loading, the mean of all values, failures, and the peak of resident memory after each
// fifth of the run.
#include <sys/resource.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/annot/annotation.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/data/dataset.h"
#include "lib/data/loader.h"
#include "lib/data/pipeline.h"

namespace {

using Json = nlohmann::ordered_json;

/// Peak of resident memory so far (VmHWM), -1 where the system does not tell.
int64_t peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
  }
  return -1;
}

/// Seconds of all cores that this process has used.
double cpu_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

int64_t number(const char* text) {
  const auto value = vs::parse_integer(text);
  if (!value || *value < 0) throw vs::UsageError(text, "a number was expected");
  return *value;
}

Json steps(int64_t resize, int64_t crop) {
  return Json::array({{{"type", "SampleFrames"}, {"clip_len", 1}, {"num_clips", 8}, {"test_mode", true}},
                      {{"type", "Resize"}, {"scale", {-1, resize}}},
                      {{"type", "CenterCrop"}, {"crop_size", crop}},
                      {{"type", "Normalize"}, {"mean", {123.675, 116.28, 103.53}}, {"std", {58.395, 57.12, 57.375}}},
                      {{"type", "FormatShape"}, {"input_format", "NCHW"}}});
}

void run(const std::string& list, int workers, int64_t repeat, int64_t resize, int64_t crop) {
  vs::annot::AnnotationSet set;
  set.media = vs::annot::Media::kVideos;
  const std::string text = vs::read_file(list);
  for (const std::string_view line : vs::split(text, '\n')) {
    if (line.empty()) continue;
    vs::annot::Annotation item;
    item.path = std::string(line);
    set.items.push_back(item);
  }
  vs::data::DatasetOptions finding;
  finding.labels_needed = false;
  const vs::data::Dataset data = vs::data::make_dataset(list, set, {}, finding);
  std::vector<int64_t> order;
  for (int64_t i = 0; i < repeat; ++i) {
    for (std::size_t item = 0; item < data.items.size(); ++item) order.push_back(static_cast<int64_t>(item));
  }
  const vs::data::Pipeline pipeline(steps(resize, crop), "bench");
  vs::data::LoaderOptions options;
  options.workers = workers;
  options.reader = pipeline.reading({});

  std::vector<int64_t> peaks;
  double sum = 0;
  std::size_t clips = 0, values = 0, failures = 0;
  const double cpu_before = cpu_s();
  const auto start = std::chrono::steady_clock::now();
  vs::data::load(data, order, pipeline, options, [&](const vs::data::Sample& sample) {
    failures += sample.failure.empty() ? 0 : 1;
    for (std::size_t i = 0; i < sample.input.values.size(); i += 997) {
      sum += static_cast<double>(sample.input.values[i]);
      ++values;
    }
    if (++clips * 5 / order.size() > peaks.size()) peaks.push_back(peak_kib());
    return true;
  });
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  const Json result = {{"clips", clips},
                       {"wall_s", wall.count()},
                       {"clips_per_s", static_cast<double>(clips) / wall.count()},
                       {"cpu_s", cpu_s() - cpu_before},
                       {"mean", values > 0 ? sum / static_cast<double>(values) : 0.0},
                       {"failures", failures},
                       {"peak_kib", peaks}};
  std::cout << result.dump() << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 6) {
    std::cerr << "usage: vs-loader-bench LIST WORKERS REPEAT [RESIZE CROP]\n";
    return vs::kExitUsage;
  }
  try {
    run(argv[1], static_cast<int>(number(argv[2])), number(argv[3]), argc == 6 ? number(argv[4]) : 224,
        argc == 6 ? number(argv[5]) : 224);
  } catch (const vs::Error& error) {
    std::cerr << "vs-loader-bench: error: " << error.what() << "\n";
    return error.exit_code();
  }
  return vs::kExitDone;
}

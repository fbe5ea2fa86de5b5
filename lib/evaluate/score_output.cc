#include "lib/evaluate/score_output.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "lib/jobs/inputs/output_check.h"
#include "lib/store/item_log.h"
#include "lib/store/manifest.h"

namespace vs::evaluate {

void write_score_set(const std::string& path, const ScoreSet& scores, const cli::ParsedOptions& parsed,
                     const std::vector<std::string>& inputs, bool force) {
  jobs::check_outputs({{"--output", path}}, inputs);
  store::Manifest manifest(parsed.command().front(), parsed.command(), parsed.parameters(true),
                           parsed.parameters(false));
  for (const auto& input : inputs) manifest.add_input(input);
  std::vector<store::Item> items;
  for (const auto& id : scores.ids) items.push_back({.id = id, .path = scores.path});
  store::ScoresInfo info = scores.info;
  info.has_picks = false;
  info.patch_size = 0;
  info.num_stages = 0;
  info.average = store::RowAverage::kNone;
  store::ScoresWriter writer(path, info, store::run_key(manifest, items), force);
  const auto classes = static_cast<size_t>(scores.num_classes());
  // A killed run of the same command left its first videos there.
  for (uint64_t v = writer.first(); v < items.size(); ++v) {
    const auto row = scores.scores.begin() + static_cast<std::ptrdiff_t>(v * classes);
    store::VideoScores video;
    video.video_id = scores.ids[v];
    video.scores.assign(row, row + static_cast<std::ptrdiff_t>(classes));
    video.labels = scores.labels[v];
    video.gflops = scores.gflops[v];
    writer.add({&items[v], v, std::nullopt}, video);
  }
  manifest.set_outcome({.done = scores.num_videos()}, {});
  writer.finish(manifest.inner_document(std::filesystem::path(path).parent_path().string()));
  manifest.add_output(path);
  manifest.write(store::manifest_path(path, false));
  writer.done();
}

}  // namespace vs::evaluate

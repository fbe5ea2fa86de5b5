// Features of all videos into one file.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/jobs/extract/frame_features.h"
#include "lib/jobs/extract/output_parts.h"
#include "lib/jobs/extract/outputs.h"
#include "lib/jobs/extract/survey.h"
#include "lib/jobs/extract/video_run.h"
#include "lib/jobs/inputs/named_input.h"
#include "lib/plugin/load.h"
#include "lib/store/features_file.h"
#include "lib/store/manifest.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;
using store::Item;
using store::ItemOutcome;
/// What the rows of videos that wait for their turn keep in memory, all together.
constexpr uint64_t kSpoolBytes = uint64_t{14} << 20;
constexpr uint64_t kWaitingVideos = 64;

/// The features of one video on their way into the file.
struct FeatureItem {
  store::VideoFeatures features;
  store::ByteSpool values;
};

std::unique_ptr<plugin::FeatureNetwork> open_network(const FeatureOptions& options) {
  const plugin::FeaturePlugin& plugin = plugin::load_feature_plugin("--features");
  // A bad checkpoint is no bad item: the run cannot start.
  return read_named_input("--weights", [&] { return plugin.open(options.request); });
}

store::FeaturesInfo file_info(const FeatureOptions& options, const plugin::FeatureShape& shape) {
  store::FeaturesInfo info;
  info.type = options.type;
  info.row_shape = shape.row_shape;
  info.layer = options.request.layer;
  info.recipe = options.recipe;
  if (!options.request.weights.empty()) info.weights_sha256 = store::file_record(options.request.weights).sha256;
  info.parameters = feature_parameters(options).dump();
  return info;
}

}  // namespace

ExtractResult write_features(const ExtractOptions& options, const std::vector<Item>& items, Log& log) {
  check_output_names(options, items);
  const FeatureOptions& wanted = *options.features;
  ExtractResult result;
  const std::string path = store::shard_path(options.output, options.shard);
  const std::string folder = fs::path(path).parent_path().string();
  result.manifest = store::manifest_path(path, false);
  const VideoRun videos(options, log);
  store::Manifest manifest = make_manifest(options);
  const auto network = open_network(wanted);
  log.info(network->summary());
  if (!folder.empty()) make_folders(folder);
  store::FeaturesWriter writer(path, file_info(wanted, network->shape()), extract_key(options, manifest, items),
                               options.force);
  store::ItemRunOptions run = run_options(options);
  run.first = writer.first();
  run.window = kWaitingVideos;
  const auto memory = std::make_shared<store::MemoryBudget>(kSpoolBytes);
  if (run.first) log.info(fmt::format("goes on after {} of {} videos", run.first, items.size()));
  result.run = store::run_items(
      items, run, log, writer.before(items),
      [&](const Item& item) {
        FeatureItem video{{}, store::ByteSpool(folder, memory)};
        FrameFeatures rows(wanted, *network, item.id, video.values);
        videos.run(item, [&](const OutputFrame& frame, std::span<const uint8_t> rgb) { rows.add(frame, rgb); });
        video.features = rows.finish();
        return video;
      },
      [&](const ItemOutcome& outcome, FeatureItem video) { writer.add(outcome, video.features, video.values); },
      [&](const ItemOutcome& outcome, const std::string& reason) { writer.fail(outcome, reason); });
  add_inputs(manifest, options, result.run);
  writer.finish(manifest.inner_document(folder));
  manifest.add_output(path);
  manifest.write(result.manifest);
  write_depfile_if_wanted(options, path, items);
  writer.done();
  // A killed run's rows count too.
  const store::FeaturesFile file(path);
  for (int64_t video = 0; video < file.num_videos(); ++video) result.frames += file.num_rows(video);
  return result;
}

Estimate estimate_features(const ExtractOptions& options, const std::vector<Item>& items, Log& log) {
  const FeatureOptions& wanted = *options.features;
  const plugin::FeatureShape shape = open_network(wanted)->shape();
  store::FeaturesInfo info;
  info.row_shape = shape.row_shape;
  const uint64_t value_bytes = wanted.type == store::FeatureType::kFloat16 ? 2 : 4;
  return estimate_output(options, items, log, [&](int64_t frames) {
    return static_cast<uint64_t>(feature_rows(wanted, shape, frames)) * info.row_values() * value_bytes;
  });
}

}  // namespace vs::jobs

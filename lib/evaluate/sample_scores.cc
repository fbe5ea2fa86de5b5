#include "lib/evaluate/sample_scores.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>

#include "lib/store/byte_spool.h"
#include "lib/store/features_file.h"

namespace vs::evaluate {
namespace {

using Json = nlohmann::ordered_json;

std::vector<float> values_of(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.to(at::kFloat).contiguous();
  const auto* const first = plain.const_data_ptr<float>();
  return {first, first + plain.numel()};
}

/// Frames that each row looked at.
void add_picks(store::VideoScores& scores, const systems::Result& result, size_t video, const data::FramePlan& plan,
               int64_t rows) {
  const auto frames = static_cast<int64_t>(plan.frames.size());
  const auto frame_at = [&](int64_t place) { return plan.frames[static_cast<size_t>(place % frames)]; };
  if (video < result.patches.size() && !result.patches[video].empty()) {
    for (const systems::Patch& patch : result.patches[video]) {
      scores.pick_frames.push_back(frame_at(patch.frame));
      scores.pick_patches.push_back(static_cast<float>(patch.y));
      scores.pick_patches.push_back(static_cast<float>(patch.x));
    }
  } else if (video < result.picks.size() && !result.picks[video].empty()) {
    for (const int64_t place : result.picks[video]) scores.pick_frames.push_back(frame_at(place));
  } else if (rows % plan.num_clips == 0) {
    // Rows are crops of clips, crop after crop.
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t begin = row % plan.num_clips * plan.clip_len;
      for (int64_t t = 0; t < plan.clip_len; ++t) scores.pick_frames.push_back(frame_at(begin + t));
    }
  } else {
    scores.pick_frames = plan.frames;
  }
  const auto picks = static_cast<int64_t>(scores.pick_frames.size());
  scores.pick_counts.assign(static_cast<size_t>(rows), picks % rows == 0 ? picks / rows : 0);
  if (picks % rows != 0) scores.pick_counts.front() = picks;
}

class ScoreResults final : public ResultFile {
 public:
  ScoreResults(const std::string& path, const store::ScoresInfo& info, const Json& key, bool force)
      : writer_(path, info, key, force), stages_(info.num_stages > 0) {}
  uint64_t first() const override { return writer_.first(); }
  store::ItemRunResult before(const std::vector<store::Item>& items) const override { return writer_.before(items); }
  void add(const store::ItemOutcome& outcome, const systems::Result& result, int64_t video, const data::FramePlan& plan,
           const std::vector<int32_t>& labels, double gflops) override {
    store::VideoScores scores = video_scores(result, video, plan, stages_);
    scores.video_id = outcome.item->id;
    scores.labels.assign(labels.begin(), labels.end());
    scores.gflops = gflops;
    writer_.add(outcome, scores);
  }
  void fail(const store::ItemOutcome& outcome, const std::string& reason) override { writer_.fail(outcome, reason); }
  void finish(const Json& inner_manifest) override { writer_.finish(inner_manifest); }
  void done() override { writer_.done(); }

 private:
  store::ScoresWriter writer_;
  bool stages_;
};

class EmbeddingResults final : public ResultFile {
 public:
  EmbeddingResults(const std::string& path, const store::FeaturesInfo& info, const Json& key, bool force)
      : writer_(path, info, key, force), folder_(std::filesystem::path(path).parent_path().string()) {}
  uint64_t first() const override { return writer_.first(); }
  store::ItemRunResult before(const std::vector<store::Item>& items) const override { return writer_.before(items); }
  void add(const store::ItemOutcome& outcome, const systems::Result& result, int64_t video, const data::FramePlan& plan,
           const std::vector<int32_t>&, double) override {
    const at::Tensor rows = result.embeddings[video];
    const std::vector<float> values = values_of(rows);
    store::VideoFeatures features;
    features.video_id = outcome.item->id;
    for (int64_t clip = 0; clip < rows.size(0); ++clip) {
      const auto first = static_cast<size_t>(clip * plan.clip_len);
      features.frame_index.push_back(first < plan.frames.size() ? plan.frames[first] : 0);
      features.time_s.push_back(0);
    }
    store::ByteSpool spool(folder_);
    spool.append({reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(float)});
    writer_.add(outcome, features, spool);
  }
  void fail(const store::ItemOutcome& outcome, const std::string& reason) override { writer_.fail(outcome, reason); }
  void finish(const Json& inner_manifest) override { writer_.finish(inner_manifest); }
  void done() override { writer_.done(); }

 private:
  store::FeaturesWriter writer_;
  std::string folder_;
};

}  // namespace

store::VideoScores video_scores(const systems::Result& result, int64_t video, const data::FramePlan& plan,
                                bool stages) {
  store::VideoScores scores;
  const at::Tensor rows = result.clip_scores[video];
  scores.scores = values_of(rows);
  add_picks(scores, result, static_cast<size_t>(video), plan, rows.size(0));
  if (stages) scores.stage_logits = values_of(result.stage_logits[video]);
  return scores;
}

std::unique_ptr<ResultFile> open_scores(const std::string& path, const store::ScoresInfo& info, const Json& key,
                                        bool force) {
  return std::make_unique<ScoreResults>(path, info, key, force);
}

std::unique_ptr<ResultFile> open_embeddings(const std::string& path, int64_t width, const std::string& recipe,
                                            const std::string& parameters, const Json& key, bool force) {
  store::FeaturesInfo info;
  info.row_shape = {static_cast<uint64_t>(width)};
  info.layer = "embedding";
  info.recipe = recipe;
  info.parameters = parameters;
  return std::make_unique<EmbeddingResults>(path, info, key, force);
}

}  // namespace vs::evaluate

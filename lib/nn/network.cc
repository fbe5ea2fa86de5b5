#include "lib/nn/network.h"

#include <fmt/format.h>

#include "lib/core/error.h"

namespace vs::nn {

AverageClips average_clips_named(const std::string& name) {
  if (name == "score") return AverageClips::kScore;
  if (name == "prob") return AverageClips::kProb;
  if (name == "none") return AverageClips::kNone;
  throw UsageError("average_clips", "\"" + name + "\" is not known", "known are score, prob, none");
}

at::Tensor average_clips(const at::Tensor& scores, int64_t clips, AverageClips average) {
  if (average == AverageClips::kNone) return scores;
  if (clips < 1 || scores.size(0) % clips != 0)
    throw DataError("average_clips",
                    fmt::format("{} rows of scores are no multiple of {} clips", scores.size(0), clips));
  const at::Tensor rows = average == AverageClips::kProb ? at::softmax(scores, -1) : scores;
  return rows.view({scores.size(0) / clips, clips, -1}).mean(1);
}

at::Tensor Recognizer::test(const at::Tensor& imgs, AverageClips average) {
  const at::Tensor scores = logits(imgs);
  return average_clips(scores, scores.size(0) / imgs.size(0), average);
}

}  // namespace vs::nn

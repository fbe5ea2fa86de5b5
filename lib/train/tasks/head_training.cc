#include "lib/train/tasks/head_training.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/nn/config.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

at::Tensor read_class_weights(const Json& loss, int64_t classes, nn::Config& config) {
  config.pass({"class_weight"});
  if (!config.has("class_weight")) return {};
  const Json& list = loss.at("class_weight");
  const std::string place = config.place_of("class_weight");
  if (!list.is_array()) throw UsageError(place, "is no list of numbers");
  std::vector<double> weights;
  for (const Json& weight : list) {
    const double value = weight.is_number() ? weight.get<double>() : -1;
    if (!(value >= 0 && std::isfinite(value))) throw UsageError(place, "holds something that is no number from 0 on");
    weights.push_back(value);
  }
  if (weights.size() != static_cast<size_t>(classes))
    throw UsageError(place, fmt::format("has {} elements", weights.size()),
                     fmt::format("there are {} classes", classes));
  return at::tensor(weights, at::kDouble);
}

}  // namespace

void HeadTraining::move(at::Device device) {
  if (loss.class_weights.defined()) loss.class_weights = loss.class_weights.to(device);
}

HeadTraining read_head_training(const Json& head, int64_t classes, const std::string& place) {
  constexpr double kMostWeight = 1e6;
  constexpr int64_t kMost = 1 << 20;
  HeadTraining training;
  nn::Config config(head, place);
  if (config.has("loss_cls")) {
    nn::Config loss = config.object("loss_cls");
    loss.word("type", "CrossEntropyLoss", {"CrossEntropyLoss"});
    training.loss.weight = loss.number_or("loss_weight", 1, 0, kMostWeight);
    training.loss.class_weights = read_class_weights(head.at("loss_cls"), classes, loss);
    loss.finish();
  }
  training.loss.several_labels = config.flag_or("multi_class", false);
  training.loss.label_smoothing = config.number_or("label_smooth_eps", 0, 0, 1);
  if (config.has("topk")) {
    training.top_k = config.integers("topk", head.at("topk").is_number() ? 1 : 0);
    for (const int64_t k : training.top_k) {
      if (k < 1 || k > kMost) throw UsageError(config.place_of("topk"), fmt::format("{} is not in 1 to {}", k, kMost));
    }
  }
  return training;
}

Losses classify(const at::Tensor& scores, const at::Tensor& labels, const HeadTraining& head) {
  const int64_t videos = labels.size(0);
  if (scores.dim() != 2 || scores.size(0) % videos != 0)
    throw DataError("recognizer",
                    fmt::format("gives scores [{}] for {} videos", fmt::join(scores.sizes(), ", "), videos),
                    "a row a clip is trained with");
  const int64_t clips = scores.size(0) / videos;
  const at::Tensor of_rows = clips == 1 ? labels : labels.repeat_interleave(clips, 0);
  Losses losses;
  losses.total = classification_loss(scores, of_rows, head.loss);
  losses.parts.emplace_back("loss_cls", losses.total.detach());
  if (head.loss.several_labels) return losses;
  for (const int64_t k : head.top_k)
    losses.parts.emplace_back(fmt::format("top{}_acc", k), top_k_share(scores, of_rows, k));
  return losses;
}

}  // namespace vs::train

#include "lib/train/tasks/ocsampler_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "lib/core/error.h"
#include "lib/nn/backbones/mobilenet_v2_sampler.h"
#include "lib/nn/build_as.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/norm.h"
#include "lib/nn/recognizers/recognizer.h"
#include "lib/systems/frame_chooser.h"
#include "lib/systems/system.h"
#include "lib/train/loop/autocast.h"
#include "lib/train/losses/precision.h"
#include "lib/train/optimizers/explore_schedule.h"
#include "lib/train/tasks/frame_classifier.h"
#include "lib/train/tasks/frozen_parts.h"
#include "lib/train/tasks/head_training.h"
#include "lib/train/tasks/policy_step.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;
constexpr int64_t kMost = int64_t{1} << 20;

/// Both networks under the names of the whole model, as the test-time system has them.
class SamplerAndRecognizer : public nn::Module {
 public:
  SamplerAndRecognizer(std::unique_ptr<nn::Module> sampler, std::unique_ptr<nn::PlainRecognizer> recognizer)
      : sampler_(*sampler), recognizer_(*recognizer) {
    adopt("sampler", std::move(sampler));
    adopt("", std::move(recognizer));
  }
  nn::Module& sampler() { return sampler_; }
  nn::PlainRecognizer& recognizer() { return recognizer_; }

 private:
  nn::Module& sampler_;
  nn::PlainRecognizer& recognizer_;
};

/// Where a model says what: one form for the reference's models and for a sampler before any recognizer.
struct Description {
  Json policy;      ///< keys of read_policy_options() and resize_px
  Json network;     ///< the skim network
  Json recognizer;  ///< Recognizer2D or Recognizer3D
  std::string policy_place, network_place, recognizer_place;
  bool clips = false, final_loss = true;
};

Json description_of_plain(const Json& model, bool clips) {
  Json plain{{"type", clips ? "Recognizer3D" : "Recognizer2D"}};
  for (const char* key : {"backbone", "cls_head"}) plain[key] = model.at(key);
  return plain;
}

Description read_published(const Json& model, const Json& train, bool clips, const std::string& place) {
  if (train.contains("policy"))
    throw UsageError("train.policy", "is of a SampledRecognizer", "this model has these keys itself");
  nn::Config head(model.at("cls_head"), place + ".cls_head");
  return {.policy = model,
          .network = model.at("sampler"),
          .recognizer = description_of_plain(model, clips),
          .policy_place = place,
          .network_place = place + ".sampler",
          .recognizer_place = place,
          .clips = clips,
          .final_loss = head.flag_or("final_loss", true)};
}

Description read_sampled(const Json& model, const Json& train, const std::string& place) {
  nn::Config sampler(model.at("sampler"), place + ".sampler");
  if (sampler.text("type", "") != "OCSampler")
    throw UsageError(sampler.place_of("type"), "has nothing to be trained", "train the recognizer by itself");
  nn::Config recognizer(model.at("recognizer"), place + ".recognizer");
  const std::string type = recognizer.text("type", "");
  if (type != "Recognizer2D" && type != "Recognizer3D")
    throw UsageError(recognizer.place_of("type"), "no skim network is trained before this one",
                     "train it before a Recognizer2D or a Recognizer3D");
  Description description{.policy = {{"bp_mode", "tsn"}, {"reward_kind", 4}, {"explore_rate", 0}},
                          .network = model.at("sampler").at("network"),
                          .recognizer = model.at("recognizer"),
                          .policy_place = "train.policy",
                          .network_place = place + ".sampler.network",
                          .recognizer_place = place + ".recognizer",
                          .clips = type == "Recognizer3D",
                          .final_loss = false};
  if (train.contains("policy")) {
    nn::Config policy(train.at("policy"), "train.policy");
    policy.pass({"bp_mode", "calc_mode", "reward_kind", "explore_rate", "cal_number"});
    description.final_loss = policy.flag_or("final_loss", false);
    policy.finish();
    description.policy.update(train.at("policy"));
  }
  for (const char* key : {"num_segments", "resize_px", "shuffle"}) {
    if (model.at("sampler").contains(key)) description.policy[key] = model.at("sampler").at(key);
  }
  return description;
}

Description describe(const Json& model, const Json& train, const std::string& place) {
  const std::string type = nn::Config(model, place).text("type", "");
  if (type == "SampledRecognizer") return read_sampled(model, train, place);
  return read_published(model, train, type == "Sampler2DRecognizer3D", place);
}

Baseline read_baseline(nn::Config& config) {
  const std::string mode = config.word("bp_mode", "gradient_policy", {"gradient_policy", "tsn", "max", "random"});
  if (mode == "tsn") return Baseline::kSegments;
  if (mode == "max") return Baseline::kMostProbable;
  return mode == "random" ? Baseline::kRandom : Baseline::kDrawn;
}

/// Of its type and `is_shift`.
FrameUse frame_use(const Description& description) {
  if (description.clips) return FrameUse::kClip;
  nn::Config backbone(description.recognizer.at("backbone"), description.recognizer_place + ".backbone");
  const std::string type = backbone.text("type", "");
  const bool shifts = type == "ResNetTSM" || type == "MobileNetV2TSM";
  return shifts && backbone.flag_or("is_shift", true) ? FrameUse::kTogether : FrameUse::kEach;
}

/// The reference's ResNet50 is frozen unless told otherwise.
Json with_defaults(Json backbone) {
  if (backbone.value("type", "") != "ResNet50") return backbone;
  for (const char* key : {"freeze_all", "norm_eval"}) {
    if (!backbone.contains(key) || backbone.at(key).is_null()) backbone[key] = true;
  }
  return backbone;
}

void keep_statistics(nn::Module& module) {
  if (auto* norm = dynamic_cast<nn::BatchNorm*>(&module)) norm->freeze_statistics(true);
  for (const auto& child : module.children()) keep_statistics(*child);
}

class OcsamplerTask : public SamplingTask {
 public:
  OcsamplerTask(std::unique_ptr<nn::MobileNetV2Sampler> skim, std::unique_ptr<nn::PlainRecognizer> recognizer,
                const Description& description, const PolicyOptions& policy, int64_t skim_px,
                const std::optional<ExploreSchedule>& schedule)
      : OcsamplerTask(
            std::make_unique<systems::SkimChooser>(std::move(skim), policy.chosen, skim_px, policy.keeps_draw_order),
            std::move(recognizer), description, policy, schedule) {}

  LabelUse label_use() const override { return head_training_.loss.several_labels ? LabelUse::kAll : LabelUse::kDrawn; }
  void prepare_training() override;
  void begin_step(int64_t iteration, int64_t iterations, int64_t iterations_per_epoch) override {
    if (schedule_) policy_.explore_rate = schedule_->rate(iteration, iterations, iterations_per_epoch);
  }
  Batch ready(const Batch& batch) override;
  Losses forward(const Batch& batch) override;
  const FrameChoice& last_choice() const override { return choice_; }

 private:
  OcsamplerTask(std::unique_ptr<systems::SkimChooser> chooser, std::unique_ptr<nn::PlainRecognizer> recognizer,
                const Description& description, const PolicyOptions& policy,
                const std::optional<ExploreSchedule>& schedule)
      : SamplingTask(std::make_unique<SamplerAndRecognizer>(chooser->take_network(), std::move(recognizer))),
        networks_(static_cast<SamplerAndRecognizer&>(module())),
        recognizer_(networks_.recognizer()),
        chooser_(std::move(chooser)),
        policy_(policy),
        schedule_(schedule),
        head_frozen_(
            gives_probabilities(description.recognizer.at("cls_head"), description.recognizer_place + ".cls_head")),
        head_training_(read_head_training(description.recognizer.at("cls_head"), recognizer_.head().num_classes(),
                                          description.recognizer_place + ".cls_head")),
        frozen_(with_defaults(description.recognizer.at("backbone")), recognizer_.backbone(),
                description.recognizer_place + ".backbone"),
        classifier_([this](const at::Tensor& rows) { return recognizer_.backbone()(rows); }, recognizer_.head(),
                    frame_use(description), head_frozen_) {
    keep_statistics(recognizer_);
  }
  void make_classifier_fast(at::ScalarType type, at::Device device);

  SamplerAndRecognizer& networks_;
  nn::PlainRecognizer& recognizer_;
  std::unique_ptr<systems::SkimChooser> chooser_;
  PolicyOptions policy_;
  std::optional<ExploreSchedule> schedule_;
  bool head_frozen_, classifier_is_fast_ = false;
  HeadTraining head_training_;
  FrozenParts frozen_;
  FrameClassifier classifier_;
  FrameChoice choice_;
};

void OcsamplerTask::prepare_training() {
  SamplingTask::prepare_training();
  classifier_is_fast_ = false;
  networks_.sampler().train(policy_.trains_sampler);
  networks_.sampler().require_gradients(policy_.trains_sampler);
  recognizer_.train(false);
  recognizer_.require_gradients(policy_.trains_classifier);
  if (!policy_.trains_classifier) return;
  frozen_.apply();
  if (head_frozen_) {
    recognizer_.head().require_gradients(false);
  } else {
    recognizer_.head().train(true);
  }
}

/// Its weights stay as they are from the first step on, so that it can run as at test time.
void OcsamplerTask::make_classifier_fast(at::ScalarType type, at::Device device) {
  if (classifier_is_fast_ || policy_.trains_classifier || type != at::kFloat || !device.is_cpu()) return;
  // Where large operations are to run in half precision, plain layers do so.
  if (Autocast::type_on(device.type()) != at::kFloat) return;
  recognizer_.prepare({});
  classifier_is_fast_ = true;
}

Batch OcsamplerTask::ready(const Batch& batch) {
  const at::Tensor& imgs = batch.imgs;
  if (imgs.dim() != 5 || imgs.size(1) != chooser_->total() || imgs.size(2) != 3 || imgs.numel() == 0)
    throw DataError("OCSampler", fmt::format("takes [videos, {}, 3, H, W] in training, not [{}]", chooser_->total(),
                                             fmt::join(imgs.sizes(), ", ")));
  head_training_.move(imgs.device());
  return {imgs, labels_beside(imgs, batch.labels, recognizer_.head().num_classes())};
}

Losses OcsamplerTask::forward(const Batch& batch) {
  const at::Tensor& imgs = batch.imgs;
  make_classifier_fast(imgs.scalar_type(), imgs.device());
  const at::Tensor logits = chooser_->logits(imgs, false);
  const auto type = wide_type(logits);
  const PolicyDraws draws = policy_.trains_sampler ? draw_policy(noise(), logits.size(0), logits.size(1),
                                                                 logits.options().dtype(type), policy_)
                                                   : PolicyDraws{};
  PolicyStep step = policy_step(logits, imgs, batch.labels, classifier_, head_training_, draws, policy_);
  choice_ = {at::softmax(logits.detach().to(type), 1), step.frames, step.baseline_frames};
  return std::move(step.losses);
}

std::unique_ptr<nn::PlainRecognizer> build_plain(const Description& description) {
  return nn::build_as<nn::PlainRecognizer>(description.recognizer, description.recognizer_place,
                                           "is no Recognizer2D or Recognizer3D");
}

/// Judging each frame by itself is beyond a head that averages the scores of several.
void check_reward(const Description& description, const PolicyOptions& policy) {
  const bool each = policy.reward == Reward::kEachFrame || policy.reward == Reward::kBestFrame;
  if (each && description.recognizer.at("cls_head").value("type", "") == "TSMHead")
    throw UsageError(description.policy_place + ".reward_kind", "judges frames one by one, which a TSMHead cannot",
                     "use 1 or 4, or a TSNHead");
}

}  // namespace

PolicyOptions read_policy_options(const Json& model, bool clips, const std::string& place) {
  constexpr double kMostExploring = 1e6;
  nn::Config config(model, place);
  PolicyOptions policy;
  policy.chosen = config.integer_or("num_segments", policy.chosen, 1, kMost);
  policy.chosen_at_test = config.integer_or("num_test_segments", policy.chosen, 1, kMost);
  policy.baseline = read_baseline(config);
  const bool exact = config.word("calc_mode", "all", {"all", "approximate"}) == "all";
  policy.probability = exact   ? SetProbability::kAllOrders
                       : clips ? SetProbability::kTwoOrders
                               : SetProbability::kDrawOrder;
  if (exact && policy.chosen > kMostFramesOfAllOrders)
    throw UsageError(config.place_of("calc_mode"), fmt::format("all orders of {} frames are too many", policy.chosen),
                     fmt::format("choose at most {} frames, or set it to approximate", kMostFramesOfAllOrders));
  const Reward otherwise = clips ? Reward::kLabel : Reward::kHighestScore;
  policy.reward = static_cast<Reward>(config.integer_or("reward_kind", static_cast<int64_t>(otherwise),
                                                        static_cast<int64_t>(Reward::kHighestScore),
                                                        static_cast<int64_t>(Reward::kLabel)));
  policy.explore_rate = config.number_or("explore_rate", 1, -kMostExploring, kMostExploring);
  policy.keeps_draw_order = config.flag_or("shuffle", false);
  if (config.has("clamp_range"))
    throw UsageError(config.place_of("clamp_range"), "has no use: probabilities are always kept in range",
                     "leave it out");
  if (config.has("cal_number")) {
    if (clips) throw UsageError(config.place_of("cal_number"), "is for images only", "leave it out");
    const int64_t count = config.integer("cal_number", 1, kMost);
    if (count < policy.chosen)
      throw UsageError(config.place_of("cal_number"),
                       fmt::format("{} is below the {} frames that are drawn", count, policy.chosen));
    policy.renormalised = exact;
  }
  return policy;
}

std::unique_ptr<Task> build_ocsampler_task(const Json& model, const Json& train, const std::string& place) {
  // Refuses whatever could not be evaluated afterwards.
  systems::build_system(model, {}, place);
  const Description description = describe(model, train, place);
  PolicyOptions policy = read_policy_options(description.policy, description.clips, description.policy_place);
  nn::Config network(description.network, description.network_place);
  policy.trains_sampler = !network.flag_or("freeze_all", false);
  policy.trains_classifier = description.final_loss;
  check_reward(description, policy);
  auto skim = nn::build_mobilenet_v2_sampler(nn::Config(description.network, description.network_place));
  const int64_t skim_px = nn::Config(description.policy, description.policy_place).integer_or("resize_px", 0, 1, kMost);
  const int64_t total = skim->total_segments();
  if (policy.chosen > total)
    throw UsageError(description.policy_place + ".num_segments",
                     fmt::format("{} of {} frames cannot be drawn", policy.chosen, total));
  std::optional<ExploreSchedule> schedule;
  if (train.contains("adjust_parameters") && !train.at("adjust_parameters").is_null())
    schedule.emplace(train.at("adjust_parameters"));
  auto task = std::make_unique<OcsamplerTask>(std::move(skim), build_plain(description), description, policy, skim_px,
                                              schedule);
  task->prepare_training();
  const auto entries = task->module().entries();
  if (std::none_of(entries.begin(), entries.end(), [](const nn::Entry& e) { return e.tensor->requires_grad(); }))
    throw UsageError(place, "nothing of it is to be trained",
                     "leave out freeze_all of the sampler, or train the classifier by final_loss");
  return task;
}

}  // namespace vs::train

// Golden kinds of AdaFocusV2's training: its policy and its classifier alone, and whole steps of both networks.
#include <fmt/format.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/nn/adafocus/clip_network.h"
#include "lib/nn/adafocus/network.h"
#include "lib/nn/adafocus/patch_crop.h"
#include "lib/nn/adafocus/policy.h"
#include "lib/nn/adafocus/pooling_classifier.h"
#include "lib/train/losses/classification.h"
#include "lib/train/optimizers/optimizer.h"
#include "lib/train/optimizers/schedule.h"
#include "lib/train/tasks/adafocus_clip_task.h"
#include "lib/train/tasks/adafocus_task.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"
#include "tests/golden/train/training.h"

namespace vs::golden {
namespace {

using nlohmann::json;
using Json = nlohmann::ordered_json;

constexpr double kPercent = 100;
/// Of larger tensors the cases hold the first elements.
constexpr int64_t kFirst = 8;

int64_t number(const json& p, const char* key) { return p.at(key).get<int64_t>(); }
at::Tensor first_of(const at::Tensor& tensor) { return tensor.dim() == 0 ? tensor : first_elements(tensor, kFirst); }

/// "train_mbv2/frames<S>" in the text after `word`, for batch S.
std::string batch_key(const std::string& text, const std::string& word, int64_t batch) {
  std::string key = stated_key(text.substr(text.find(word)));
  return key.replace(key.find("<S>"), 3, std::to_string(batch));
}

/// grad_norm.X and grad_first.X of every parameter that the case lists.
void compare_gradients(const Case& c, nn::Module& network, Report& report) {
  for (const nn::Entry& entry : network.entries()) {
    const std::string norm = "grad_norm." + entry.name, first = "grad_first." + entry.name;
    if (!c.has_output(norm) && !c.has_output(first)) continue;
    const at::Tensor gradient = entry.tensor->grad();
    report.check(entry.name + ": has a gradient", gradient.defined());
    if (!gradient.defined()) continue;
    if (c.has_output(norm)) compare(report, norm, norm_of(gradient));
    if (c.has_output(first)) compare(report, first, first_of(gradient));
  }
}

/// Exactly the parameters under `no_grad` have no gradient.
void check_untrained(const Case& c, nn::Module& network, Report& report) {
  const auto listed = c.parameters().at("no_grad").get<std::set<std::string>>();
  const auto names = names_with_gradient(network);
  const std::set<std::string> found(names.begin(), names.end());
  for (const nn::Entry& entry : network.entries()) {
    if (entry.kind == nn::EntryKind::kParameter && found.contains(entry.name) == listed.contains(entry.name))
      report.check(entry.name + (found.contains(entry.name) ? ": has a gradient" : ": has no gradient"), false);
  }
}

/// <component>.X of every X.<component> that the case lists.
void compare_buffers(const Case& c, nn::Module& network, Report& report) {
  for (const nn::Entry& entry : network.entries()) {
    if (entry.kind != nn::EntryKind::kBuffer) continue;
    const size_t dot = entry.name.rfind('.');
    const std::string moved = entry.name.substr(dot + 1) + "." + entry.name.substr(0, dot);
    for (const std::string& output : {moved, "buffer." + entry.name})
      if (c.has_output(output)) compare(report, output, first_of(*entry.tensor));
  }
}

void check_policy(const Case& c, Report& report) {
  const json& p = c.parameters();
  const int64_t channels = number(p, "stn_feature_dim"), side = number(p, "spatial"), videos = number(p, "batch"),
                segments = number(p, "num_segments"), image = number(p, "image_size"), patch = number(p, "patch_size");
  nn::FramePolicy policy(channels, side, number(p, "hidden_dim"));
  fill_stated(c, policy, report);
  policy.train();
  policy.require_gradients(true);
  const int64_t frames = videos * segments;
  constexpr double kShift = 0.5;
  const at::Tensor actions = policy(keyed(c, p, "features", {frames, channels, side, side}, kShift), segments);
  const at::Tensor patches = nn::crop_patches(keyed(c, p, "frames", {frames, 3, image, image}), actions, patch);
  const at::Tensor loss = (patches * keyed(c, p, "w", patches.sizes())).sum() / videos;
  loss.backward();
  compare(report, "actions", actions);
  compare(report, "loss", loss);
  compare_gradients(c, policy, report);
  compare_buffers(c, policy, report);
}

void check_classifier(const Case& c, Report& report) {
  const json& p = c.parameters();
  const int64_t features = number(p, "input_dim"), segments = number(p, "num_segments"), videos = number(p, "batch");
  nn::PoolingClassifier classifier({.in_features = features,
                                    .num_segments = segments,
                                    .num_classes = number(p, "num_classes"),
                                    .hidden_features = p.value("hidden_dim", int64_t{4096}),
                                    .dropout = 0});
  fill_stated(c, classifier, report);
  classifier.train();
  classifier.require_gradients(true);
  at::Tensor x = keyed(c, p, "x", {videos, segments, features});
  x.requires_grad_();
  const at::Tensor logits = classifier.after_every_frame(x.flatten(0, 1)).flatten(0, 1);
  const at::Tensor targets = at::tensor(p.at("targets").get<std::vector<int64_t>>());
  const at::Tensor loss = train::classification_loss(logits, targets.repeat_interleave(segments));
  loss.backward();
  compare(report, "logits", logits);
  compare(report, "loss", loss);
  compare(report, "grad_x", x.grad());
  compare_gradients(c, classifier, report);
  compare_buffers(c, classifier, report);
}

/// What a whole-network case asks of its program.
struct Program {
  std::unique_ptr<train::Task> task;
  Json groups;  ///< the optimiser's constructor and ratios
  std::function<at::Tensor(int64_t batch)> imgs;
  std::function<at::Tensor(const at::Tensor& imgs)> actions;
};

/// The rates of the groups in an epoch: lr_type and lr_steps of the case as a recipe has them.
std::vector<double> rates(const train::Optimizer& optimizer, const json& o, int64_t epoch) {
  Json schedule;
  if (o.value("lr_type", "cos") == "cos") {
    schedule = {{"policy", "CosineAnnealing"}, {"min_lr", 0}};
  } else {
    schedule = {{"policy", "step"}, {"step", o.at("lr_steps").get<std::vector<int64_t>>()}, {"gamma", 0.1}};
  }
  const train::LearningRateSchedule rate(schedule, o.at("epochs").get<int64_t>(), 1);
  std::vector<double> result;
  for (const train::ParameterGroup& group : optimizer.groups()) result.push_back(rate.rate(group.learning_rate, epoch));
  return result;
}

/// Where the policy looked before any update. Running statistics are put back: the step has moved them already.
void compare_actions(const Program& program, const at::Tensor& imgs, Report& report) {
  const at::NoGradGuard no_gradients;
  std::vector<std::pair<at::Tensor*, at::Tensor>> statistics;
  for (const nn::Entry& entry : program.task->module().entries())
    if (entry.kind == nn::EntryKind::kBuffer) statistics.emplace_back(entry.tensor, entry.tensor->clone());
  compare(report, "actions_step0", program.actions(imgs));
  for (const auto& [tensor, value] : statistics) tensor->copy_(value);
}

void check_steps(const Case& c, Program& program, Report& report) {
  const json& p = c.parameters();
  const json& o = p.at("optimizer");
  train::Task& task = *program.task;
  nn::Module& network = task.module();
  fill_stated(c, network, report);
  StatedNoise noise;
  task.set_noise(&noise);
  task.prepare_training();
  // The draws of a reference that drops nothing are not stated.
  switch_off(network, {"Dropout"});

  Json described = program.groups;
  described["type"] = "SGD";
  for (const char* key : {"lr", "momentum", "weight_decay"}) described[key] = o.at(key).get<double>();
  const auto optimizer = train::build_optimizer(network, described);
  const std::vector<double> group_rates = rates(*optimizer, o, number(p, "epoch"));
  optimizer->set_learning_rates(group_rates);
  report.compare("lr", group_rates);
  std::optional<Clipping> clipping;
  if (o.contains("clip_gradient")) clipping = Clipping{.max_norm = o.at("clip_gradient").get<double>()};

  std::map<std::string, at::Tensor> before;
  for (const nn::Entry& entry : network.entries())
    if (c.has_output("update." + entry.name)) before[entry.name] = entry.tensor->detach().clone();
  std::vector<double> losses, norms, top1, top5;
  for (int64_t s = 0; s < number(p, "steps"); ++s) {
    at::Tensor target = input_tensor(c, fmt::format("target_{}", s));
    if (target.dim() == 2) target = target.select(1, 0);
    noise.add_uniform(input_tensor(c, fmt::format("random_{}", s)));
    const train::Batch batch{program.imgs(s), target};
    const Step step = run_step(task, *optimizer, batch, clipping, [&](const Step&) {
      if (s > 0) return;
      compare_gradients(c, network, report);
      check_untrained(c, network, report);
      compare_actions(program, batch.imgs, report);
    });
    report.check("all random places are used", noise.used_up());
    const auto share = [&](const char* name) { return kPercent * part_of(step.losses, name).item<double>(); };
    losses.push_back(step.losses.total.item<double>());
    norms.push_back(step.gradient_norm);
    top1.push_back(share("top1_acc"));
    top5.push_back(share("top5_acc"));
  }
  report.compare("loss", losses);
  report.compare("top1", top1);
  if (c.has_output("top5")) report.compare("top5", top5);
  if (c.has_output("grad_total_norm")) report.compare("grad_total_norm", norms);
  for (const auto& [name, value] : before)
    compare(report, "update." + name, first_of((entry_of(network, name).detach() - value) / o.at("lr").get<double>()));
  compare_buffers(c, network, report);
}

/// The number under a key, or the first one of the text there; 0 where there is none.
double stated_number(const json& p, const char* key) {
  if (!p.contains(key)) return 0;
  const json& value = p.at(key);
  return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>();
}

void check_network(const Case& c, Report& report) {
  const json& p = c.parameters();
  const json& o = p.at("optimizer");
  const int64_t videos = number(p, "batch"), segments = number(p, "num_segments");
  const Json model{{"type", "AdaFocusV2"},
                   {"glance_arch", p.at("glance_arch").get<std::string>()},
                   {"num_segments", segments},
                   {"num_classes", number(p, "num_classes")},
                   {"patch_size", number(p, "patch_size")},
                   {"stn_hidden_dim", number(p, "stn_hidden_dim")},
                   {"dropout", stated_number(p, "dropout")},
                   {"fc_dropout", stated_number(p, "fc_dropout")},
                   {"sample", p.value("sample", true)}};
  Program program;
  program.task = train::build_adafocus_task(model, Json::object());
  auto& network = dynamic_cast<nn::AdaFocus&>(program.task->module());
  if (p.contains("input_order")) report.check("order of the frames", p.at("input_order") == json(network.order()));
  program.groups = {{"constructor", "AdaFocusOptimizerConstructor"},
                    {"paramwise_cfg",
                     {{"stn_lr_ratio", o.at("stn_lr_ratio").get<double>()},
                      {"global_lr_ratio", o.at("global_lr_ratio").get<double>()},
                      {"classifier_lr_ratio", o.at("classifier_lr_ratio").get<double>()}}}};
  program.imgs = [&](int64_t batch) {
    const std::string key = batch_key(p.at("frames").get<std::string>(), "key", batch);
    return normalised_video(c, videos * segments, number(p, "input_size"), key, stated_type(p))
        .unflatten(0, {videos, segments});
  };
  program.actions = [&](const at::Tensor& imgs) {
    return network.actions(network.glance(network.frames_of(imgs)).maps);
  };
  check_steps(c, program, report);
}

void check_train(const Case& c, Report& report) {
  const json& p = c.parameters();
  if (p.contains("glance_arch")) return check_network(c, report);
  if (p.contains("stn_feature_dim")) return check_policy(c, report);
  check_classifier(c, report);
}

void check_clip_network(const Case& c, Report& report) {
  const json& p = c.parameters();
  const json& o = p.at("optimizer");
  const int64_t clips = number(p, "batch"), glance = number(p, "num_segments_glance"),
                focus = number(p, "num_segments_focus"), size = p.value("input_size", int64_t{224});
  const Json model{{"type", "AdaFocusV2Clip"},
                   {"num_segments", glance},
                   {"num_classes", number(p, "num_classes")},
                   {"patch_size", number(p, "patch_size")},
                   {"shift_div", p.value("shift_div", int64_t{8})},
                   {"dropout", stated_number(p, "dropout")}};
  Program program;
  program.task = train::build_adafocus_clip_task(model, {{"partial_bn", p.value("partial_bn", false)}});
  auto& network = dynamic_cast<nn::AdaFocusClip&>(program.task->module());
  report.check("frames looked at closely", network.options().focus_segments() == focus);
  program.groups = {{"constructor", "AdaFocusOptimizerConstructor"},
                    {"paramwise_cfg",
                     {{"stn_lr_ratio", o.at("stn_lr_ratio").get<double>()},
                      {"global_lr_ratio", o.at("global_lr_ratio").get<double>()}}}};
  const auto text = p.at("frames").get<std::string>();
  program.imgs = [&](int64_t batch) {
    const auto part = [&](int64_t frames, const std::string& key) {
      return normalised_video(c, clips * frames, size, key, stated_type(p)).unflatten(0, {clips, frames});
    };
    return at::cat({part(glance, batch_key(text, "keys", batch)), part(focus, batch_key(text, " and ", batch))}, 1);
  };
  program.actions = [&](const at::Tensor& imgs) {
    return network.actions(network.glance(imgs.slice(1, 0, glance).flatten(0, 1)).maps);
  };
  check_steps(c, program, report);
}

}  // namespace

KindTable adafocus_training_kinds() {
  KindTable table;
  table.kinds = {
      {"adafocus.train", check_train},
      {"adafocus.sth_train", check_clip_network},
      {"adafocus.sth_train_partialbn", check_clip_network},
  };
  return table;
}

}  // namespace vs::golden

// Golden kinds of OCSampler's training: the probability of a set, a step of the policy, a step of the whole network.
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/nn/config.h"
#include "lib/train/losses/set_probability.h"
#include "lib/train/optimizers/optimizer.h"
#include "lib/train/tasks/ocsampler_task.h"
#include "lib/train/tasks/policy_step.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"
#include "tests/golden/nn/ocsampler_model.h"
#include "tests/golden/train/training.h"

namespace vs::golden {
namespace {

using Json = nlohmann::ordered_json;
using nlohmann::json;

at::Tensor indices(const json& rows) {
  const auto values = rows.get<std::vector<std::vector<int64_t>>>();
  std::vector<at::Tensor> tensors;
  for (const auto& row : values) tensors.push_back(at::tensor(row, at::kLong));
  return at::stack(tensors);
}

/// A leaf that asks for gradients.
at::Tensor leaf(const at::Tensor& values) { return values.detach().clone().set_requires_grad(true); }

/// The model that "3d_all_T10_N6" speaks of.
train::PolicyOptions options_of_variant(const json& variant, int64_t drawn) {
  const auto name = variant.at("output").get<std::string>();
  Json model{{"num_segments", drawn}};
  model["calc_mode"] = name.find("approximate") != std::string::npos ? "approximate" : "all";
  if (variant.contains("cal_number")) model["cal_number"] = variant.at("cal_number");
  return train::read_policy_options(model, name.starts_with("3d"), "model");
}

void check_set_log_prob(const Case& c, Report& report) {
  for (const json& variant : c.parameters().at("variants")) {
    const auto name = variant.at("output").get<std::string>();
    const at::Tensor logits =
        leaf(stated_fill(c, variant.at("logits").get<std::string>()).to(stated_type(c.parameters())));
    const at::Tensor drawn = indices(variant.at("sample_index")).to(c.device());
    const auto options = options_of_variant(variant, drawn.size(1));
    const at::Tensor result =
        train::set_log_probability(at::softmax(logits, 1), drawn, options.probability, options.renormalised);
    compare(report, name, result);
    result.sum().backward();
    compare(report, name + "_grad_logits", logits.grad());
  }
}

/// The keys of the model that the case states, null ones left out.
train::PolicyOptions stated_policy(const json& p, bool clips) {
  Json model{{"num_segments", p.at("N")}};
  for (const char* key :
       {"num_test_segments", "bp_mode", "calc_mode", "reward_kind", "explore_rate", "cal_number", "shuffle"}) {
    if (p.contains(key) && !p.at(key).is_null()) model[key] = p.at(key);
  }
  train::PolicyOptions policy = train::read_policy_options(model, clips, "model");
  policy.trains_sampler = !p.value("sampler_freeze_all", false);
  policy.trains_classifier = p.at("head").value("final_loss", true);
  return policy;
}

train::PolicyDraws stated_draws(const Case& c, train::Baseline baseline, const at::Device& device) {
  train::PolicyDraws draws;
  if (!c.has_input("noise")) return draws;
  const at::Tensor noise = input_tensor(c, "noise").to(device);
  draws.noise = noise[0];
  if (baseline == train::Baseline::kDrawn && noise.size(0) > 1) draws.baseline = noise[1];
  if (baseline == train::Baseline::kSegments) draws.baseline = input_tensor(c, "baseline_shift").to(device);
  if (baseline == train::Baseline::kRandom) draws.baseline = input_tensor(c, "baseline_choice").to(device);
  return draws;
}

/// "detinit, prefix 'cls_head.', gain 3.0".
WeightRule rule_in_words(const std::string& text) {
  WeightRule rule{.prefix = stated_key(text)};
  const size_t at = text.find("gain ");
  if (at != std::string::npos) rule.gain = std::stod(text.substr(at + 5));
  return rule;
}

/// The parts, where they are logged there as well, and the loss.
void compare_losses(const Case& c, Report& report, const train::Losses& losses) {
  for (const std::string& name : c.output_names()) {
    if (name.starts_with("log_")) compare(report, name, part_of(losses, name.substr(4)).to(at::kDouble));
  }
  compare(report, "loss", losses.total.detach());
}

void check_policy(const Case& c, Report& report, bool clips) {
  const json& p = c.parameters();
  const at::ScalarType dtype = stated_type(p);
  const Json described = ordered(p.at("head"));
  const auto head = nn::build_head(nn::Config(described, "head"));
  fill_weights(c, *head, rule_in_words(p.at("cls_head_weights").get<std::string>()), dtype);
  const bool probabilities = train::gives_probabilities(described, "head");
  const train::PolicyOptions policy = stated_policy(p, clips);
  head->require_gradients(policy.trains_classifier && !probabilities);

  const at::Tensor logits = leaf(stated_fill(c, p.at("logits").get<std::string>()).to(dtype));
  const at::Tensor features = stated_fill(c, p.at("features").get<std::string>()).to(dtype);
  // The case begins behind the backbone.
  const train::FrameClassifier classifier([](const at::Tensor& rows) { return rows; }, *head,
                                          clips ? train::FrameUse::kClip : train::FrameUse::kEach, probabilities);
  const at::Tensor labels = at::tensor(p.at("labels").get<std::vector<int64_t>>(), at::kLong);
  const auto step = train::policy_step(logits, features, labels, classifier,
                                       train::read_head_training(described, head->num_classes(), "head"),
                                       stated_draws(c, policy.baseline, c.device()), policy);
  step.losses.total.backward();
  compare_losses(c, report, step.losses);
  compare(report, "sample_index", step.frames);
  compare(report, "sample_probs", step.chosen_probabilities);
  compare(report, "scores", step.scores);
  compare(report, "baseline_index", step.baseline_frames);
  const at::NoGradGuard no_gradients;
  const auto baseline = classifier.look(features, step.baseline_frames, {}).first;
  compare(report, "baseline_scores",
          step.baseline_scores.defined() ? step.baseline_scores : classifier.scores(baseline, policy.chosen));
  if (c.has_output("grad_logits"))
    compare(report, "grad_logits", logits.grad());
  else
    report.check("logits have a gradient", !logits.grad().defined());
  for (const nn::Entry& entry : head->entries()) {
    const std::string name = "grad_cls_head." + entry.name;
    const at::Tensor gradient = entry.tensor->grad();
    if (c.has_output(name))
      compare(report, name, gradient.defined() ? gradient : at::zeros_like(*entry.tensor));
    else
      report.check(name + " is there", !gradient.defined());
  }
}

/// Draws from which the task makes those that the case states.
void add_draws(const Case& c, const Json& model, StatedNoise& noise) {
  const auto uniform_of = [](const at::Tensor& exponential) { return -at::expm1(-exponential); };
  const at::Tensor exponential = input_tensor(c, "noise");
  noise.add_uniform(uniform_of(exponential[0]));
  const auto policy = train::read_policy_options(model, false, "model");
  const train::PolicyDraws draws = stated_draws(c, policy.baseline, at::kCPU);
  const int64_t frames = exponential.size(2);
  if (policy.baseline == train::Baseline::kDrawn) noise.add_uniform(uniform_of(draws.baseline));
  if (policy.baseline == train::Baseline::kSegments)
    noise.add_uniform((draws.baseline.to(at::kDouble) + 0.5) / static_cast<double>(frames / policy.chosen));
  if (policy.baseline == train::Baseline::kRandom)
    noise.add_uniform(at::full({exponential.size(1), frames}, 0.1, at::kDouble).scatter(1, draws.baseline, 0.9));
}

/// What the step is compared by, output by name.
std::map<std::string, at::Tensor> outputs_of_step(const Case& c, at::ScalarType dtype, Report& report) {
  const json& p = c.parameters();
  Json model = ocsampler_model(p);
  if (p.contains("bp_mode")) model["bp_mode"] = p.at("bp_mode");
  const auto task = train::build_task(model, Json::object());
  check_state_dict(c, task->module(), report);
  fill_weights(c, task->module(), rule_by_first_part(p), dtype);
  task->prepare_training();
  StatedNoise noise;
  add_draws(c, model, noise);
  task->set_noise(&noise);

  const json& stated = p.at("optimizer");
  Json settings = ordered(stated);
  for (const char* key : {"grad_clip_max_norm", "note"}) settings.erase(key);
  const auto optimizer = train::build_optimizer(task->module(), settings);
  const Clipping clipping{.max_norm = stated.at("grad_clip_max_norm").get<double>()};
  const auto selected = p.at("selected").get<std::vector<std::string>>();
  std::map<std::string, at::Tensor> outputs, before;
  for (const std::string& name : selected) before[name] = entry_of(task->module(), name).detach().clone();
  const auto note_gradients = [&](const Step&) {
    std::vector<at::Tensor> norms;
    for (const std::string& name : selected) {
      const at::Tensor gradient = gradient_of(task->module(), name);
      norms.push_back(norm_of(gradient));
      outputs["grad_first/" + name] = first_elements(gradient, 8).clone();
    }
    outputs["grad_norms_before_clip"] = at::stack(norms);
  };
  const train::Batch batch{stated_blocks(c, p.at("imgs").get<std::string>()).to(dtype),
                           at::tensor(p.at("labels").get<std::vector<int64_t>>(), at::kLong)};
  const Step step = run_step(*task, *optimizer, batch, clipping, note_gradients);
  report.check("all draws are used", noise.used_up());
  for (const std::string& name : names_with_gradient(task->module()))
    report.check(name + " is not trained", name.starts_with("sampler."));

  outputs["loss"] = step.losses.total.detach();
  for (const auto& [name, value] : step.losses.parts) outputs["log_" + name] = value;
  outputs["grad_total_norm"] = at::scalar_tensor(step.gradient_norm, at::kDouble);
  const auto& choice = dynamic_cast<train::SamplingTask&>(*task).last_choice();
  outputs["probs"] = choice.probabilities;
  outputs["sample_index"] = choice.frames;
  outputs["baseline_index"] = choice.baseline_frames;
  for (const std::string& name : selected)
    outputs["step_first/" + name] = first_elements(entry_of(task->module(), name) - before[name], 8);
  for (const std::string& name : c.output_names()) {
    if (name.starts_with("buffer_first/"))
      outputs[name] = first_elements(entry_of(task->module(), name.substr(sizeof("buffer_first/") - 1)), 8);
  }
  return outputs;
}

/// In double and in float, each within what the case allows for it.
void check_model_step(const Case& c, Report& report) {
  const json& p = c.parameters();
  const double atol = p.value("atol", 0.0);
  for (const at::ScalarType dtype : {at::kDouble, at::kFloat}) {
    const auto outputs = outputs_of_step(c, dtype, report);
    for (const std::string& name : c.output_names()) {
      const auto found = outputs.find(name);
      if (found == outputs.end()) {
        report.check(name + " is not computed", false);
        continue;
      }
      const double rtol = dtype == at::kDouble ? p.at("rtol_float64").get<double>()
                                               : p.at("rtol_by_output").value(name, p.value("rtol", 0.0));
      if (!found->second.is_floating_point()) {
        compare(report, name, found->second);
        continue;
      }
      const at::Tensor flat = found->second.detach().to(at::kCPU, at::kDouble).flatten().contiguous();
      report.compare_within(name, {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()}, rtol,
                            atol);
    }
  }
}

}  // namespace

KindTable ocsampler_training_kinds() {
  KindTable table;
  table.kinds = {{"ocsampler.set_log_prob", check_set_log_prob},
                 {"ocsampler.policy", [](const Case& c, Report& report) { check_policy(c, report, false); }},
                 {"ocsampler.policy3d", [](const Case& c, Report& report) { check_policy(c, report, true); }},
                 {"ocsampler.model2d_train", check_model_step}};
  return table;
}

}  // namespace vs::golden

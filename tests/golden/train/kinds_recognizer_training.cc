// Golden kinds of training recognizers: the loss of the heads, steps of TSM and of DRCA's classifier.
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "lib/train/losses/classification.h"
#include "lib/train/tasks/head_training.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/train/training.h"

namespace vs::golden {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

at::Tensor numbers(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

/// The number after a word such as "loss_weight 0.7"; 1 if it is not there.
double stated_number(const std::string& text, const std::string& word) {
  std::smatch found;
  const std::regex pattern(word + R"(\s+([-+0-9.e]+))");
  return std::regex_search(text, found, pattern) ? std::stod(found[1]) : 1;
}

void check_classification_loss(const Case& c, Report& report) {
  const json& p = c.parameters();
  const at::Tensor scores = input_of(c, "score");
  const auto type = scores.scalar_type();
  const at::Tensor hard = input_tensor(c, "hard"), soft = input_tensor(c, "soft").to(type);
  const at::Tensor many = input_tensor(c, "many").to(type);
  const at::Tensor weights = at::tensor(c.input<double>("weight"));
  const auto stated = p.at("outputs").value("hard_weighted", std::string());
  const train::ClassificationLossOptions several{.label_smoothing = p.value("label_smooth_eps", 0.0),
                                                 .several_labels = true};

  const train::HeadTraining head;
  const train::Losses losses =
      train::classify(scores, train::checked_labels(hard, scores.size(0), scores.size(1)), head);
  compare(report, "hard",
          at::stack({losses.total.to(at::kDouble), part_of(losses, "top1_acc").to(at::kDouble),
                     part_of(losses, "top5_acc").to(at::kDouble)}));
  compare(report, "hard_weighted",
          train::classification_loss(scores, hard,
                                     {.weight = stated_number(stated, "loss_weight"), .class_weights = weights}));
  compare(report, "soft", train::classification_loss(scores, soft));
  compare(report, "soft_weighted", train::classification_loss(scores, soft, {.class_weights = weights}));
  compare(report, "multi_label_smoothed", train::classification_loss(scores, many, several));
  compare(report, "scalar_label", train::classification_loss(scores.slice(0, 0, 1), hard[0]));
  compare(report, "soft_batch_of_one", train::classification_loss(scores.slice(0, 0, 1), many[0], several));
}

/// A task in training mode with the case's weights.
std::unique_ptr<train::Task> filled_task(const Case& c, const ordered_json& model, const WeightRule& rule,
                                         Report& report) {
  auto task = train::build_task(model, ordered_json::object());
  check_state_dict(c, task->module(), report);
  fill_weights(c, task->module(), rule, stated_type(c.parameters()));
  task->prepare_training();
  return task;
}

ordered_json tsm_model(const json& p) {
  const auto depth = p.at("depth").get<int64_t>();
  return {{"type", "Recognizer2D"},
          {"backbone",
           {{"type", "ResNetTSM"},
            {"depth", depth},
            {"num_segments", p.at("num_segments")},
            {"shift_div", p.value("shift_div", 8)},
            {"shift_place", p.value("shift_place", "blockres")}}},
          {"cls_head",
           {{"type", "TSMHead"},
            {"num_classes", p.at("classes")},
            {"in_channels", depth < 50 ? 512 : 2048},
            {"num_segments", p.at("num_segments")},
            {"dropout_ratio", 0}}}};
}

/// What outputs named such as "param3_first_after1" ask for after a step: the number of elements is the output's.
void compare_entries(const Case& c, Report& report, nn::Module& module, int64_t steps_done) {
  static const std::regex of_parameter(R"(param([0-9]+)_(first|norm)_after([0-9]+))");
  static const std::regex of_first_norm(R"(bn1_(running_mean|running_var)_after([0-9]+))");
  for (const std::string& name : c.output_names()) {
    std::smatch found;
    if (std::regex_match(name, found, of_parameter) && std::stoll(found[3]) == steps_done) {
      const at::Tensor& tensor = entry_of(module, c.parameters().at("params").at(std::stoul(found[1])));
      const bool norm = found[2] == "norm";
      compare(report, name,
              norm ? norm_of(tensor) : first_elements(tensor, static_cast<int64_t>(c.output_shape(name).at(0))));
    } else if (std::regex_match(name, found, of_first_norm) && std::stoll(found[2]) == steps_done) {
      compare(report, name,
              first_elements(entry_of(module, "backbone.conv1.bn." + found[1].str()),
                             static_cast<int64_t>(c.output_shape(name).at(0))));
    }
  }
}

void compare_gradients(const Case& c, Report& report, nn::Module& module) {
  static const std::regex of_gradient(R"(grad([0-9]+)_(first|norm))");
  for (const std::string& name : c.output_names()) {
    std::smatch found;
    if (!std::regex_match(name, found, of_gradient)) continue;
    const at::Tensor gradient = gradient_of(module, c.parameters().at("params").at(std::stoul(found[1])));
    const bool norm = found[2] == "norm";
    compare(report, name,
            norm ? norm_of(gradient) : first_elements(gradient, static_cast<int64_t>(c.output_shape(name).at(0))));
  }
}

void check_tsm_step(const Case& c, Report& report) {
  const json& p = c.parameters();
  const auto task = filled_task(c, tsm_model(p), {.prefix = "", .gain = p.value("gain", 1.0)}, report);
  const auto optimizer = train::build_optimizer(task->module(), {{"type", "SGD"},
                                                                 {"lr", p.at("lr")},
                                                                 {"momentum", p.at("momentum")},
                                                                 {"weight_decay", p.at("weight_decay")},
                                                                 {"constructor", "TSMOptimizerConstructor"},
                                                                 {"paramwise_cfg", {{"fc_lr5", true}}}});
  const train::Batch batch{described_tensor(c, p.at("imgs")).to(stated_type(p)),
                           at::tensor(p.at("label").get<std::vector<int64_t>>())};
  std::vector<double> losses, norms;
  const auto steps = static_cast<int64_t>(c.output_shape("losses").at(0));
  for (int64_t s = 0; s < steps; ++s) {
    const Step step =
        run_step(*task, *optimizer, batch, Clipping{.max_norm = p.at("clip").get<double>()}, [&](const Step&) {
          if (s == 0) compare_gradients(c, report, task->module());
        });
    losses.push_back(step.losses.total.item<double>());
    norms.push_back(step.gradient_norm);
    if (s == 0)
      compare(
          report, "top1_top5",
          numbers({part_of(step.losses, "top1_acc").item<double>(), part_of(step.losses, "top5_acc").item<double>()}));
    compare_entries(c, report, task->module(), s + 1);
  }
  compare(report, "losses", numbers(losses));
  compare(report, "grad_norms", numbers(norms));
  compare(report, "bn1_num_batches", entry_of(task->module(), "backbone.conv1.bn.num_batches_tracked"));
}

/// Keeps what DRCA's score network gave last.
class ScoreListener : public nn::TraceListener {
 public:
  void enter(const nn::Module&) override {}
  void leave(const nn::Module&) override {}
  void result(const nn::Module& module, const at::Tensor& tensor) override {
    if (module.kind() == "ScoreNet") scores_ = tensor.detach();
  }
  const at::Tensor& scores() const { return scores_; }

 private:
  at::Tensor scores_;
};

ordered_json drca_model(const json& params) {
  ordered_json backbone = ordered(params.at("backbone"));
  backbone["type"] = "DRCA";
  const auto width = backbone.value("embed_dims", int64_t{768});
  return {{"type", "Recognizer3D"},
          {"backbone", std::move(backbone)},
          {"cls_head", {{"type", "ClsHead"}, {"num_classes", params.at("num_classes")}, {"in_channels", width}}}};
}

at::Tensor rows_of(nn::Module& module, const json& names, int64_t columns, bool gradients) {
  std::vector<at::Tensor> tensors;
  for (const json& name : names)
    tensors.push_back(gradients ? gradient_of(module, name) : entry_of(module, name.get<std::string>()));
  return norms_and_firsts(tensors, columns - 1);
}

int64_t columns_of(const Case& c, const std::string& output) {
  return static_cast<int64_t>(c.output_shape(output).at(1));
}

void check_drca_step(const Case& c, Report& report) {
  const json& p = c.parameters();
  const json& params = p.at("params");
  const auto task = filled_task(c, drca_model(params), rule_of(p), report);
  nn::Module& module = task->module();
  switch_off(module, {"DropPath"});
  StatedNoise noise;
  task->set_noise(&noise);
  const auto optimizer = train::build_optimizer(module, ordered(params.at("optimizer")));
  // Without clipping the norm is stated all the same.
  const auto clipping = stated_clipping(params).value_or(Clipping{.max_norm = std::numeric_limits<double>::infinity()});
  const train::Batch batch{input_of(c, "imgs"), input_tensor(c, "label")};
  std::map<std::string, std::vector<double>> series;
  const auto steps = params.at("steps").get<int64_t>();
  for (int64_t s = 0; s < steps; ++s) {
    const std::string draws = "noise" + std::to_string(s);
    if (p.at("inputs").contains(draws)) noise.add_normal(input_of(c, draws));
    ScoreListener listener;
    const nn::TraceScope scope(&listener);
    const Step step = run_step(*task, *optimizer, batch, clipping, [&](const Step&) {
      if (s > 0) return;
      report.check("gradients", json(names_with_gradient(module)) == p.at("grad_names"));
      compare(report, "grad", rows_of(module, p.at("grad_names"), columns_of(c, "grad"), true));
    });
    if (s == 0 && c.has_output("scores_step0")) compare(report, "scores_step0", listener.scores());
    series["loss"].push_back(step.losses.total.item<double>());
    series["grad_total_norm"].push_back(step.gradient_norm);
    for (const char* k : {"1", "5"})
      series[std::string("top") + k].push_back(part_of(step.losses, std::string("top") + k + "_acc").item<double>());
  }
  report.check("all draws are used", noise.used_up());
  for (const auto& [name, values] : series) compare(report, name, numbers(values));
  compare(report, "param_after", rows_of(module, p.at("param_names"), columns_of(c, "param_after"), false));
  for (const char* statistic : {"running_mean", "running_var", "num_batches_tracked"}) {
    const std::string output = std::string("bn_") + statistic;
    if (c.has_output(output))
      compare(report, output,
              entry_of(module, std::string("backbone.transformer_layers.dccm.rank_net.score_network.bn.") + statistic));
  }
}

}  // namespace

KindTable recognizer_training_kinds() {
  return {.kinds = {{"reskd.classification_loss", check_classification_loss},
                    {"mgsampler.train_step", check_tsm_step},
                    {"drca.train_step", check_drca_step}},
          .tables = {}};
}

}  // namespace vs::golden

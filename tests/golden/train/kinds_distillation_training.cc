// Golden kinds of ResKD's training: the losses alone, whole steps with optimiser and teacher.
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/loading.h"
#include "lib/systems/system.h"
#include "lib/train/losses/classification.h"
#include "lib/train/losses/distillation.h"
#include "lib/train/optimizers/optimizer.h"
#include "lib/train/tasks/distillation_task.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"
#include "tests/golden/train/training.h"
#include "tests/support/scratch.h"

namespace vs::golden {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::vector<int64_t> shape_of(const json& list) { return list.get<std::vector<int64_t>>(); }

/// The weighted distillation term, and the classification term of scores that are all 0.
void compare_terms(Report& report, const std::string& name, const at::Tensor& distance, int64_t classes) {
  const at::Tensor labels = at::zeros({1}, at::kLong);
  const double of_classes = train::classification_loss(at::zeros({1, classes}), labels).item<double>();
  report.compare(name, std::vector<double>{distance.item<double>(), of_classes}, {2});
}

void check_losses(const Case& c, Report& report) {
  const json& p = c.parameters();
  std::string prefix = stated_key(p.at("inputs").get<std::string>());
  prefix.resize(prefix.find("mse."));
  constexpr int64_t kClasses = 5;
  const json& features = p.at("mse_shape_weight");
  for (size_t i = 0; i < features.size(); ++i) {
    const auto shape = shape_of(features[i].at(0));
    const at::Tensor student =
        fill_tensor(c, shape, fmt::format("{}mse.{}.student", prefix, i)).set_requires_grad(true);
    const at::Tensor teacher = fill_tensor(c, shape, fmt::format("{}mse.{}.teacher", prefix, i), 2);
    const at::Tensor distance = train::feature_distance(student, teacher) * features[i].at(1).get<double>();
    distance.backward();
    compare_terms(report, fmt::format("mse_{}", i), distance, kClasses);
    compare(report, fmt::format("mse_grad_{}", i), student.grad());
  }
  const json& maps = p.at("kl_student_teacher_classes_weight");
  for (size_t i = 0; i < maps.size(); ++i) {
    const std::string key = fmt::format("{}kl.{}.", prefix, i);
    const auto shape = shape_of(maps[i].at(0)), teacher_shape = shape_of(maps[i].at(1));
    const auto classes = maps[i].at(2).get<int64_t>();
    nn::Module head;
    auto& classifier = head.child<nn::Linear>("fc_cls", shape.at(1), classes);
    auto& teacher_classifier = head.child<nn::Linear>("fc_cls_t", teacher_shape.at(1), classes);
    fill_weights(c, head, {.prefix = key, .gain = 2});
    head.require_gradients(true);
    const at::Tensor student = fill_tensor(c, shape, key + "student", 2).set_requires_grad(true);
    const at::Tensor teacher = fill_tensor(c, teacher_shape, key + "teacher", 2);
    constexpr double kTemperature = 2;
    const at::Tensor distance =
        train::score_map_divergence(student, classifier, teacher, teacher_classifier, kTemperature) *
        maps[i].at(3).get<double>();
    distance.backward();
    compare_terms(report, fmt::format("kl_{}", i), distance, classes);
    compare(report, fmt::format("kl_grad_student_{}", i), student.grad());
    compare(report, fmt::format("kl_grad_weight_{}", i), classifier.weight().grad());
    compare(report, fmt::format("kl_grad_bias_{}", i), classifier.bias().grad());
    report.check("the teacher's classifier has no gradient", !teacher_classifier.weight().grad().defined());
  }
}

/// Writes the checkpoint of the teacher alone, as the recognizer that it was trained as.
void write_teacher(const json& model, const WeightRule& rule, const std::string& path) {
  const ordered_json backbone = ordered(model.at("backbone").at("high_res_cfg"));
  const bool clips = model.at("type") == "Recognizer3D";
  const auto network =
      nn::build_recognizer({{"type", model.at("type")},
                            {"backbone", backbone},
                            {"cls_head",
                             {{"type", clips ? "I3DHead" : "TSNHead"},
                              {"in_channels", nn::build_backbone(nn::Config(backbone, "teacher"))->out_channels()},
                              {"num_classes", model.at("cls_head").at("num_classes")}}}});
  fill_weights(*network, rule);
  nn::save_weights(*network, path);
}

WeightRule stated_weights(const json& p, const std::string& prefix = {}) {
  return {.prefix = prefix, .gain = p.at("weights").value("gain", 1.0)};
}

/// Task and weights as the case states them; from a teacher's file where it has one.
std::unique_ptr<train::Task> stated_task(const Case& c, Report& report) {
  const json& p = c.parameters();
  ordered_json model = ordered(p.at("model"));
  const test::Scratch folder("vs-golden-teacher");
  const bool has_file = p.at("weights").contains("teacher");
  if (has_file) {
    model["backbone"]["pretrained_t"] = folder / "teacher.safetensors";
    write_teacher(p.at("model"), stated_weights(p, "teacher."), folder / "teacher.safetensors");
  }
  auto task = train::build_distillation_task(model, ordered_json::object());
  check_state_dict(c, task->module(), report);
  fill_weights(task->module(), stated_weights(p), stated_type(p));
  if (has_file) task->begin_run();
  task->module().move(c.device());
  task->prepare_training();
  return task;
}

void compare_gradients(const json& p, nn::Module& module, double scale, Report& report) {
  std::vector<at::Tensor> gradients;
  std::vector<std::string> names;
  double squares = 0;
  for (const json& name : p.at("grad_names")) {
    names.push_back(name);
    const at::Tensor gradient = gradient_of(module, names.back());
    report.check(names.back() + " has a gradient", gradient.defined());
    if (!gradient.defined()) return;
    gradients.push_back(gradient * scale);
    squares += gradients.back().to(at::kDouble).square().sum().item<double>();
  }
  report.check("nothing else has a gradient", names_with_gradient(module).size() == names.size());
  const at::Tensor rows = norms_and_firsts(gradients, 4);
  compare(report, "grad_norm", rows.select(1, 0));
  compare(report, "grad_first", rows.narrow(1, 1, 4));
  report.compare("grad_total_norm", std::vector<double>{std::sqrt(squares)});
}

void compare_first_elements(const Case& c, nn::Module& module, Report& report) {
  const std::string folder = "after_step1/";
  constexpr int64_t kElements = 8;
  for (const std::string& output : c.output_names()) {
    if (output.starts_with(folder))
      compare(report, output, first_elements(entry_of(module, output.substr(folder.size())), kElements));
  }
}

void compare_parameters(const json& p, nn::Module& module, Report& report) {
  std::vector<double> sums, magnitudes;
  for (const json& name : p.at("grad_names")) {
    const at::Tensor values = entry_of(module, name).detach();
    sums.push_back(values.sum().item<double>());
    magnitudes.push_back(values.abs().sum().item<double>());
  }
  report.compare("param_sum_after", sums, {sums.size()});
  report.compare("param_abs_after", magnitudes, {magnitudes.size()});
}

/// What the test-time system says of the first video with what was trained.
void compare_test(const Case& c, nn::Module& trained, const at::Tensor& imgs, Report& report) {
  systems::TestOptions options;
  options.with_teacher = true;
  const auto system = systems::build_system(ordered(c.parameters().at("model")), options);
  for (const nn::Entry& entry : system->module().entries()) *entry.tensor = entry_of(trained, entry.name).detach();
  compare(report, "test_prob", system->run(imgs.slice(0, 0, 1)).scores);
}

void check_steps(const Case& c, Report& report) {
  const json& p = c.parameters();
  const auto task = stated_task(c, report);
  StatedNoise noise;
  task->set_noise(&noise);
  if (c.has_input("drop_r")) {
    for (const at::Tensor& draws : input_tensor(c, "drop_r").unbind()) noise.add_uniform(draws);
  }
  const train::Batch batch{described_tensor(c, p.at("inputs").at("imgs")).to(stated_type(p)),
                           at::tensor(p.at("inputs").at("labels").get<std::vector<int64_t>>(), at::kLong)};
  const auto optimizer = train::build_optimizer(task->module(), ordered(p.at("optimizer")));
  const auto clipping = stated_clipping(p);
  const auto steps = p.at("steps").get<int64_t>(), interval = p.at("update_interval").get<int64_t>();
  report.check("one batch for every step", p.at("same_batch_every_step").get<bool>());
  std::vector<double> losses, norms;
  for (int64_t step = 0; step < steps; ++step) {
    const train::Losses found = task->losses(batch);
    (found.total / static_cast<double>(interval)).backward();
    for (const char* part : {"loss_cls", "loss_kd"}) losses.push_back(part_of(found, part).item<double>());
    losses.push_back(found.total.item<double>());
    for (const char* part : {"top1_acc", "top5_acc"}) losses.push_back(part_of(found, part).item<double>());
    if (step == 0) compare_gradients(p, task->module(), static_cast<double>(interval), report);
    if ((step + 1) % interval == 0) {
      if (clipping) norms.push_back(train::clip_gradients(*optimizer, clipping->max_norm, clipping->norm_type));
      optimizer->step();
      optimizer->zero_gradients();
    }
    if (step == 0) compare_first_elements(c, task->module(), report);
  }
  report.check("every draw is asked for", noise.used_up());
  report.compare("losses", losses, {static_cast<uint64_t>(steps), 5});
  if (clipping) report.compare("clip_total_norm", norms, {norms.size()});
  compare_parameters(p, task->module(), report);
  compare_test(c, task->module(), batch.imgs, report);
}

}  // namespace

KindTable distillation_training_kinds() {
  KindTable table;
  table.kinds = {
      {"reskd.kd_losses", check_losses},
      {"reskd.distill_step", check_steps},
  };
  return table;
}

}  // namespace vs::golden

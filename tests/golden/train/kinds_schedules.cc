// Golden kinds of what changes over a run: learning rates, the rate of exploration, temperatures.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/nn/network.h"
#include "lib/train/optimizers/explore_schedule.h"
#include "lib/train/optimizers/parameter_groups.h"
#include "lib/train/optimizers/schedule.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"

namespace vs::golden {
namespace {

using nlohmann::json;
using Json = nlohmann::ordered_json;
using train::LearningRateSchedule;

/// The rate at every iteration of several runs.
void check_runs(const Case& c, Report& report) {
  const json& schedules = c.parameters().at("schedules");
  for (size_t i = 0; i < schedules.size(); ++i) {
    const json& s = schedules[i];
    const auto epochs = s.at("epochs").get<int64_t>(), length = s.at("iterations_per_epoch").get<int64_t>();
    const LearningRateSchedule schedule(ordered(s.at("lr_config")), epochs, length);
    std::vector<double> rates;
    for (int64_t iteration = 0; iteration < epochs * length; ++iteration)
      rates.push_back(schedule.rate(s.at("base_lr").get<double>(), iteration));
    report.compare(fmt::format("lr_{}", i), rates);
  }
}

/// The rate at some (epoch, iteration) of one run.
void check_points(const Case& c, Report& report) {
  const json& p = c.parameters().at("params");
  const auto length = p.at("iters_per_epoch").get<int64_t>();
  const LearningRateSchedule schedule(ordered(p.at("lr_config")), p.at("max_epochs").get<int64_t>(), length);
  std::vector<double> rates;
  for (const auto& [epoch, iteration] : p.at("points").get<std::vector<std::pair<int64_t, int64_t>>>()) {
    report.check(fmt::format("iteration {} in epoch {}", iteration, epoch), iteration / length == epoch);
    rates.push_back(schedule.rate(p.at("base_lr").get<double>(), iteration));
  }
  report.compare("lr", rates);
}

/// explore_<style>_<epoch|iter>, tau, and the rate of a cosine; E epochs of one iteration each, or of E iterations.
void check_sampler_schedules(const Case& c, Report& report) {
  const json& p = c.parameters();
  const auto epochs = p.at("E").get<int64_t>();
  constexpr int64_t kEpochLength = 3;
  for (const std::string style : {"cos", "step"}) {
    for (const bool by_epoch : {true, false}) {
      Json config = ordered(p.at("explore"));
      config["style"] = style;
      config["by_epoch"] = by_epoch;
      const train::ExploreSchedule schedule(config);
      std::vector<double> rates;
      for (int64_t i = 0; i < epochs; ++i)
        // By epoch, the middle of one has the rate of its start.
        rates.push_back(by_epoch ? schedule.rate(i * kEpochLength + 1, epochs * kEpochLength, kEpochLength)
                                 : schedule.rate(i, epochs, 1));
      report.compare(fmt::format("explore_{}_{}", style, by_epoch ? "epoch" : "iter"), rates);
    }
  }
  const auto initial = p.at("init_tau").get<double>();
  const auto text = p.at("lr").get<std::string>();
  const auto stated = [&](const std::string& word) { return std::stod(text.substr(text.find(word) + word.size())); };
  const double base = stated("base ");
  const LearningRateSchedule cosine({{"policy", "CosineAnnealing"}, {"min_lr", stated("min_lr ")}}, epochs, 1);
  std::vector<double> tau, constant, rates;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    tau.push_back(train::gumbel_temperature(initial, epoch));
    constant.push_back(train::gumbel_temperature(initial, epoch, 0));
    rates.push_back(cosine.rate(base, epoch));
  }
  report.compare("tau", tau);
  report.compare("tau_constant", constant);
  report.compare("lr_cosine_by_epoch", rates);
}

/// lr_type and lr_steps as a recipe has them.
Json adafocus_rates(const json& args) {
  if (args.at("lr_type") == "cos") return {{"policy", "CosineAnnealing"}, {"min_lr", 0}};
  std::vector<int64_t> steps;
  for (const double step : args.at("lr_steps").get<std::vector<double>>())
    steps.push_back(static_cast<int64_t>(std::ceil(step)));
  std::sort(steps.begin(), steps.end());
  return {{"policy", "step"}, {"step", steps}, {"gamma", 0.1}};
}

struct GroupsOverEpochs {
  std::vector<double> rates, decays;  ///< [epochs, groups]
  std::vector<int64_t> sizes;         ///< numbers in a group
};

GroupsOverEpochs over_epochs(const std::vector<train::ParameterGroup>& groups, const json& args, int64_t extra_epochs) {
  const int64_t epochs = args.at("epochs").get<int64_t>() + extra_epochs;
  Json config = adafocus_rates(args);
  config["extra_epochs"] = extra_epochs;
  constexpr int64_t kEpochLength = 2;
  const LearningRateSchedule schedule(config, epochs, kEpochLength);
  GroupsOverEpochs result;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    for (const train::ParameterGroup& group : groups) {
      result.rates.push_back(schedule.rate(group.learning_rate, epoch * kEpochLength + 1));
      result.decays.push_back(group.weight_decay);
    }
  }
  for (const train::ParameterGroup& group : groups) {
    int64_t size = 0;
    for (const nn::Entry& parameter : group.parameters) size += parameter.tensor->numel();
    result.sizes.push_back(size);
  }
  return result;
}

void check_adafocus_run(const json& run, Report& report, const std::string& prefix, int64_t number) {
  const bool clips = !prefix.empty();
  const json& args = run.at(clips ? "sth_args" : "args");
  Json model;
  if (clips) {
    model = {{"type", "AdaFocusV2Clip"},
             {"num_segments", args.at("num_segments")},
             {"num_classes", run.at("num_classes")},
             {"patch_size", 144}};
  } else {
    model = {{"type", "AdaFocusV2"},
             {"glance_arch", args.at("glance_arch")},
             {"num_segments", args.at("num_segments")},
             {"num_classes", args.at("num_classes")},
             {"patch_size", 96},
             {"stn_hidden_dim", args.at("stn_hidden_dim")}};
  }
  const auto network = nn::build_recognizer(model);
  network->require_gradients(true);
  Json ratios;
  for (const char* key : {"global_lr_ratio", "stn_lr_ratio", "classifier_lr_ratio"})
    if (args.contains(key)) ratios[key] = args.at(key);
  const auto groups = train::parameter_groups(*network,
                                              {{"type", "SGD"},
                                               {"constructor", "AdaFocusOptimizerConstructor"},
                                               {"paramwise_cfg", ratios},
                                               {"lr", args.at("lr")},
                                               {"weight_decay", args.at("weight_decay")}},
                                              "optimizer");
  const json& named = run.at("groups");
  report.check("as many groups", named.size() == groups.size());
  for (size_t i = 0; i < std::min(named.size(), groups.size()); ++i) {
    report.check("group " + groups[i].name,
                 named[i].at("name") == groups[i].name && named[i].at("tensors") == groups[i].parameters.size());
  }
  // Epochs 0 to `epochs`, that one included; with clips one less.
  const GroupsOverEpochs got = over_epochs(groups, args, clips ? 0 : 1);
  report.compare(fmt::format("{}lr_{}", prefix, number), got.rates);
  report.compare(fmt::format("{}numel_{}", prefix, number), got.sizes);
  if (!clips) report.compare(fmt::format("weight_decay_{}", number), got.decays);
}

void check_adafocus(const Case& c, Report& report) {
  int64_t frames = 0, clips = 0;
  for (const json& run : c.parameters().at("runs")) {
    if (run.contains("sth_args"))
      check_adafocus_run(run, report, "sth_", clips++);
    else
      check_adafocus_run(run, report, "", frames++);
  }
}

}  // namespace

KindTable schedules_kinds() {
  return {.kinds = {{"reskd.lr_schedules", check_runs},
                    {"drca.lr_step", check_points},
                    {"drca.lr_cosine_warmup", check_points},
                    {"ocsampler.schedules", check_sampler_schedules},
                    {"adafocus.schedule", check_adafocus}},
          .tables = {}};
}

}  // namespace vs::golden

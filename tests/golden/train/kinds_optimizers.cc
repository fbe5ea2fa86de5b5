// Golden kinds of optimisers: which parameters share a learning rate and a weight decay.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/network.h"
#include "lib/store/recipe.h"
#include "lib/systems/distillation.h"
#include "lib/systems/system.h"
#include "lib/train/optimizers/parameter_groups.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"

namespace vs::golden {
namespace {

using Json = nlohmann::ordered_json;
using train::ParameterGroup;

std::vector<ParameterGroup> groups_of(nn::Module& module, const Json& optimizer) {
  return train::parameter_groups(module, optimizer, "optimizer");
}

std::vector<std::string> names_of(const ParameterGroup& group) {
  std::vector<std::string> names;
  for (const nn::Entry& parameter : group.parameters) names.push_back(parameter.name);
  return names;
}

/// A row a group: how many parameters, rate, decay.
void compare_groups(Report& report, const std::vector<ParameterGroup>& groups, const std::string& count) {
  std::vector<int64_t> counts;
  std::vector<double> rates, decays;
  for (const ParameterGroup& group : groups) {
    counts.push_back(static_cast<int64_t>(group.parameters.size()));
    rates.push_back(group.learning_rate);
    decays.push_back(group.weight_decay);
  }
  report.compare(count, counts);
  report.compare("lr", rates);
  report.compare("weight_decay", decays);
}

/// What stands in the first pair of brackets of a pattern found in the text.
std::string stated(const std::string& text, const std::string& pattern) {
  std::smatch found;
  if (!std::regex_search(text, found, std::regex(pattern))) throw DataError(pattern, "is not in the case's text");
  return found[1];
}

/// "... of TSMOptimizerConstructor for tsm_r50 (base lr 0.01, weight decay 0.0005, fc_lr5 True)".
void check_tsm_groups(const Case& c, Report& report) {
  const auto what = c.parameters().at("what").get<std::string>();
  const int depth = std::stoi(stated(what, "tsm_r([0-9]+)"));
  const Json model{
      {"type", "Recognizer2D"},
      {"backbone", {{"type", "ResNetTSM"}, {"depth", depth}, {"num_segments", 8}}},
      {"cls_head",
       {{"type", "TSMHead"}, {"num_classes", 174}, {"in_channels", depth < 50 ? 512 : 2048}, {"num_segments", 8}}}};
  const auto network = nn::build_recognizer(model);
  network->require_gradients(true);
  const Json optimizer{{"type", "SGD"},
                       {"constructor", stated(what, "of ([A-Za-z]+Constructor)")},
                       {"paramwise_cfg", {{"fc_lr5", stated(what, "fc_lr5 (True|False)") == "True"}}},
                       {"lr", std::stod(stated(what, "base lr ([0-9.e-]+)"))},
                       {"weight_decay", std::stod(stated(what, "weight decay ([0-9.e-]+)"))}};
  const std::vector<ParameterGroup> groups = groups_of(*network, optimizer);
  compare_groups(report, groups, "counts");

  Json got = Json::array();
  const Json want = Json::parse(c.output_strings("groups").at(0));
  for (const ParameterGroup& group : groups)
    got.push_back({{"lr", group.learning_rate}, {"weight_decay", group.weight_decay}, {"params", names_of(group)}});
  // As parsed numbers: 0 and 0.0 are the same.
  report.compare("groups", got == want ? c.output_strings("groups") : std::vector<std::string>{got.dump()});
}

std::unique_ptr<nn::Module> build_network(const Json& model) {
  if (systems::is_distillation(model)) return systems::build_distilled(model, systems::Teacher::kAsPublished, "model");
  return nn::build_recognizer(model);
}

/// Rates and decays of every parameter, in the order of the groups.
void check_parameters(const Case& c, Report& report) {
  const auto network = build_network(ordered(c.parameters().at("model")));
  network->require_gradients(true);
  std::vector<std::string> names;
  std::vector<int64_t> numbers;
  std::vector<double> rates, decays;
  int64_t number = 0;
  for (const ParameterGroup& group : groups_of(*network, ordered(c.parameters().at("optimizer")))) {
    for (const nn::Entry& parameter : group.parameters) {
      names.push_back(parameter.name);
      numbers.push_back(number);
      rates.push_back(group.learning_rate);
      decays.push_back(group.weight_decay);
    }
    ++number;
  }
  report.compare("name", names);
  report.compare("group", numbers);
  report.compare("lr", rates);
  report.compare("weight_decay", decays);
}

/// The classifier's backbone of these recipes is frozen.
void check_sampler_groups(const Case& c, Report& report) {
  const auto& p = c.parameters();
  const auto system = systems::build_system(store::Recipe::load(p.at("config").get<std::string>()).model());
  for (const nn::Entry& entry : system->module().entries())
    if (entry.kind == nn::EntryKind::kParameter) entry.tensor->set_requires_grad(!entry.name.starts_with("backbone."));
  const std::vector<ParameterGroup> groups =
      groups_of(system->module(), {{"type", "SGD"},
                                   {"constructor", "SamplerOptimizerConstructor"},
                                   {"paramwise_cfg", ordered(p.at("paramwise_cfg"))},
                                   {"lr", p.at("base_lr").get<double>()},
                                   {"weight_decay", p.at("weight_decay").get<double>()}});
  compare_groups(report, groups, "count");
  const auto first_names = p.at("names").get<std::vector<std::vector<std::string>>>();
  report.check("groups named", first_names.size() == groups.size());
  for (size_t i = 0; i < std::min(groups.size(), first_names.size()); ++i) {
    std::vector<std::string> names = names_of(groups[i]);
    names.resize(std::min(names.size(), first_names[i].size()));
    report.check(fmt::format("first names of {}", groups[i].name), names == first_names[i]);
  }
}

}  // namespace

KindTable optimizers_kinds() {
  return {.kinds = {{"mgsampler.optimizer_groups", check_tsm_groups},
                    {"reskd.optim_groups", check_parameters},
                    {"ocsampler.optimizer_groups", check_sampler_groups}},
          .tables = {}};
}

}  // namespace vs::golden

// Golden kinds of costs: what the five systems' networks cost, by their recipes.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <stdexcept>

#include "lib/flops/counter.h"
#include "lib/flops/published.h"
#include "lib/flops/system.h"
#include "lib/nn/config.h"
#include "lib/nn/network.h"
#include "tests/golden/kinds.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {
namespace {

using Json = nlohmann::json;
using Ordered = nlohmann::ordered_json;
using flops::CostNode;
using flops::Counts;
using Shape = std::vector<int64_t>;

/// "tsn/tsn_r50.py" is the recipe tsn_r50.
store::Recipe recipe_of_config(const std::string& config) {
  const std::string file = config.substr(config.find_last_of('/') + 1);
  return store::Recipe::load(file.substr(0, file.rfind(".py")));
}

CostNode cost_of(const Ordered& model, const Shape& shape) {
  return flops::cost_of_system(flops::build_system(model, shape, "model"));
}

Counts heading(const flops::Cost& cost, const std::string& name) {
  const auto found = cost.by_operation.find(name);
  return found == cost.by_operation.end() ? Counts{} : found->second;
}

const CostNode* child_named(const CostNode& node, const std::string& name) {
  for (const CostNode& child : node.children) {
    if (child.name == name) return &child;
  }
  return nullptr;
}

void check_reskd(const Case& c, Report& report) {
  std::vector<double> table;
  for (const Json& entry : c.parameters().at("configs_and_shapes")) {
    const CostNode node = cost_of(recipe_of_config(entry.at(0)).model(), entry.at(1).get<Shape>());
    const CostNode* teacher = child_named(node, "teacher");
    const int64_t products =
        heading(node.cost, "matmul").fvcore + heading(node.cost, "bmm").fvcore + heading(node.cost, "attention").fvcore;
    for (const int64_t number :
         {node.cost.counts.mmcv, node.parameters, node.cost.counts.fvcore, heading(node.cost, "conv").fvcore,
          heading(node.cost, "linear").fvcore, products, node.parameters - (teacher ? teacher->parameters : 0)})
      table.push_back(static_cast<double>(number));
  }
  report.compare("table", table, c.output_shape("table"));
}

Counts operator*(int64_t times, const Counts& counts) {
  return {counts.macs * times, counts.mmcv * times, counts.fvcore * times};
}
Counts operator+(Counts a, const Counts& b) { return a += b; }

/// Parts of OCSampler as the reference splits them: its trunk pools, and its head pools what is pooled already.
class SamplerParts {
 public:
  Counts sampler(int64_t frames, int64_t size) const {
    Ordered model = store::Recipe::load("activitynet_10to6_resnet50").model();
    model["resize_px"] = size;
    model["num_test_segments"] = 1;
    model["sampler"]["num_segments"] = model["sampler"]["total_segments"] = frames;
    return child_named(cost_of(model, {frames, 3, size, size}), "sampler")->cost.counts;
  }
  Counts trunk(int64_t size) const {
    const Ordered model = store::Recipe::load("activitynet_10to6_resnet50").model();
    const auto backbone = nn::build_backbone(nn::Config(model.at("backbone"), "backbone"));
    return flops::count_forward(*backbone, "trunk",
                                [&] {
                                  (*backbone)(flops::shape_only({1, 3, size, size}));
                                })
        .cost.counts;
  }
  Counts head(int64_t frames) const {
    const Ordered model = store::Recipe::load("activitynet_10to6_resnet50").model();
    const auto head = nn::build_head(nn::Config(model.at("cls_head"), "head"));
    return flops::count_forward(*head, "head",
                                [&] {
                                  (*head)(flops::shape_only({frames, 2048, 1, 1}), frames);
                                })
        .cost.counts;
  }
  Counts slowonly(int64_t frames, int64_t size) const {
    return cost_of(store::Recipe::load("activitynet_slowonly_inference").model(), {1, 3, frames, size, size})
        .cost.counts;
  }
};

Counts sampler_counts(const std::string& name) {
  const SamplerParts parts;
  std::smatch m;
  const auto number = [&](size_t i) { return std::stoll(m[i]); };
  if (std::regex_match(name, m, std::regex("sampler_(\\d+)x(\\d+)"))) return parts.sampler(number(1), number(2));
  if (std::regex_match(name, m, std::regex("resnet50_trunk_(\\d+)"))) return parts.trunk(number(1));
  if (std::regex_match(name, m, std::regex("r50head_(\\d+)"))) return parts.head(number(1));
  if (std::regex_match(name, m, std::regex("slowonly_(\\d+)x(\\d+)"))) return parts.slowonly(number(1), number(2));
  if (std::regex_match(name, m, std::regex("[a-z]+_(\\d+)to(\\d+)")))
    return parts.sampler(number(1), 128) + number(2) * parts.trunk(224) + parts.head(number(2));
  if (std::regex_match(name, m, std::regex("[a-z]+_slowonly_(\\d+)to(\\d+)")))
    return parts.sampler(number(1), 128) + parts.slowonly(number(2), 224);
  throw std::runtime_error("what " + name + " is, is not known");
}

void check_ocsampler(const Case& c, Report& report) {
  for (const std::string& name : c.output_names()) {
    const size_t cut = name.rfind('_');
    const Counts counts = sampler_counts(name.substr(0, cut));
    report.compare(name, std::vector<int64_t>{name.substr(cut) == "_macs" ? counts.macs : counts.mmcv});
  }
}

std::vector<int64_t> adafocus_row(const CostNode& node) {
  const int64_t conv = heading(node.cost, "conv").macs, linear = heading(node.cost, "linear").macs;
  const int64_t gru = heading(node.cost, "gru").macs;
  return {conv, linear, gru, conv + linear + gru, node.cost.counts.fvcore};
}

void check_adafocus(const Case& c, Report& report) {
  for (const std::string& name : c.output_names()) {
    std::smatch m;
    if (std::regex_match(name, m, std::regex("macs_([a-z0-9]+)_(\\d+)"))) {
      Ordered model = store::Recipe::load("actnet_p96_" + m[1].str()).model();
      model["patch_size"] = std::stoll(m[2]);
      report.compare(name, adafocus_row(cost_of(model, {16, 3, 224, 224})));
    } else if (std::regex_match(name, m, std::regex("sth_macs_(\\d+)"))) {
      Ordered model = store::Recipe::load("sthv1_p128").model();
      model["patch_size"] = std::stoll(m[1]);
      report.compare(name, adafocus_row(cost_of(model, {20, 3, 224, 224})));
    } else if (std::regex_match(name, m, std::regex("reference_gflops_([a-z0-9]+)_(\\d+)"))) {
      const auto recipe = store::Recipe::load("actnet_p" + m[2].str() + "_" + m[1].str());
      report.compare(name, std::vector<double>{flops::published_costs(recipe).back().gflops});
    } else {
      throw std::runtime_error("what " + name + " is, is not known");
    }
  }
}

/// The reference prints numbers so: 50788838784 is "50.789G".
std::string as_mmengine_prints(double value) {
  const std::vector<std::tuple<double, double, const char*>> units{
      {1e11, 1e12, "T"}, {1e8, 1e9, "G"}, {1e5, 1e6, "M"}, {1e2, 1e3, "K"}};
  for (const auto& [above, unit, letter] : units) {
    if (value <= above) continue;
    std::string text = fmt::format("{:.3f}", value / unit);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text + letter;
  }
  return fmt::format("{}", value);
}

/// Products of packed attention are bmm there, those of the compression are matmul.
int64_t products_inside(const CostNode& node, bool compression, bool inside = false) {
  inside = inside || node.name == "compression";
  int64_t sum = 0;
  if (inside == compression) {
    for (const char* name : {"matmul", "bmm", "attention"}) sum += heading(node.own, name).fvcore;
  }
  for (const CostNode& below : node.children) sum += products_inside(below, compression, inside);
  return sum;
}

void check_drca(const Case& c, Report& report) {
  std::vector<int64_t> table;
  for (const Json& row : c.parameters().at("params").at("rows")) {
    Ordered model = recipe_of_config(row.at("config")).model();
    for (const auto& [key, value] : row.at("backbone").items()) model["backbone"][key] = value;
    const CostNode node = cost_of(model, row.at("shape").get<Shape>());
    const auto by = [&](const char* name) { return heading(node.cost, name).fvcore; };
    for (const int64_t number :
         {node.cost.counts.fvcore, by("conv"), by("linear"), products_inside(node, true), products_inside(node, false),
          by("layer_norm"), by("batch_norm"), by("upsample_bilinear2d"), node.parameters})
      table.push_back(number);
    const auto total = as_mmengine_prints(static_cast<double>(node.cost.counts.fvcore));
    report.check("printed " + total, total == row.at("flops_str"));
    const auto parameters = as_mmengine_prints(static_cast<double>(node.parameters));
    report.check("printed " + parameters, parameters == row.at("params_str"));
  }
  report.compare("flops", table, c.output_shape("flops"));
}

}  // namespace

KindTable system_flops_kinds() {
  return {{{"reskd.flops", check_reskd},
           {"ocsampler.flops", check_ocsampler},
           {"adafocus.flops", check_adafocus},
           {"drca.flops", check_drca}},
          {}};
}

}  // namespace vs::golden

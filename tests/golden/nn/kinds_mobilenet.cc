// Golden kinds of MobileNetV2: AdaFocusV2's glance and OCSampler's skim network.
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "lib/core/error.h"
#include "lib/nn/backbones/mobilenet_v2_sampler.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/pool.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {
namespace {

/// Classes of the classifier that the reference's entries hold.
using Gains = std::map<std::string, double>;
constexpr int64_t kUnusedClasses = 1000;

void check_mobilenet(const Case& c, Report& report) {
  const auto& p = c.parameters();
  nn::MobileNetV2 network({.names = nn::MobileNetV2Names::kFeatures, .unused_classes = kUnusedClasses});
  check_state_dict(c, network, report);
  const at::ScalarType dtype = stated_type(p);
  fill_weights(c, network, {.prefix = p.value("key_prefix", ""), .gains_by_prefix = p.at("gains").get<Gains>()}, dtype);
  check_feature_maps(c, network, dtype, report);
}

void check_sampler(const Case& c, Report& report) {
  const auto& p = c.parameters();
  auto description = ordered(p.at("model"));
  const auto network = nn::build_mobilenet_v2_sampler(nn::Config(description, "model"));
  check_state_dict(c, *network, report);
  const at::ScalarType dtype = stated_type(p);
  fill_weights(c, *network, {.prefix = "", .gain = p.value("gain", 1.0)}, dtype);
  const at::Tensor videos = stated_blocks(c, p.at("imgs").get<std::string>());
  const Forward forward = [&](at::ScalarType type) {
    const at::Tensor images = videos.to(type).flatten(0, 1);
    const at::Tensor pooled = nn::mean_of_positions((*network)(images), type);
    Outputs outputs{{"logit", network->logits_of_pooled(pooled)}, {"probs", network->probabilities(images)}};
    for (const std::string& output : c.output_names()) {
      if (!output.starts_with("pooled_")) continue;
      const auto channels = static_cast<int64_t>(c.output_shape(output).at(2));
      outputs[output] = pooled.unflatten(0, {videos.size(0), videos.size(1)}).slice(2, 0, channels);
    }
    return outputs;
  };
  check_forward(c, *network, dtype, forward, report, {"probs"});
}

void check_resize(const Case& c, Report& report) {
  static const std::regex sizes("([0-9]+)_to_([0-9]+)");
  for (const std::string& output : c.output_names()) {
    std::smatch found;
    if (!std::regex_match(output, found, sizes)) throw DataError(c.path(), "output " + output + " states no sizes");
    const int64_t from = std::stoll(found[1]), to = std::stoll(found[2]);
    const at::Tensor columns = at::arange(from, at::device(c.device()).dtype(at::kFloat)).expand({1, 1, from, from});
    const at::Tensor small = nn::skim_frames(columns, to);
    compare(report, output, small.select(2, to / 2).flatten().to(at::kLong));
    const at::Tensor rows = nn::skim_frames(columns.transpose(2, 3), to).transpose(2, 3);
    report.check(output + ": rows as columns", at::equal(rows, small));
  }
}

}  // namespace

KindTable mobilenet_kinds() {
  KindTable table;
  table.kinds = {{"adafocus.mobilenet_v2", check_mobilenet},
                 {"ocsampler.sampler_probs", check_sampler},
                 {"ocsampler.resize_nearest", check_resize}};
  return table;
}

}  // namespace vs::golden

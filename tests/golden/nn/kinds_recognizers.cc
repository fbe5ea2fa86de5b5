// Golden kinds of whole recognizers: a model description in, scores and features out; and of inflated weights.
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/backbones/resnet.h"
#include "lib/nn/config.h"
#include "lib/nn/inflate.h"
#include "lib/nn/layers/temporal_shift.h"
#include "lib/nn/network.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {
namespace {

using nn::AverageClips;

/// The outputs test_<average>: "None", "prob" and "score".
AverageClips average_of(const std::string& word) {
  return word == "None" ? AverageClips::kNone : nn::average_clips_named(word);
}

void check_recognizer(const Case& c, Report& report) {
  const auto& p = c.parameters();
  const auto network = nn::build_recognizer(ordered(p.at("model")));
  const at::ScalarType dtype = stated_type(p);
  check_state_dict(c, *network, report);
  fill_weights(c, *network, {.prefix = "", .gain = p.at("weights").value("gain", 1.0)}, dtype);
  const at::Tensor imgs = described_tensor(c, p.at("inputs").at("imgs"));
  const auto first_channels = [&](const at::Tensor& x, const std::string& output) {
    return x.slice(1, 0, static_cast<int64_t>(c.output_shape(output).at(1)));
  };
  std::set<std::string> scores;
  for (const std::string& output : c.output_names()) {
    if (output == "logits" || output.starts_with("test_")) scores.insert(output);
  }
  const Forward forward = [&](at::ScalarType type) {
    const at::Tensor x = imgs.to(type);
    Outputs outputs;
    at::Tensor pooled;
    for (const std::string& output : c.output_names()) {
      const bool pools = output == "pooled_feature" || output == "feature_extraction";
      if (pools && !pooled.defined()) pooled = network->pooled_features(x);
      if (output == "logits") outputs[output] = network->logits(x);
      if (output == "pooled_feature") outputs[output] = first_channels(pooled, output);
      if (output == "feature_extraction")
        outputs[output] = first_channels(pooled.unflatten(0, {x.size(0), -1}).mean(1), output);
      if (output.starts_with("test_")) outputs[output] = network->test(x, average_of(output.substr(5)));
    }
    return outputs;
  };
  check_forward(c, *network, dtype, forward, report, scores);
}

/// torchvision-named image weights of the same widths, by the case's formula.
std::map<std::string, at::Tensor> image_weights(const nn::ResNetOptions& clips, const std::vector<std::string>& names,
                                                Report& report) {
  nn::ResNetOptions options = clips;
  options.axes = 2;
  options.names = nn::ResNetNames::kTorchvision;
  nn::ResNet images(options);
  std::map<std::string, at::Tensor> weights, known;
  for (const nn::Entry& entry : images.entries()) known[entry.name] = *entry.tensor;
  for (const std::string& name : names) {
    const auto at = known.find(name);
    if (at == known.end()) {
      report.check(name + " is no name of torchvision's here", false);
      continue;
    }
    const bool counter = !at->second.is_floating_point();
    weights[name] = counter ? at::zeros({}, at::kLong)
                            : fill_tensor(at->second.sizes(), "2d." + name, 0.3, name.ends_with("running_var") ? 1 : 0);
  }
  return weights;
}

void check_inflate(const Case& c, Report& report) {
  const auto& p = c.parameters();
  const auto description = ordered(p.at("backbone"));
  const auto network = nn::build_backbone(nn::Config(description, "backbone"));
  auto* resnet = dynamic_cast<nn::ResNet*>(network.get());
  if (!resnet) throw DataError(c.path(), "backbone is no residual network");
  check_state_dict(c, *network, report);
  network->materialize();
  const auto weights = image_weights(resnet->options(), p.at("names_2d").get<std::vector<std::string>>(), report);
  const auto inflated = nn::inflate_resnet(*network, weights);
  report.check("every entry has a weight", inflated.missing.empty());
  report.check("every weight has an entry", inflated.unused.empty());
  std::map<std::string, at::Tensor> entries;
  for (const nn::Entry& entry : network->entries()) entries[entry.name] = *entry.tensor;
  std::vector<at::Tensor> sums, first;
  for (const auto& name : p.at("params")) {
    const at::Tensor& value = entries.at(name.get<std::string>());
    sums.push_back(value.to(at::kDouble).sum());
    first.push_back(value.flatten().slice(0, 0, 4));
  }
  compare(report, "sums", at::stack(sums));
  compare(report, "first", at::stack(first));
}

void check_shift(const Case& c, Report& report) {
  const auto& p = c.parameters();
  const at::Tensor x = described_tensor(c, p.at("inputs").at("x"));
  compare(report, "y", nn::temporal_shift(x, p.at("num_segments").get<int64_t>(), p.at("shift_div").get<int64_t>()));
}

}  // namespace

KindTable recognizers_kinds() {
  KindTable table;
  table.kinds = {
      {"reskd.recognizer_forward", check_recognizer},
      {"reskd.slowonly_inflate", check_inflate},
      {"reskd.temporal_shift", check_shift},
  };
  return table;
}

}  // namespace vs::golden

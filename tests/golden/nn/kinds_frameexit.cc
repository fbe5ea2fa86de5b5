// Golden kind of FrameExit's classifier loaded as OCSampler's: a checkpoint of its names, through the name maps.
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/loading.h"
#include "lib/nn/network.h"
#include "lib/weights/safetensors.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"
#include "tests/support/scratch.h"

namespace vs::golden {
namespace {

using nlohmann::json;

/// The tensors that the case lists: names and shapes.
std::vector<std::pair<std::string, std::vector<int64_t>>> listed_tensors(const Case& c) {
  std::vector<std::pair<std::string, std::vector<int64_t>>> tensors;
  for (const json& entry : json::parse(c.content().text("state_dict")))
    tensors.emplace_back(entry.at(0).get<std::string>(), entry.at(1).get<std::vector<int64_t>>());
  return tensors;
}

/// "gain 1.1 for module.backbone.*, else 1.0".
WeightRule stated_rule(const std::string& words) {
  static const std::regex gains(R"(gain ([0-9.]+) for ([^ *]+)\*, else ([0-9.]+))");
  std::smatch found;
  if (!std::regex_search(words, found, gains)) throw DataError("case", "states no gains: " + words);
  return {.prefix = "", .gain = std::stod(found[3]), .gains_by_prefix = {{found[2], std::stod(found[1])}}};
}

/// Writes the checkpoint that the case describes.
void write_checkpoint(const Case& c, const std::string& path) {
  const WeightRule rule = stated_rule(c.parameters().at("weights").get<std::string>());
  std::map<std::string, std::vector<int64_t>> shapes;
  std::vector<weights::TensorInfo> infos;
  for (const auto& [name, shape] : listed_tensors(c)) {
    const bool counter = name.ends_with("num_batches_tracked");
    infos.push_back({name, counter ? weights::Dtype::kI64 : weights::Dtype::kF32, shape});
    shapes[name] = shape;
  }
  weights::SafetensorsWriter writer(path, infos);
  for (const weights::TensorInfo& info : writer.order()) {
    const bool counter = info.dtype == weights::Dtype::kI64;
    const at::Tensor value =
        counter ? at::zeros(info.shape, at::kLong) : deterministic_weight(info.name, info.shape, rule);
    writer.write({static_cast<const uint8_t*>(value.const_data_ptr()), info.size_bytes()});
  }
  writer.commit();
}

void check_port(const Case& c, Report& report) {
  const json& p = c.parameters();
  const auto tensors = listed_tensors(c);
  std::map<std::string, std::vector<int64_t>> shapes(tensors.begin(), tensors.end());
  const auto index = p.at("classifier_index").get<int64_t>();
  const auto last = shapes.find("module.classifiers." + std::to_string(index) + ".weight");
  const auto hidden = shapes.find("module.mlp.layers.0.weight");
  if (last == shapes.end() || hidden == shapes.end()) throw DataError(c.path(), "lists no classifier of that index");
  const test::Scratch scratch("vs-golden-frameexit");
  const std::string path = scratch / "frameexit.safetensors";
  write_checkpoint(c, path);
  const at::Tensor imgs = stated_blocks(c, p.at("imgs").get<std::string>());
  for (const char* type : {"R50Head", "R50MultiHead"}) {
    const auto network = nn::build_recognizer({{"type", "Recognizer2D"},
                                               {"backbone", {{"type", "ResNet50"}, {"depth", 50}}},
                                               {"cls_head",
                                                {{"type", type},
                                                 {"num_classes", last->second.at(0)},
                                                 {"in_channels", hidden->second.at(1)},
                                                 {"num_neurons", hidden->second.at(0)},
                                                 {"frozen", p.at("frozen").get<bool>()}}}});
    const bool multiple = type == std::string("R50MultiHead");
    nn::LoadOptions options;
    options.names.emplace_back();
    if (!multiple) options.names[0].parameters["classifier_index"] = index;
    const nn::LoadReport loaded = nn::load_weights(*network, path, options);
    network->move(c.device());
    report.check(loaded.mapping,
                 loaded.mapping == std::string("names mapped by frameexit-ocsampler") + (multiple ? "-multihead" : ""));
    if (!multiple) {
      const auto mapped = static_cast<int64_t>(loaded.match.matched.size());
      report.check("tensors that are mapped", mapped == p.at("mapped").get<int64_t>());
      report.check("tensors that are dropped",
                   static_cast<int64_t>(tensors.size()) - mapped == p.at("dropped").get<int64_t>());
    }
    const std::string output = multiple ? "logits_r50multihead" : "logits_r50head";
    const Forward forward = [&](at::ScalarType dtype) -> Outputs {
      return {{output, network->logits(imgs.to(dtype))}};
    };
    check_forward(c, *network, stated_type(p), forward, report, {output});
  }
}

}  // namespace

KindTable frameexit_kinds() { return {.kinds = {{"ocsampler.frameexit_port", check_port}}, .tables = {}}; }

}  // namespace vs::golden

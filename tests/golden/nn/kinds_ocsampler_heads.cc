// Golden kinds of classifiers in OCSampler's and AdaFocusV2's code: heads, SlowOnly, torchvision's ResNet-50, shift.
#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/core/error.h"
#include "lib/nn/backbones/resnet.h"
#include "lib/nn/config.h"
#include "lib/nn/heads/r50_head.h"
#include "lib/nn/layers/pool.h"
#include "lib/nn/layers/temporal_shift.h"
#include "lib/nn/network.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {
namespace {

void check_shift(const Case& c, Report& report) {
  for (const auto& v : c.parameters().at("variants")) {
    const at::Tensor x = stated_fill(c, v.at("input").get<std::string>());
    compare(report, v.at("output").get<std::string>(),
            nn::temporal_shift(x, v.at("num_segments").get<int64_t>(), v.at("shift_div").get<int64_t>()));
  }
}

void check_sth_shift(const Case& c, Report& report) {
  const auto& subcases = c.parameters().at("subcases");
  for (size_t i = 0; i < subcases.size(); ++i) {
    const auto& s = subcases[i];
    const auto size = [&](const char* key) { return s.at(key).get<int64_t>(); };
    const std::string key = stated_key(s.at("x").get<std::string>());
    const at::Tensor x =
        fill_tensor(c, {size("batch") * size("n_segment"), size("channels"), size("h"), size("w")}, key);
    compare(report, fmt::format("shift_{}", i), nn::temporal_shift(x, size("n_segment"), size("n_div")));
  }
}

/// The number after `word` in "detinit, prefix 'i3d.', gain 2.0"; 1 if there is none.
double stated_gain(const std::string& text) {
  const size_t at = text.find("gain ");
  return at == std::string::npos ? 1 : std::stod(text.substr(at + 5));
}

/// Heads under the names of their variants, as the case's state_dict lists them.
class Heads : public nn::Module {
 public:
  nn::Head& add(const std::string& name, std::unique_ptr<nn::Head> head) {
    nn::Head& added = *head;
    adopt(name, std::move(head));
    return added;
  }
};

/// Weights of the images: a dataset of the case, or a fill in words, through a soft-max if the words say so.
at::Tensor stated_weights(const Case& c, const nlohmann::json& probs, int64_t rows, int64_t segments) {
  const auto text = probs.get<std::string>();
  const at::Tensor weights = c.has_input(text) ? input_tensor(c, text).to(c.device()) : stated_fill(c, text);
  const at::Tensor shaped = weights.view({rows, segments});
  return text.find("softmax") == std::string::npos ? shaped : at::softmax(shaped, 1);
}

void check_heads(const Case& c, Report& report) {
  const at::NoGradGuard no_gradients;
  Heads heads;
  for (const auto& v : c.parameters().at("variants")) {
    const auto name = v.at("output").get<std::string>();
    auto description = ordered(v);
    for (const char* key : {"output", "B", "num_segs", "x", "probs", "weights"}) description.erase(key);
    nn::Head& head = heads.add(name, nn::build_head(nn::Config(description, "head")));
    const auto words = v.at("weights").get<std::string>();
    fill_weights(c, head, {.prefix = stated_key(words), .gain = stated_gain(words)});
    const auto segments = v.at("num_segs").get<int64_t>();
    const at::Tensor x = stated_fill(c, v.at("x").get<std::string>());
    const auto& probs = v.at("probs");
    const Forward forward = [&](at::ScalarType type) -> Outputs {
      if (probs.is_null()) return {{name, head(x.to(type), segments)}};
      const at::Tensor weights = stated_weights(c, probs, v.at("B").get<int64_t>(), segments);
      return {{name, dynamic_cast<nn::R50Head&>(head).weighted(x.to(type), weights)}};
    };
    check_forward(c, head, at::kFloat, forward, report, {name});
  }
  check_state_dict(c, heads, report);
}

void check_slow_only(const Case& c, Report& report) {
  const auto& p = c.parameters();
  const auto classes = static_cast<int64_t>(c.output_shape("scores").at(1));
  const nlohmann::ordered_json average = p.at("average_clips");
  const auto network = nn::build_recognizer(
      {{"type", "Recognizer3D"},
       {"backbone", {{"type", "ResNet3dSlowOnly"}, {"depth", 50}}},
       {"cls_head", {{"type", "I3DHead"}, {"in_channels", 2048}, {"num_classes", classes}}},
       {"test_cfg", {{"average_clips", average.is_null() ? "none" : average.get<std::string>()}}}});
  check_state_dict(c, *network, report);
  const at::ScalarType dtype = stated_type(p);
  fill_weights(c, *network, {.prefix = "", .gains_by_prefix = p.at("gains").get<std::map<std::string, double>>()},
               dtype);
  const at::NoGradGuard no_gradients;
  const at::Tensor images = stated_blocks(c, p.at("imgs").get<std::string>());
  const at::Tensor clips = images.unflatten(1, {p.at("clips").get<int64_t>(), -1}).transpose(2, 3);
  const Forward forward = [&](at::ScalarType type) -> Outputs {
    return {{"pooled_features", network->pooled_features(clips.to(type))},
            {"scores", network->test(clips.to(type), network->average())}};
  };
  check_forward(c, *network, dtype, forward, report, {"scores"});
}

void check_resnet50(const Case& c, Report& report) {
  const auto& p = c.parameters();
  nn::ResNet network(nn::torchvision_resnet50());
  check_state_dict(c, network, report);
  const at::ScalarType dtype = stated_type(p);
  fill_weights(
      c, network,
      {.prefix = p.value("key_prefix", ""), .gains_by_prefix = p.at("gains").get<std::map<std::string, double>>()},
      dtype);
  check_feature_maps(c, network, dtype, report);
}

}  // namespace

KindTable ocsampler_heads_kinds() {
  KindTable table;
  table.kinds = {
      {"ocsampler.temporal_shift", check_shift},    {"ocsampler.heads", check_heads},
      {"ocsampler.slowonly_test", check_slow_only}, {"adafocus.resnet50", check_resnet50},
      {"adafocus.sth_shift", check_sth_shift},
  };
  return table;
}

}  // namespace vs::golden

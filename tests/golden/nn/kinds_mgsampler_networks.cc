// Golden kinds of TSM in MGSampler's code.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/backbones/resnet.h"
#include "lib/nn/layers/pool.h"
#include "lib/nn/layers/temporal_shift.h"
#include "lib/nn/network.h"
#include "lib/nn/recognizers/recognizer.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {
namespace {

using nn::AverageClips;

void check_shift(const Case& c, Report& report) {
  const auto& subcases = c.parameters().at("subcases");
  for (size_t i = 0; i < subcases.size(); ++i) {
    const auto& s = subcases[i];
    const auto size = [&](const char* key) { return s.at(key).get<int64_t>(); };
    const at::Tensor x = fill_tensor(c, {size("N"), size("C"), size("H"), size("W")}, s.at("key").get<std::string>());
    compare(report, fmt::format("s{}", i), nn::temporal_shift(x, size("num_segments"), size("shift_div")));
  }
}

nlohmann::ordered_json tsm_model(const nlohmann::json& p) {
  const bool pools = p.value("temporal_pool", false);
  const auto depth = p.at("depth").get<int64_t>();
  return {{"type", "Recognizer2D"},
          {"backbone",
           {{"type", "ResNetTSM"},
            {"depth", depth},
            {"num_segments", p.at("num_segments")},
            {"shift_div", p.at("shift_div")},
            {"shift_place", p.at("shift_place")},
            {"temporal_pool", pools}}},
          {"cls_head",
           {{"type", "TSMHead"},
            {"num_classes", p.at("classes")},
            {"in_channels", depth < 50 ? 512 : 2048},
            {"num_segments", p.at("num_segments")},
            {"temporal_pool", pools}}}};
}

/// Mean and deviation (over all elements) of every map: [maps, 2].
at::Tensor mean_and_deviation(const std::vector<at::Tensor>& maps) {
  std::vector<at::Tensor> rows;
  for (const at::Tensor& map : maps) {
    const at::Tensor values = map.to(at::kDouble).flatten();
    rows.push_back(at::stack({values.mean(), values.std(false)}));
  }
  return at::stack(rows);
}

void check_tsm(const Case& c, Report& report) {
  const auto& p = c.parameters();
  const auto network = nn::build_recognizer(tsm_model(p));
  const at::ScalarType dtype = stated_type(p);
  check_state_dict(c, *network, report);
  fill_weights(c, *network, {}, dtype);
  const at::Tensor imgs = described_tensor(c, p.at("imgs"));
  auto& recognizer = dynamic_cast<nn::PlainRecognizer&>(*network);
  const Forward forward = [&](at::ScalarType type) -> Outputs {
    const at::Tensor x = imgs.to(type);
    const at::Tensor logits = network->logits(x);
    const int64_t clips = logits.size(0) / x.size(0);
    const auto maps = dynamic_cast<nn::ResNet&>(recognizer.backbone()).maps(x.flatten(0, 1));
    return {{"logits", logits},
            {"test_output", network->test(x, AverageClips::kProb)},
            {"average_prob", nn::average_clips(logits, clips, AverageClips::kProb)},
            {"average_score", nn::average_clips(logits, clips, AverageClips::kScore)},
            {"average_None", nn::average_clips(logits, clips, AverageClips::kNone)},
            {"stage_mean_std", mean_and_deviation(maps)},
            {"feat_pooled", nn::mean_of_positions(maps.back(), type).slice(1, 0, std::nullopt, 8)}};
  };
  check_forward(c, *network, dtype, forward, report,
                {"logits", "test_output", "average_prob", "average_score", "average_None"});
}

}  // namespace

KindTable mgsampler_networks_kinds() {
  KindTable table;
  table.kinds = {
      {"mgsampler.temporal_shift", check_shift},
      {"mgsampler.tsm_forward", check_tsm},
  };
  return table;
}

}  // namespace vs::golden

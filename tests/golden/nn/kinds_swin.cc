// Golden kinds of Video Swin: its tables, its stochastic depth, its inflated weights.
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/inflate_swin.h"
#include "lib/nn/network.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {
namespace {

nn::Axes axes_of(const nlohmann::json& list) { return list.get<nn::Axes>(); }

void check_tables(const Case& c, Report& report) {
  const auto& p = c.parameters();
  size_t i = 0;
  for (const auto& window : p.at("relative_position_index_windows"))
    compare(report, "relative_position_index_" + std::to_string(i++), nn::relative_position_index(axes_of(window)));
  i = 0;
  for (const auto& a : p.at("mask_args_D_H_W_window_shift")) {
    const nn::Axes grid{a.at(0), a.at(1), a.at(2)};
    compare(report, "mask_" + std::to_string(i++), nn::attention_mask(grid, {axes_of(a.at(3)), axes_of(a.at(4))}));
  }
  std::vector<int64_t> rows;
  const auto& clamped = p.at("get_window_size_args");
  for (const auto& a : clamped) {
    nn::Window full{axes_of(a.at(1)), {}};
    for (const int64_t size : full.size) full.shift.push_back(size / 2);
    const nn::Window used = nn::used_window(axes_of(a.at(0)), full);
    rows.insert(rows.end(), used.size.begin(), used.size.end());
    rows.insert(rows.end(), used.shift.begin(), used.shift.end());
  }
  report.compare("get_window_size", rows, {clamped.size(), 6});
  i = 0;
  for (const auto& a : p.at("drop_path_args_rate_depths")) {
    const auto rates = nn::drop_path_rates(a.at(0).get<double>(), a.at(1).get<std::vector<int64_t>>());
    report.compare("drop_path_" + std::to_string(i++), rates, {rates.size()});
  }
}

/// The draws of a case, a row a call.
class GivenNoise : public nn::NoiseSource {
 public:
  explicit GivenNoise(at::Tensor rows) : rows_(std::move(rows)) {}
  at::Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override {
    if (calls_ == rows_.size(0)) throw DataError("noise", "the network asks for more draws than the case gives");
    return rows_[calls_++].to(options).view(shape);
  }
  at::Tensor normal(at::IntArrayRef, const at::TensorOptions&) override {
    throw DataError("noise", "the case gives no normal draws");
  }
  int64_t calls() const { return calls_; }

 private:
  at::Tensor rows_;
  int64_t calls_ = 0;
};

void check_drop_path(const Case& c, Report& report) {
  const auto& p = c.parameters();
  const auto network = nn::build_recognizer(ordered(p.at("model")));
  const at::ScalarType dtype = stated_type(p);
  check_state_dict(c, *network, report);
  fill_weights(c, *network, {.prefix = "", .gain = p.at("weights").value("gain", 1.0)}, dtype);
  GivenNoise noise(input_tensor(c, "r"));
  network->train();
  network->set_noise(&noise);
  const at::NoGradGuard no_gradients;
  compare(report, "logits", network->logits(described_tensor(c, p.at("inputs").at("imgs")).to(dtype)));

  const auto& backbone = p.at("model").at("backbone");
  const auto stated = c.input<double>("rate");
  const auto draws = c.input<double>("r");
  const size_t samples = c.input_shape("r").at(1);
  std::vector<double> rates;
  for (const double rate :
       nn::drop_path_rates(backbone.at("drop_path_rate"), backbone.at("depths").get<std::vector<int64_t>>())) {
    if (rate > 0) rates.insert(rates.end(), 2, rate);
  }
  bool equal = rates.size() == stated.size();
  for (size_t i = 0; equal && i < rates.size(); ++i) equal = std::abs(rates[i] - stated[i]) < 1e-7;
  report.check("rates of the calls", equal);
  report.check("every draw is asked for", noise.calls() == static_cast<int64_t>(stated.size()));
  std::vector<int64_t> keep;
  for (size_t i = 0; i < draws.size(); ++i)
    keep.push_back(static_cast<int64_t>(std::floor(1 - rates.at(i / samples) + draws[i])));
  report.compare("keep", keep, c.input_shape("r"));
}

void check_inflate(const Case& c, Report& report) {
  const auto& p = c.parameters();
  const auto description = ordered(p.at("backbone"));
  nn::Config config(description, "backbone");
  nn::SwinTransformer3d network(nn::swin_options(config));
  check_state_dict(c, network, report);
  network.materialize();
  const auto side = 2 * p.at("window_2d").get<int64_t>() - 1;
  std::map<std::string, at::Tensor> weights;
  for (const nn::Entry& entry : network.entries()) {
    std::vector<int64_t> shape = entry.tensor->sizes().vec();
    if (entry.name == "patch_embed.proj.weight") shape.erase(shape.begin() + 2);
    if (entry.name.ends_with("relative_position_bias_table")) shape[0] = side * side;
    weights[entry.name] = entry.tensor->is_floating_point() ? fill_tensor(shape, "2d." + entry.name, 0.5)
                                                            : at::full({side * side, side}, 7, at::kLong);
  }
  weights["layers.0.blocks.1.attn_mask"] = at::zeros({1});
  weights["head.weight"] = at::zeros({10, 4});
  const auto inflated = nn::inflate_swin(network, weights);
  report.check("every entry has a weight", inflated.missing.empty());
  report.check("only the classifier is left", inflated.unused == std::vector<std::string>{"head.weight"});
  for (const nn::Entry& entry : network.entries()) {
    const std::string output = "param/" + entry.name;
    if (c.has_output(output)) {
      compare(report, output, *entry.tensor);
    } else if (entry.tensor->is_floating_point()) {
      report.check(entry.name + " is copied", entry.tensor->equal(weights.at(entry.name)));
    }
  }
}

}  // namespace

KindTable swin_kinds() {
  KindTable table;
  table.kinds = {
      {"reskd.swin_tables", check_tables},
      {"reskd.swin_droppath", check_drop_path},
      {"reskd.swin_inflate", check_inflate},
  };
  return table;
}

}  // namespace vs::golden

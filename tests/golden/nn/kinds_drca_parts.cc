// Golden kinds of DRCA's parts: layers, ranking, compression, with gradients.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/nn/config.h"
#include "lib/nn/drca/aligned_layer.h"
#include "lib/nn/drca/backbone.h"
#include "lib/nn/drca/compression.h"
#include "lib/nn/drca/dccm.h"
#include "lib/nn/drca/perturbed_rank.h"
#include "lib/nn/drca/ranking.h"
#include "lib/nn/layers/drop.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

at::Tensor leaf(const Case& c, const std::string& name) { return input_of(c, name).set_requires_grad(true); }

/// Hands out one tensor for every draw.
class GivenNoise final : public nn::NoiseSource {
 public:
  explicit GivenNoise(at::Tensor draw) : draw_(std::move(draw)) {}
  at::Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override {
    return draw_.to(options).view(shape);
  }
  at::Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override {
    return draw_.to(options).view(shape);
  }

 private:
  at::Tensor draw_;
};

/// The rows (norm, first four elements) of the gradients that the case lists, and that the rest have none.
void compare_gradients(const Case& c, nn::Module& module, Report& report) {
  const json& p = c.parameters();
  std::map<std::string, at::Tensor> parameters;
  for (const nn::Entry& entry : module.entries()) parameters[entry.name] = *entry.tensor;
  if (c.has_output("grad")) {
    std::vector<at::Tensor> rows;
    for (const json& name : p.at("grad_names")) {
      const at::Tensor gradient = parameters[name.get<std::string>()].grad();
      report.check(name.get<std::string>() + " has a gradient", gradient.defined());
      if (!gradient.defined()) return;
      const at::Tensor flat = gradient.flatten();
      const int64_t count = std::min<int64_t>(4, flat.numel());
      rows.push_back(at::cat({flat.norm().view({1}), at::constant_pad_nd(flat.narrow(0, 0, count), {0, 4 - count})}));
    }
    compare(report, "grad", at::stack(rows));
  }
  for (const json& name : p.value("no_grad_names", json::array()))
    report.check(name.get<std::string>() + " has no gradient", !parameters[name.get<std::string>()].grad().defined());
}

at::Tensor channel_mean(const at::Tensor& x, int64_t axis = -1) { return x.detach().mean(axis); }

void compare_single_layer(const Case& c, nn::DividedLayer& layer, int64_t frames, Report& report) {
  const at::Tensor tokens = leaf(c, "tokens");
  const auto joined = [](const at::Tensor& cls, const at::Tensor& patches) {
    return at::cat({cls, patches.flatten(1, 2)}, 1);
  };
  const auto [cls, patches] = nn::class_and_patches(tokens, frames);
  const at::Tensor timed = layer.over_time(patches);
  const auto [new_cls, spaced] = layer.over_space(cls, timed);
  const at::Tensor out = layer(tokens, frames);
  compare(report, "temporal_tokens_mean", channel_mean(joined(cls, timed)));
  compare(report, "spatial_tokens_mean", channel_mean(joined(new_cls, spaced)));
  compare(report, "out_tokens", out);
  (out * input_of(c, "g_tokens")).sum().backward();
  compare(report, "grad_tokens_mean", channel_mean(tokens.grad()));
}

void compare_aligned_layer(const Case& c, nn::DividedLayer& layer, Report& report) {
  const nn::drca::AlignedTokens tokens{leaf(c, "cls"), leaf(c, "high"), leaf(c, "low")};
  const auto timed = aligned_over_time(layer, tokens);
  const auto spaced = aligned_over_space(layer, timed);
  const auto out = run_aligned(layer, tokens);
  compare(report, "temporal_cls", timed.cls);
  compare(report, "temporal_high_mean", channel_mean(timed.high));
  compare(report, "temporal_low_mean", channel_mean(timed.low));
  compare(report, "spatial_cls", spaced.cls);
  compare(report, "spatial_high_mean", channel_mean(spaced.high));
  compare(report, "spatial_low_mean", channel_mean(spaced.low));
  compare(report, "out_cls", out.cls);
  compare(report, "out_high", out.high);
  compare(report, "out_low", out.low);
  ((out.cls * input_of(c, "g_cls")).sum() + (out.high * input_of(c, "g_high")).sum() +
   (out.low * input_of(c, "g_low")).sum())
      .backward();
  compare(report, "grad_cls_mean", channel_mean(tokens.cls.grad()));
  compare(report, "grad_high_mean", channel_mean(tokens.high.grad()));
  compare(report, "grad_low_mean", channel_mean(tokens.low.grad()));
}

void check_layer(const Case& c, Report& report) {
  const json& p = c.parameters();
  const json& params = p.at("params");
  const bool multi = params.at("multi").get<bool>();
  nn::DividedLayer layer({.channels = params.at("embed_dims").get<int64_t>(),
                          .heads = params.at("num_heads").get<int64_t>(),
                          .low_resolution = multi});
  check_state_dict(c, layer, report);
  fill_weights(c, layer, rule_of(p), stated_type(p));
  layer.require_gradients(true);
  if (multi) {
    compare_aligned_layer(c, layer, report);
  } else {
    compare_single_layer(c, layer, params.at("num_frames").get<int64_t>(), report);
  }
  compare_gradients(c, layer, report);
}

/// Reads "strategy" and "comp_module" of a case through the network's own words.
nn::drca::Strategy strategy_of(const json& params) {
  const ordered_json words{{"strategy", params.at("strategy")}};
  nn::Config config(words, "params");
  return nn::drca::read_strategy(config, "strategy");
}
nn::drca::CompressionKind compression_of(const json& params) {
  const ordered_json words{{"comp_module", params.at("comp_module")}};
  nn::Config config(words, "params");
  return nn::drca::read_compression(config, "comp_module");
}

void check_compression(const Case& c, Report& report) {
  const json& p = c.parameters();
  nn::Module owner;
  auto& module =
      name_compression(owner, "m", compression_of(p.at("params")), p.at("params").at("in_channels").get<int64_t>());
  check_state_dict(c, module, report);
  fill_weights(c, module, rule_of(p), stated_type(p));
  {
    const at::NoGradGuard no_gradients;
    compare(report, "eval", module(input_of(c, "x"), input_of(c, "x_ref")));
  }
  module.train();
  module.require_gradients(true);
  const at::Tensor x = leaf(c, "x"), reference = leaf(c, "x_ref");
  const at::Tensor out = module(x, reference);
  compare(report, "train", out);
  (out * input_of(c, "g")).sum().backward();
  compare(report, "grad_x_mean", channel_mean(x.grad(), 1));
  if (c.has_output("grad_x_ref_mean")) compare(report, "grad_x_ref_mean", channel_mean(reference.grad(), 1));
  compare_gradients(c, module, report);
  for (const nn::Entry& entry : module.entries()) {
    if (c.has_output("after." + entry.name)) compare(report, "after." + entry.name, *entry.tensor);
  }
}

void check_dccm(const Case& c, Report& report) {
  const json& p = c.parameters();
  const json& params = p.at("params");
  nn::drca::Dccm dccm({.channels = params.at("in_channels").get<int64_t>(),
                       .k = params.at("k").get<int64_t>(),
                       .strategy = strategy_of(params)},
                      compression_of(params));
  check_state_dict(c, dccm, report);
  fill_weights(c, dccm, rule_of(p), stated_type(p));
  const at::NoGradGuard no_gradients;
  const at::Tensor x = input_of(c, "x");
  const auto frames = dccm(x);
  compare(report, "high_mean", channel_mean(frames.high));
  compare(report, "low", frames.low);
  compare(report, "sort_index", dccm.rank(x).order);
}

void check_score_net(const Case& c, Report& report) {
  const json& p = c.parameters();
  const bool train = p.at("params").at("train").get<bool>();
  nn::drca::ScoreNet network(p.at("params").at("embed_dim").get<int64_t>());
  check_state_dict(c, network, report);
  fill_weights(c, network, rule_of(p), stated_type(p));
  network.train(train);
  network.require_gradients(train);
  const at::Tensor x = leaf(c, "x");
  const at::Tensor scores = network(x);
  compare(report, "scores", scores);
  if (!train) return;
  (scores * input_of(c, "g")).sum().backward();
  report.check("no gradient reaches the frames", !x.grad().defined());
  compare_gradients(c, network, report);
  for (const nn::Entry& entry : network.entries()) {
    if (entry.name.starts_with("bn.") && c.has_output("bn_" + entry.name.substr(3)))
      compare(report, "bn_" + entry.name.substr(3), *entry.tensor);
  }
}

/// [B, n, H * W * C] to [B, C, n, H, W].
at::Tensor unflattened(const at::Tensor& flat, const at::Tensor& x) {
  return flat.view({x.size(0), flat.size(1), x.size(3), x.size(4), x.size(1)}).permute({0, 4, 1, 2, 3});
}

void check_rank(const Case& c, Report& report) {
  const json& p = c.parameters();
  const json& params = p.at("params");
  const nn::drca::RankingOptions options{.channels = params.at("embed_dim").get<int64_t>(),
                                         .k = params.at("k").get<int64_t>(),
                                         .num_samples = params.at("num_samples").get<int64_t>(),
                                         .sigma = params.at("sigma").get<double>(),
                                         .strategy = strategy_of(params)};
  nn::drca::Ranking ranking(options);
  check_state_dict(c, ranking, report);
  fill_weights(c, ranking, rule_of(p), stated_type(p));
  const auto frame_means = [&](const std::string& mode, const nn::drca::RankedFrames& ranked, const at::Tensor& x) {
    compare(report, mode + "_frames_topk_mean", channel_mean(unflattened(ranked.kept, x), 1));
    compare(report, mode + "_frames_back_mean", channel_mean(unflattened(ranked.dropped, x), 1));
    compare(report, mode + "_scores", ranked.scores);
    compare(report, mode + "_sorted_inds", ranked.order);
  };
  {
    const at::NoGradGuard no_gradients;
    const at::Tensor x = input_of(c, "x");
    const auto ranked = ranking(x);
    frame_means("eval", ranked, x);
    compare(report, "eval_topk", ranked.kept_indices);
    compare(report, "eval_back", ranked.dropped_indices);
  }
  GivenNoise noise(input_of(c, "noise"));
  ranking.train();
  ranking.set_noise(&noise);
  ranking.require_gradients(true);
  const at::Tensor x = leaf(c, "x");
  const auto ranked = ranking(x);
  frame_means("train", ranked, x);
  ((unflattened(ranked.kept, x) * input_of(c, "g_topk")).sum() +
   (unflattened(ranked.dropped, x) * input_of(c, "g_back")).sum())
      .backward();
  compare(report, "grad_x_channel0", x.grad().select(1, 0));
  compare_gradients(c, ranking, report);
}

void check_perturbed(const Case& c, Report& report) {
  const json& p = c.parameters();
  const at::Tensor scores = leaf(c, "scores");
  const auto mixture = nn::drca::perturbed_mixture(scores, input_of(c, "noise"), p.at("params").at("k").get<int64_t>(),
                                                   p.at("params").at("sigma").get<double>());
  compare(report, "indicator_topk", mixture.kept);
  compare(report, "indicator_back", mixture.dropped);
  ((mixture.kept * input_of(c, "g_topk")).sum() + (mixture.dropped * input_of(c, "g_back")).sum()).backward();
  compare(report, "grad_scores", scores.grad());
}

void check_uniform_sample(const Case& c, Report& report) {
  const json& p = c.parameters();
  for (const json& pair : p.at("params").at("pairs")) {
    const auto frames = pair.at(0).get<int64_t>(), k = pair.at(1).get<int64_t>();
    const at::Tensor x = input_of(c, fmt::format("x_T{}", frames));
    nn::drca::Ranking ranking({.channels = x.size(1), .k = k, .strategy = nn::drca::Strategy::kUniform});
    const auto ranked = ranking(x);
    const std::string prefix = fmt::format("T{}_k{}", frames, k);
    compare(report, prefix + "_sorted_inds", ranked.order);
    if (!c.has_output(prefix + "_frames_topk")) continue;
    compare(report, prefix + "_frames_topk", unflattened(ranked.kept, x));
    compare(report, prefix + "_frames_back", unflattened(ranked.dropped, x));
  }
}

void check_drop_path(const Case& c, Report& report) {
  const json& p = c.parameters();
  nn::DropPath drop(p.at("params").at("drop_prob").get<double>());
  const at::Tensor x = input_of(c, "x");
  compare(report, "eval", drop(x));
  GivenNoise noise(input_of(c, "r"));
  drop.train();
  drop.set_noise(&noise);
  compare(report, "out", drop(x));
}

}  // namespace

KindTable drca_parts_kinds() {
  return {.kinds = {{"drca.layer", check_layer},
                    {"drca.compression", check_compression},
                    {"drca.dccm", check_dccm},
                    {"drca.score_net", check_score_net},
                    {"drca.rank", check_rank},
                    {"drca.perturbed_fn", check_perturbed},
                    {"drca.uniform_sample", check_uniform_sample},
                    {"drca.drop_path", check_drop_path}},
          .tables = {}};
}

}  // namespace vs::golden

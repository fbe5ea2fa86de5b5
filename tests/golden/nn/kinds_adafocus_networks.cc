// Golden kinds of AdaFocusV2's networks and their parts at test time, and of the crop with its gradients.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/adafocus/clip_network.h"
#include "lib/nn/adafocus/frame_order.h"
#include "lib/nn/adafocus/network.h"
#include "lib/nn/adafocus/non_local.h"
#include "lib/nn/adafocus/patch_crop.h"
#include "lib/nn/adafocus/policy.h"
#include "lib/nn/adafocus/pooling_classifier.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {
namespace {

using nlohmann::json;
using nn::crop_patches;

int64_t number(const json& p, const char* key) { return p.at(key).get<int64_t>(); }
std::string key_of(const json& p, const char* text) { return stated_key(p.at(text).get<std::string>()); }

at::Tensor float_input(const Case& c, const std::string& name) {
  return input_tensor(c, name).to(c.device(), at::kFloat);
}

void check_order(const Case& c, Report& report) {
  for (const auto& segments : c.parameters().at("segments")) {
    const auto count = segments.get<int64_t>();
    report.compare(fmt::format("order_{}", count), nn::coarse_to_fine_order(count));
  }
}

void check_crop(const Case& c, Report& report) {
  const json& subcases = c.parameters().at("subcases");
  for (size_t i = 0; i < subcases.size(); ++i) {
    const json& s = subcases[i];
    const at::Tensor actions = float_input(c, fmt::format("actions_{}", i)).requires_grad_();
    const int64_t size = number(s, "image_size");
    at::Tensor frames = keyed(c, s, "frames", {actions.size(0), 3, size, size});
    frames.requires_grad_();
    const at::Tensor patches = crop_patches(frames, actions, number(s, "patch_size"));
    compare(report, fmt::format("patches_{}", i), patches);
    (patches * keyed(c, s, "w", patches.sizes())).sum().backward();
    const std::string of_actions = fmt::format("grad_actions_{}", i), of_frames = fmt::format("grad_frames_sum_{}", i);
    if (c.has_output(of_actions))
      compare(
          report, of_actions,
          actions.grad().index_select(0, input_tensor(c, fmt::format("grad_rows_{}", i)).to(c.device(), at::kLong)));
    if (c.has_output(of_frames))
      compare(report, of_frames, (frames.grad() * keyed(c, s, "w2", frames.sizes())).sum({1, 2, 3}));
  }
}

void check_crop_strided(const Case& c, Report& report) {
  const json& p = c.parameters();
  const auto text = p.at("frames").get<std::string>();
  const auto stated = [&](const std::string& word) { return std::stoll(text.substr(text.find(word) + word.size())); };
  const auto computes = p.at("computes").get<std::string>();
  const int64_t stride = std::stoll(computes.substr(computes.find("::") + 2));
  const at::Tensor frames = normalised_video(c, stated("n="), stated("size "), stated_key(text));
  const std::string prefix = "patches_";
  for (const std::string& output : c.output_names()) {
    const at::Tensor patches =
        crop_patches(frames, float_input(c, "actions"), std::stoll(output.substr(prefix.size())));
    compare(report, output, patches.slice(2, 0, INT64_MAX, stride).slice(3, 0, INT64_MAX, stride));
  }
}

void check_crop_clip(const Case& c, Report& report) {
  const json& p = c.parameters();
  const at::Tensor actions = float_input(c, "actions").requires_grad_();
  const int64_t size = number(p, "image_size");
  const at::Tensor frames = keyed(c, p, "frames", {actions.size(0), 3 * number(p, "num_frames"), size, size});
  const at::Tensor patches = crop_patches(frames, actions, number(p, "patch_size"));
  compare(report, "patches", patches);
  (patches * keyed(c, p, "w", patches.sizes())).sum().backward();
  compare(report, "grad_actions", actions.grad());
}

void check_policy(const Case& c, Report& report) {
  const json& p = c.parameters();
  const int64_t channels = number(p, "stn_feature_dim"), side = number(p, "spatial"),
                segments = number(p, "num_segments");
  nn::FramePolicy policy(channels, side, number(p, "hidden_dim"));
  fill_stated(c, policy, report);
  constexpr double kShift = 0.5;
  const at::Tensor maps = keyed(c, p, "features", {number(p, "batch") * segments, channels, side, side}, kShift);
  const Forward forward = [&](at::ScalarType type) -> Outputs {
    const at::Tensor encoded = policy.encode(maps.to(type));
    const at::Tensor states = policy.states(encoded, segments);
    return {{"encoder", encoded}, {"gru", states}, {"actions", policy.actions(states)}};
  };
  check_forward(c, policy, stated_type(p), forward, report);
}

void check_classifier(const Case& c, Report& report) {
  const json& p = c.parameters();
  const int64_t features = number(p, "input_dim"), segments = number(p, "num_segments");
  nn::PoolingClassifier classifier({.in_features = features,
                                    .num_segments = segments,
                                    .num_classes = number(p, "num_classes"),
                                    .hidden_features = p.value("hidden_dim", int64_t{4096})});
  fill_stated(c, classifier, report);
  const at::Tensor x = keyed(c, p, "x", {number(p, "batch") * segments, features});
  const Forward forward = [&](at::ScalarType type) -> Outputs {
    return {{"logits", classifier.after_every_frame(x.to(type)).flatten(0, 1)},
            {"last", classifier(x.to(type), segments)}};
  };
  check_forward(c, classifier, stated_type(p), forward, report, {"logits", "last"});
}

void check_network(const Case& c, Report& report) {
  const json& p = c.parameters();
  const int64_t segments = number(p, "num_segments"), videos = number(p, "batch");
  const bool mobilenet = p.at("glance_arch") == "mbv2";
  const bool reorder = p.value("sample", true);
  nn::AdaFocus network({.glance = mobilenet ? nn::Glance::kMobileNetV2 : nn::Glance::kResNet,
                        .num_segments = segments,
                        .num_classes = number(p, "num_classes"),
                        .patch_size = number(p, "patch_size"),
                        .policy_features = number(p, "stn_hidden_dim"),
                        .reorder = reorder});
  fill_stated(c, network, report);
  const at::Tensor video = normalised_video(c, videos * segments, number(p, "input_size"), key_of(p, "frames"));
  const Forward forward = [&](at::ScalarType type) -> Outputs {
    const at::Tensor frames = network.frames_of(video.to(type).unflatten(0, {videos, segments}));
    const nn::GlanceResult glance = network.glance(frames);
    const at::Tensor actions = network.actions(glance.maps);
    const nn::FocusResult focus = network.focus(frames, glance, actions);
    return {{"actions", actions},
            {"global_logits", glance.logits},
            {"local_logits", focus.local_logits},
            {"cat_logits", focus.cat_logits},
            {"cat_pred", focus.cat_pred}};
  };
  check_forward(c, network, stated_type(p), forward, report,
                {"global_logits", "local_logits", "cat_logits", "cat_pred"});
}

void check_branch(const Case& c, Report& report) {
  const json& p = c.parameters();
  const int64_t segments = number(p, "num_segments");
  using Base = nn::ShiftedBranchOptions::Base;
  if (p.value("shift_place", "blockres") != "blockres") throw DataError(c.path(), "shift_place is not blockres");
  nn::ShiftedBranch branch({.base = p.at("base_model") == "resnet50" ? Base::kResNet50 : Base::kMobileNetV2,
                            .num_segments = segments,
                            .num_classes = number(p, "num_classes"),
                            .shift_divisor = number(p, "shift_div")});
  fill_stated(c, branch, report);
  const at::Tensor frames =
      normalised_video(c, number(p, "batch") * segments, number(p, "input_size"), key_of(p, "frames"));
  const Forward forward = [&](at::ScalarType type) {
    const nn::ShiftedBranchResult result = branch(frames.to(type));
    Outputs outputs{{"logits", result.logits}, {"reg_logits", result.reg_logits}};
    if (!c.has_output("featmap")) return outputs;
    const int64_t every = result.maps.size(1) / static_cast<int64_t>(c.output_shape("featmap").at(1));
    outputs["featmap"] = result.maps.slice(1, 0, INT64_MAX, every);
    return outputs;
  };
  check_forward(c, branch, stated_type(p), forward, report, {"logits", "reg_logits"});
}

void check_clip_network(const Case& c, Report& report) {
  const json& p = c.parameters();
  const int64_t clips = number(p, "batch"), size = number(p, "input_size");
  nn::AdaFocusClip network({.num_segments = number(p, "num_segments_glance"),
                            .num_classes = number(p, "num_classes"),
                            .patch_size = number(p, "patch_size"),
                            .shift_divisor = p.value("shift_div", int64_t{8})});
  const auto& options = network.options();
  report.check("frames looked at closely", options.focus_segments() == number(p, "num_segments_focus"));
  fill_stated(c, network, report);
  const auto text = p.at("frames").get<std::string>();
  const auto clip = [&](const char* word, int64_t segments) {
    return normalised_video(c, clips * segments, size, stated_key(text.substr(text.find(word))));
  };
  const at::Tensor wide = clip("glance key", options.num_segments);
  const at::Tensor close = clip("focus key", options.focus_segments());
  const Forward forward = [&](at::ScalarType type) -> Outputs {
    const nn::ShiftedBranchResult glance = network.glance(wide.to(type));
    const at::Tensor actions = network.actions(glance.maps);
    const nn::ShiftedBranchResult focus = network.focus(close.to(type), actions);
    return {{"actions", actions},
            {"global_reg_logits", glance.reg_logits},
            {"local_reg_logits", focus.reg_logits},
            {"logits", glance.logits + focus.logits}};
  };
  check_forward(c, network, stated_type(p), forward, report, {"global_reg_logits", "local_reg_logits", "logits"});
}

void check_non_local(const Case& c, Report& report) {
  const json& p = c.parameters();
  const at::NoGradGuard no_gradients;
  const json& subcases = p.at("subcases");
  for (size_t i = 0; i < subcases.size(); ++i) {
    const json& s = subcases[i];
    nn::NonLocal block(number(s, "channels"));
    std::set<std::string> expected, found;
    for (const auto& entry : s.at("state_dict")) expected.insert(entry.at(0).get<std::string>());
    for (const nn::Entry& entry : block.entries()) found.insert(entry.name);
    report.check("state_dict: same names", found == expected);
    fill_weights(c, block, {.prefix = "", .gains_by_prefix = p.at("gains").get<std::map<std::string, double>>()},
                 stated_type(p));
    compare(report, fmt::format("z_{}", i), block(stated_fill(c, s.at("x").get<std::string>()).to(stated_type(p))));
  }
}

}  // namespace

KindTable adafocus_networks_kinds() {
  KindTable table;
  table.kinds = {
      {"adafocus.input_order", check_order},
      {"adafocus.patch_crop", check_crop},
      {"adafocus.patch_crop_224", check_crop_strided},
      {"adafocus.patch_crop_clip", check_crop_clip},
      {"adafocus.policy_stn", check_policy},
      {"adafocus.pooling_classifier", check_classifier},
      {"adafocus.test", check_network},
      {"adafocus.sth_tsn", check_branch},
      {"adafocus.sth_test", check_clip_network},
      {"adafocus.sth_non_local", check_non_local},
  };
  return table;
}

}  // namespace vs::golden

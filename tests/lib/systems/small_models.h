// Small models of every kind, and what tests of systems share.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/systems/system.h"
#include "tests/lib/nn/random_weights.h"

namespace vs::systems::testing {

using Json = nlohmann::ordered_json;
using nn::testing::random_tensor;
using nn::testing::randomise;
using nn::testing::relative_error;

constexpr int64_t kClasses = 5, kFrames = 8, kChosen = 4, kSide = 64;

inline Json tsn() {
  return {{"type", "Recognizer2D"},
          {"backbone", {{"type", "ResNet"}, {"depth", 18}, {"base_channels", 8}}},
          {"cls_head", {{"type", "TSNHead"}, {"in_channels", 64}, {"num_classes", kClasses}}}};
}

inline Json tsm(int64_t segments = kChosen) {
  return {
      {"type", "Recognizer2D"},
      {"backbone", {{"type", "ResNetTSM"}, {"depth", 18}, {"base_channels", 8}, {"num_segments", segments}}},
      {"cls_head", {{"type", "TSMHead"}, {"in_channels", 64}, {"num_classes", kClasses}, {"num_segments", segments}}}};
}

inline Json slow_only() {
  return {{"type", "Recognizer3D"},
          {"backbone", {{"type", "ResNet3dSlowOnly"}, {"depth", 18}, {"base_channels", 8}}},
          {"cls_head", {{"type", "I3DHead"}, {"in_channels", 64}, {"num_classes", kClasses}}},
          {"test_cfg", {{"average_clips", "prob"}}}};
}

inline Json swin() {
  return {{"type", "Recognizer3D"},
          {"backbone",
           {{"type", "SwinTransformer3D"},
            {"patch_size", {2, 4, 4}},
            {"embed_dim", 8},
            {"depths", {2, 2}},
            {"num_heads", {2, 4}},
            {"window_size", {2, 4, 4}}}},
          {"cls_head", {{"type", "I3DHead"}, {"in_channels", 16}, {"num_classes", kClasses}}}};
}

inline Json drca_backbone(int64_t frames, int64_t insert) {
  return {{"type", "DRCA"},
          {"num_frames", frames},
          {"img_size", kSide},
          {"patch_size", 16},
          {"embed_dims", 16},
          {"num_heads", 2},
          {"comp_k", 2},
          {"comp_insert_layer", insert},
          {"num_transformer_layers", 2}};
}

/// insert: the layer before which frames are compressed; -1: none are.
inline Json drca(int64_t insert, int64_t frames = kChosen) {
  return {{"type", "Recognizer3D"},
          {"backbone", drca_backbone(frames, insert)},
          {"cls_head", {{"type", "ClsHead"}, {"in_channels", 16}, {"num_classes", kClasses}}},
          {"test_cfg", {{"average_clips", "prob"}}}};
}

inline Json retrieval() {
  return {{"type", "SimilarityRecognizer3D"},
          {"backbone", drca_backbone(kChosen, 1)},
          {"sim_head", {{"type", "SimilarityHead"}, {"encoder", {{"type", "None"}}}}}};
}

/// Its glance takes frames of any size.
inline Json adafocus(int64_t segments = kChosen) {
  return {{"type", "AdaFocusV2"},    {"glance_arch", "res50"}, {"num_segments", segments},
          {"num_classes", kClasses}, {"patch_size", 32},       {"stn_hidden_dim", 16}};
}

inline Json distilled() {
  const Json path{{"type", "ResNet"}, {"depth", 18}, {"base_channels", 8}};
  return {{"type", "Recognizer2D"},
          {"backbone", {{"type", "RKD"}, {"low_res_cfg", path}, {"high_res_cfg", path}, {"low_img_res", {32, 32}}}},
          {"cls_head", {{"type", "RKD2DHead"}, {"in_channels", 64}, {"num_classes", kClasses}}}};
}

inline Json skim_network() {
  return {{"type", "MobileNetV2TSM"},  {"widen_factor", 0.5}, {"num_segments", kFrames},
          {"total_segments", kFrames}, {"shift_div", 4},      {"is_sampler", true}};
}

inline Json ocsampler(bool clips) {
  Json model = clips ? slow_only() : tsn();
  model["type"] = clips ? "Sampler2DRecognizer3D" : "Sampler2DRecognizer2D";
  model["use_sampler"] = true;
  model["num_segments"] = kChosen;
  model["resize_px"] = kSide / 2;
  model["sampler"] = skim_network();
  return model;
}

/// Built, with random weights.
inline std::unique_ptr<System> ready(const Json& model, const TestOptions& options = {}, uint64_t seed = 1) {
  auto system = build_system(model, options);
  randomise(system->module(), seed);
  return system;
}

/// Gives a system the weights that another one has under the same names; all must be there.
inline void copy_weights(System& to, System& from) {
  std::map<std::string, at::Tensor> values;
  for (const nn::Entry& entry : from.module().entries()) values[entry.name] = *entry.tensor;
  for (const nn::Entry& entry : to.module().entries()) *entry.tensor = values.at(entry.name);
}

/// Whether a call ends with an error of this kind whose message holds these words; shows another message.
template <class Kind, class Call>
bool ends_with(const Call& call, const std::string& words) {
  try {
    call();
  } catch (const Kind& error) {
    const bool says_so = std::string(error.what()).find(words) != std::string::npos;
    if (!says_so) MESSAGE(error.what());
    return says_so;
  }
  return false;
}

inline bool refused(const Json& model, const std::string& words, const TestOptions& options = {}) {
  return ends_with<UsageError>([&] { build_system(model, options); }, words);
}

inline bool run_refused(System& system, const at::Tensor& imgs, const std::string& words,
                        const std::vector<uint64_t>& keys = {}) {
  return ends_with<DataError>([&] { system.run(imgs, keys); }, words);
}

}  // namespace vs::systems::testing

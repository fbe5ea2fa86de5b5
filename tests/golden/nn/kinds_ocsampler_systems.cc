// Golden kinds of OCSampler's whole recognizers at test time, with frames of images and of clips.
#include <unistd.h>

#include <fmt/format.h>
#include <filesystem>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/nn/loading.h"
#include "lib/store/recipe.h"
#include "lib/systems/sampled_system.h"
#include "lib/systems/system.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"
#include "tests/golden/nn/ocsampler_model.h"

namespace vs::golden {
namespace {

using Json = nlohmann::ordered_json;
using nlohmann::json;

/// The reference's classifiers of clips see full frames where views are limited.
std::unique_ptr<systems::System> build(const Json& model) {
  systems::TestOptions options;
  options.views_keep_size = true;
  return systems::build_system(model, options);
}

/// What a system says of the images, and by what it chose.
Outputs outputs_of(const Case& c, systems::System& system, const at::Tensor& imgs) {
  auto& chooser = dynamic_cast<systems::SkimChooser&>(dynamic_cast<systems::SampledSystem&>(system).chooser());
  const systems::Result result = system.run(imgs);
  const int64_t total = chooser.total(), chosen = chooser.chosen();
  std::vector<int64_t> indices;
  for (const auto& picks : result.picks) {
    for (const int64_t frame : picks) indices.push_back(frame % total);
  }
  const bool keep_size = c.parameters().at("overrides").value("test_cfg", json::object()).contains("max_testing_views");
  const at::Tensor clips = imgs.reshape({-1, total, imgs.size(2), imgs.size(3), imgs.size(4)});
  Outputs outputs{{"scores", result.scores},
                  {"probs", chooser.probabilities(clips, keep_size)},
                  {"sample_index", at::tensor(indices, at::kLong).view({-1, chosen})}};
  if (c.has_output("sampler_logit")) outputs["sampler_logit"] = chooser.logits(clips, keep_size);
  return outputs;
}

void check_images(const Case& c, Report& report) {
  const json& p = c.parameters();
  Json model = ocsampler_model(p);
  const auto system = build(model);
  check_state_dict(c, system->module(), report);
  const at::ScalarType dtype = stated_type(p);
  const WeightRule rule = rule_by_first_part(p);
  fill_weights(c, system->module(), rule, dtype);
  const at::Tensor imgs = stated_blocks(c, p.at("imgs").get<std::string>());
  const Forward forward = [&](at::ScalarType type) { return outputs_of(c, *system, imgs.to(type)); };
  check_forward(c, system->module(), dtype, forward, report, {"scores"});
  // The same classifier before its soft-max.
  model["cls_head"]["frozen"] = false;
  const auto open = build(model);
  fill_weights(c, open->module(), rule, dtype);
  compare(report, "fc_logits", open->run(imgs.to(dtype)).clip_scores.flatten(0, 1));
}

/// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / fmt::format("vs-golden-{}", ::getpid())) {
    std::filesystem::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Writes the weights of a model by rule and returns the path.
std::string save(const Json& model, const WeightRule& rule, at::ScalarType dtype, const std::string& path) {
  const auto system = systems::build_system(model);
  fill_weights(system->module(), rule, dtype);
  nn::save_weights(system->module(), path);
  return path;
}

void check_again_load(const Case& c, Report& report) {
  const json& p = c.parameters();
  const Json model = ocsampler_model(p);
  const auto system = build(model);
  check_state_dict(c, system->module(), report);
  const at::ScalarType dtype = stated_type(p);
  const Folder folder;
  const WeightRule rule = rule_by_first_part(p);
  WeightRule classifier = rule;
  classifier.prefix = stated_key(p.at("weights").get<std::string>());
  Json images = store::Recipe::load("activitynet_10to6_resnet50").model();
  images["sampler"] = model.at("sampler");
  const Json clips{{"type", "Recognizer3D"}, {"backbone", model.at("backbone")}, {"cls_head", model.at("cls_head")}};
  system->module().materialize(dtype);
  const auto loaded = nn::load_weights(nn::WholeModel(system->module()),
                                       {save(images, rule, dtype, folder.file("a.safetensors")),
                                        save(clips, classifier, dtype, folder.file("b.safetensors"))});
  const auto count = [&](const char* key, size_t found) {
    report.check(fmt::format("{}: {}", key, found), found == p.at(key).get<size_t>());
  };
  system->move(c.device());
  count("checkpoint_a_unexpected", loaded.at(0).match.unexpected.size());
  count("checkpoint_a_loaded", loaded.at(0).match.matched.size());
  count("checkpoint_b_loaded", loaded.at(1).match.matched.size());
  const at::Tensor imgs = stated_blocks(c, p.at("imgs").get<std::string>());
  const Forward forward = [&](at::ScalarType type) {
    Outputs outputs = outputs_of(c, *system, imgs.to(type));
    outputs["fc_logits"] = system->run(imgs.to(type)).clip_scores.flatten(0, 1);
    return outputs;
  };
  check_forward(c, system->module(), dtype, forward, report, {"scores"});
}

}  // namespace

KindTable ocsampler_systems_kinds() {
  KindTable table;
  table.kinds = {{"ocsampler.model2d_test", check_images}, {"ocsampler.model3d_again_load", check_again_load}};
  return table;
}

}  // namespace vs::golden

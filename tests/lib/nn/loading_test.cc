#include "lib/nn/loading.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/nn/layers/conv.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/norm.h"
#include "lib/nn/network.h"
#include "lib/weights/safetensors.h"
#include "tests/lib/nn/refusal.h"
#include "tests/support/scratch.h"

using namespace vs;
using namespace vs::nn;

namespace {

class Small : public Module {
 public:
  explicit Small(int64_t classes = 4, Axes kernel = {3, 3})
      : conv(child<Conv>("conv", ConvOptions{.in_channels = 3, .out_channels = 5, .kernel = std::move(kernel)})),
        norm(child<BatchNorm>("norm", 5)),
        head(child<Linear>("head", 5, classes)) {}
  Conv& conv;
  BatchNorm& norm;
  Linear& head;
};

}  // namespace

TEST_CASE("what is saved is loaded again") {
  const test::Scratch scratch("vs-loading-test");
  Small saved, loaded;
  initialise(saved, 7);
  save_weights(saved, scratch / "w.safetensors", {{"made", "by a test"}});
  const LoadReport report = load_weights(loaded, scratch / "w.safetensors");
  CHECK(report.match.matched.size() == saved.entries().size());
  const auto before = saved.entries(), after = loaded.entries();
  for (size_t i = 0; i < before.size(); ++i) CHECK(at::equal(*before[i].tensor, *after[i].tensor));
  CHECK(json_of(report).at("format") == "safetensors");
}

TEST_CASE("start values depend on seed and name only") {
  Small one, two, other;
  initialise(one, 7);
  initialise(two, 7);
  initialise(other, 8);
  CHECK(at::equal(one.conv.weight(), two.conv.weight()));
  CHECK(!at::equal(one.conv.weight(), other.conv.weight()));
  CHECK(at::equal(one.norm.running_var(), at::ones({5})));
  CHECK(at::equal(one.head.bias(), at::zeros({4})));
}

TEST_CASE("another class count is an error, unless the head is replaced") {
  const test::Scratch scratch("vs-loading-test");
  Small saved(4), other(6);
  initialise(saved, 1);
  initialise(other, 2);
  save_weights(saved, scratch / "w.safetensors");
  const at::Tensor before = other.conv.weight().clone(), head = other.head.weight().clone();
  CHECK_THROWS_AS(load_weights(other, scratch / "w.safetensors"), DataError);
  CHECK(at::equal(before, other.conv.weight()));
  const LoadReport report = load_weights(other, scratch / "w.safetensors", {.match = {.replaced_heads = {"head."}}});
  CHECK(report.match.replaced == std::vector<std::string>{"head.weight", "head.bias"});
  CHECK(at::equal(saved.conv.weight(), other.conv.weight()));
  CHECK(at::equal(head, other.head.weight()));
}

TEST_CASE("kernels over images become kernels over clips") {
  const test::Scratch scratch("vs-loading-test");
  Small images, clips(4, {2, 3, 3});
  initialise(images, 1);
  save_weights(images, scratch / "w.safetensors");
  const LoadReport report = load_weights(clips, scratch / "w.safetensors");
  CHECK(report.match.adapted == std::vector<std::string>{"conv.weight"});
  CHECK(at::allclose(clips.conv.weight().sum(2), images.conv.weight()));
  CHECK_THROWS_AS(load_weights(clips, scratch / "w.safetensors", {.inflate = false}), DataError);
}

namespace {

std::map<std::string, at::Tensor> values_of(Module& network) {
  std::map<std::string, at::Tensor> values;
  for (const Entry& entry : network.entries()) values[entry.name] = *entry.tensor;
  return values;
}

std::string refusal(const WholeModel& model, const std::vector<std::string>& paths, const LoadOptions& options = {}) {
  return nn::testing::refusal_of([&] { load_weights(model, paths, options); });
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a model of several networks has the names of the whole") {
  Small sampler, classifier;
  WholeModel model;
  model.add(sampler, {{"", "sampler."}});
  model.add(classifier, {{"conv.", "backbone.low.conv."}, {"head.", "cls_head."}});
  std::vector<std::string> names;
  for (const Entry& entry : model.entries()) names.push_back(entry.name);
  CHECK(names.front() == "sampler.conv.weight");
  CHECK(std::count(names.begin(), names.end(), "backbone.low.conv.weight") == 1);
  CHECK(std::count(names.begin(), names.end(), "cls_head.bias") == 1);
  // The norm of the second has no name in the whole.
  CHECK(names.size() == sampler.entries().size() + 4);
  std::vector<std::string> prefixes;
  model.visit([&](Module& module, const std::string& prefix) {
    if (module.kind() == "Linear") prefixes.push_back(prefix);
  });
  CHECK(prefixes == std::vector<std::string>{"sampler.head.", "cls_head."});
}

TEST_CASE("later files fill what earlier ones lack, and everything must come from one") {
  const test::Scratch scratch("vs-loading-test");
  Small one, two, loaded_one, loaded_two;
  initialise(one, 1);
  initialise(two, 2);
  WholeModel first, second, model;
  first.add(one, {{"", "sampler."}});
  second.add(two, {{"", "sampler."}});
  Small classifier;
  initialise(classifier, 3);
  second.add(classifier);
  save_weights(first, scratch / "a.safetensors");
  save_weights(second, scratch / "b.safetensors");
  model.add(loaded_one, {{"", "sampler."}});
  model.add(loaded_two);

  CHECK(has(refusal(model, {scratch / "a.safetensors"}), "conv.weight"));
  CHECK(loaded_one.conv.weight().is_meta());
  CHECK(has(refusal(model, {scratch / "b.safetensors", scratch / "a.safetensors"}), "gives nothing"));
  std::vector<std::string> heard;
  const auto reports = load_weights(model, {scratch / "a.safetensors", scratch / "b.safetensors"}, {},
                                    [&](const LoadReport& report) { heard.push_back(report.path); });
  REQUIRE(reports.size() == 2);
  CHECK(heard.size() == 2);
  CHECK(reports[0].match.matched.size() == one.entries().size());
  CHECK(reports[0].match.missing.size() == classifier.entries().size() - 1);  // its counter is not needed
  CHECK(reports[1].match.matched.size() == classifier.entries().size());
  CHECK(reports[1].given_before.size() == one.entries().size());
  CHECK(reports[1].match.unexpected.empty());
  CHECK(at::equal(loaded_one.conv.weight(), one.conv.weight()));
  CHECK(at::equal(loaded_two.conv.weight(), classifier.conv.weight()));
  CHECK(json_of(reports[1]).at("given_before").size() == one.entries().size());
}

TEST_CASE("what no file gives has start values, not what was in memory") {
  const test::Scratch scratch("vs-loading-test");
  Small saved(4), other(6), expected(6);
  initialise(saved, 1);
  initialise(expected, 5);
  save_weights(saved, scratch / "w.safetensors");
  const auto reports =
      load_weights(WholeModel(other), {scratch / "w.safetensors"}, {.match = {.partial = {"head.*"}}, .seed = 5});
  CHECK(reports[0].match.partial == std::vector<std::string>{"head.weight", "head.bias"});
  CHECK(at::equal(other.head.weight(), expected.head.weight()));
  CHECK(at::equal(other.head.bias(), at::zeros({6})));
  CHECK(at::equal(other.conv.weight(), saved.conv.weight()));
}

TEST_CASE("a new head: layers of another class count, no others") {
  const test::Scratch scratch("vs-loading-test");
  const auto model = [](int64_t classes, int64_t depth) {
    return build_recognizer({{"type", "Recognizer2D"},
                             {"backbone", {{"type", "ResNet"}, {"depth", depth}}},
                             {"cls_head", {{"type", "TSNHead"}, {"num_classes", classes}, {"in_channels", 512}}}});
  };
  const auto saved = model(4, 18), other = model(6, 18), deeper = model(6, 34);
  initialise(*saved, 1);
  save_weights(*saved, scratch / "w.safetensors");
  CHECK(has(refusal(WholeModel(*other), {scratch / "w.safetensors"}), "of another shape: cls_head.fc_cls.weight"));
  const LoadReport report = load_weights(*other, scratch / "w.safetensors", {.new_head = true});
  CHECK(report.match.replaced == std::vector<std::string>{"cls_head.fc_cls.weight", "cls_head.fc_cls.bias"});
  CHECK(has(refusal(WholeModel(*deeper), {scratch / "w.safetensors"}, {.new_head = true}), "missing: backbone."));
  // A plain linear layer too, where all that differ do in the same way; the same head twice.
  Small small(4), wide(6);
  initialise(small, 1);
  save_weights(small, scratch / "s.safetensors");
  CHECK(load_weights(wide, scratch / "s.safetensors", {.new_head = true}).match.replaced.size() == 2);
}

TEST_CASE("hints and refusals") {
  const test::Scratch scratch("vs-loading-test");
  Small images, clips(4, {2, 3, 3});
  initialise(images, 1);
  save_weights(images, scratch / "w.safetensors");
  const std::string path = scratch / "w.safetensors";
  CHECK(has(refusal(WholeModel(clips), {path}, {.inflate = false}), "--inflate"));
  LoadOptions indexed;
  indexed.names.emplace_back();
  indexed.names[0].parameters["classifier_index"] = 3;
  CHECK(has(refusal(WholeModel(images), {path}, indexed), "no name map in use"));
  CHECK(has(refusal(WholeModel(images), {path}, {.names = std::vector<weights::NameMapChoice>(2)}),
            "--name-map: 2 of them for 1 files"));
  CHECK(has(refusal(WholeModel(images), {path}, {.names = {weights::parse_name_map_choice("torchvison")}}), "unknown"));
  Linear alone(3, 2);
  CHECK(has(refusal(WholeModel(alone), {path}, {.match = {.partial = {"*"}}}), "no tensor fits"));
}

TEST_CASE("Swin over images becomes Video Swin on loading") {
  const test::Scratch scratch("vs-loading-test");
  const auto swin = [](std::vector<int64_t> patch, std::vector<int64_t> window) {
    return build_recognizer({{"type", "Recognizer3D"},
                             {"backbone",
                              {{"type", "SwinTransformer3D"},
                               {"patch_size", patch},
                               {"embed_dim", 8},
                               {"depths", {2, 1}},
                               {"num_heads", {2, 4}},
                               {"window_size", window},
                               {"patch_norm", true}}},
                             {"cls_head", {{"type", "I3DHead"}, {"num_classes", 3}, {"in_channels", 16}}}});
  };
  const auto clips = swin({2, 4, 4}, {4, 3, 3});
  initialise(*clips, 9);
  // The release's names: no prefix, images' patches, tables of a square window, tables that the network computes.
  std::map<std::string, at::Tensor> images;
  std::vector<weights::TensorInfo> infos;
  SeededNoise noise(4);
  for (const Entry& entry : clips->entries()) {
    if (!entry.name.starts_with("backbone.") || !entry.tensor->is_floating_point()) continue;
    const std::string name = entry.name.substr(9);
    std::vector<int64_t> shape = entry.tensor->sizes().vec();
    if (name == "patch_embed.proj.weight") shape.erase(shape.begin() + 2);
    if (name.ends_with("relative_position_bias_table")) shape[0] = 7 * 7;  // window 4, resized to 3
    images[name] = noise.normal(shape, at::TensorOptions(at::kFloat));
  }
  images["head.weight"] = at::zeros({10, 16});
  for (const auto& [name, value] : images) infos.push_back({name, weights::Dtype::kF32, value.sizes().vec()});
  weights::SafetensorsWriter writer(scratch / "swin.safetensors", infos);
  for (const auto& info : writer.order())
    writer.write({static_cast<const uint8_t*>(images.at(info.name).const_data_ptr()), info.size_bytes()});
  writer.commit();

  LoadOptions options{.match = {.partial = {"cls_head.*"}}};
  const LoadReport report = load_weights(*clips, scratch / "swin.safetensors", options);
  CHECK(report.mapping == "names mapped by microsoft-swin to backbone.");
  CHECK(report.match.adapted.size() == 4);  // the patches and three tables
  const auto values = values_of(*clips);
  const at::Tensor& patches = values.at("backbone.patch_embed.proj.weight");
  CHECK(at::allclose(patches.select(2, 1) * 2, images.at("patch_embed.proj.weight")));
  const std::string table = "layers.0.blocks.1.attn.relative_position_bias_table";
  const at::Tensor& biases = values.at("backbone." + table);
  REQUIRE(biases.sizes() == at::IntArrayRef{7 * 5 * 5, 2});
  CHECK(at::equal(biases.slice(0, 0, 25), biases.slice(0, 25, 50)));
  const at::Tensor resized =
      at::upsample_bicubic2d(images.at(table).t().reshape({1, 2, 7, 7}), {5, 5}, false).view({2, 25}).t();
  CHECK(at::allclose(biases.slice(0, 150, 175), resized));
  options.inflate = false;
  CHECK(has(refusal(WholeModel(*clips), {scratch / "swin.safetensors"}, options), "--inflate"));
}

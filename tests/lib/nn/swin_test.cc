#include "lib/nn/backbones/swin.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/inflate_swin.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"

namespace vs::nn {
namespace {

SwinOptions small_options() {
  SwinOptions options;
  options.patch_size = {2, 4, 4};
  options.embed_dim = 16;
  options.depths = {2, 2};
  options.num_heads = {2, 4};
  options.window_size = {2, 3, 3};
  options.drop_path_rate = 0.5;
  options.patch_norm = true;
  return options;
}

at::Tensor clips(at::IntArrayRef shape) { return testing::random_tensor(shape, 3); }

std::string refusal(const nlohmann::ordered_json& description) {
  return testing::refusal_of([&] { build_swin(Config(description, "model")); });
}

TEST_CASE("prepared networks agree with plain ones") {
  SwinTransformer3d network(small_options());
  testing::randomise(network, 7);
  const at::NoGradGuard no_gradients;
  // Whole windows, padded windows with shift, clamped windows, odd sizes all over, more than one clip.
  const std::vector<std::vector<int64_t>> shapes{
      {1, 3, 8, 48, 48}, {2, 3, 7, 38, 30}, {3, 3, 2, 8, 8}, {1, 3, 1, 5, 53}, {2, 3, 8, 24, 48}};
  for (const auto& shape : shapes) {
    CAPTURE(shape);
    const at::Tensor x = clips(shape);
    network.unprepare();
    const at::Tensor plain = network(x);
    network.prepare({.dtype = at::kFloat});
    CHECK(testing::relative_error(network(x), plain) < 1e-5);
    CHECK(testing::relative_error(network(x), plain) < 1e-5);
    network.prepare({.dtype = at::kBFloat16});
    const at::Tensor rough = network(x);
    CHECK((rough.scalar_type() == at::kFloat));
    CHECK(testing::relative_error(rough, plain) < 3e-2);
    network.unprepare();
    CHECK(network(x).equal(plain));
  }
}

TEST_CASE("a clip's result does not depend on the others of its batch") {
  SwinTransformer3d network(small_options());
  testing::randomise(network, 7);
  const at::NoGradGuard no_gradients;
  const at::Tensor x = clips({3, 3, 8, 48, 40});
  const at::Tensor together = network(x);
  CHECK((together.sizes() == at::IntArrayRef{3, 32, 4, 6, 5}));
  for (int64_t i = 0; i < 3; ++i)
    CHECK(testing::relative_error(network(x.narrow(0, i, 1)), together.narrow(0, i, 1)) < 1e-5);
}

TEST_CASE("every entry gets a gradient, in training, whether windows are padded or not") {
  for (const int64_t size : {48, 40}) {
    SwinOptions options = small_options();
    options.drop_rate = options.attn_drop_rate = 0.1;
    SwinTransformer3d network(options);
    testing::randomise(network, 7);
    network.require_gradients(true);
    network.train();
    SeededNoise noise(5);
    network.set_noise(&noise);
    network(clips({4, 3, 8, size, size})).square().sum().backward();
    for (const Entry& entry : network.entries()) {
      if (entry.kind != EntryKind::kParameter) continue;
      CAPTURE(entry.name);
      CHECK(entry.tensor->grad().defined());
    }
  }
}

TEST_CASE("stochastic depth drops whole clips") {
  struct AllDropped : NoiseSource {
    at::Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override {
      // The first clip of each call goes, the others stay.
      at::Tensor draws = at::full(shape, 0.99, options);
      draws[0].fill_(0);
      return draws;
    }
    at::Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override {
      return at::zeros(shape, options);
    }
  };
  SwinOptions options = small_options();
  options.depths = {3};
  options.num_heads = {2};
  SwinTransformer3d network(options);
  testing::randomise(network, 7);
  const at::NoGradGuard no_gradients;
  for (const int64_t size : {48, 40}) {
    const at::Tensor x = clips({1, 3, 8, size, size}).repeat({2, 1, 1, 1, 1});
    network.train(false);
    const at::Tensor evaluated = network(x);
    CHECK(testing::relative_error(evaluated[0], evaluated[1]) < 1e-6);
    AllDropped noise;
    network.train();
    network.set_noise(&noise);
    const at::Tensor trained = network(x);
    CHECK(testing::relative_error(trained[0], trained[1]) > 1e-2);
    // Without its last two blocks, whose rates are above zero, the first clip has only gone through the first.
    SwinOptions one = options;
    one.depths = {1};
    SwinTransformer3d first(one);
    first.materialize();
    std::map<std::string, at::Tensor> known;
    for (const Entry& entry : network.entries()) known[entry.name] = *entry.tensor;
    for (const Entry& entry : first.entries()) entry.tensor->copy_(known.at(entry.name));
    CHECK(testing::relative_error(trained[0], first(x)[0]) < 1e-5);
  }
}

TEST_CASE("networks are built and run without memory") {
  SwinOptions options;
  options.patch_size = {2, 4, 4};
  options.embed_dim = 128;
  options.depths = {2, 2, 18, 2};
  options.num_heads = {4, 8, 16, 32};
  options.window_size = {8, 7, 7};
  SwinTransformer3d network(options);
  for (const Entry& entry : network.entries()) CHECK(entry.tensor->is_meta());
  const at::NoGradGuard no_gradients;
  const at::Tensor y = network(at::empty({2, 3, 32, 112, 112}, at::device(at::kMeta).dtype(at::kFloat)));
  CHECK(y.is_meta());
  CHECK((y.sizes() == at::IntArrayRef{2, 1024, 16, 4, 4}));
}

TEST_CASE("tables of indices have their values once there is memory") {
  SwinTransformer3d network(small_options());
  network.materialize();
  for (const Entry& entry : network.entries()) {
    if (entry.name.ends_with("relative_position_index")) CHECK(entry.tensor->equal(relative_position_index({2, 3, 3})));
  }
}

TEST_CASE("groups of windows have the masks of the reference's windows") {
  // 3 windows along each shifted axis: every window's mask, found again by where the window begins.
  const Axes grid{6, 9, 3};
  const Window full{{2, 3, 3}, {1, 1, 1}};
  StagePlans plans;
  const auto plan = plans.plan(1, grid, full, at::Device(at::kCPU));
  const Window used = used_window(grid, full);
  CHECK(used.shift == Axes{1, 1, 0});
  const at::Tensor masks = attention_mask(grid, used);
  CHECK(plan->odd.windows == 9);
  int64_t seen = 0;
  for (const WindowOrder::Group& group : plan->odd.groups) {
    for (int64_t w = group.first; w < group.first + group.count; ++w, ++seen) {
      const int64_t row = plan->odd.order[w * plan->odd.tokens].item<int64_t>();
      const int64_t d = (row / 27 - 1 + 6) % 6, h = (row / 3 % 9 - 1 + 9) % 9;
      const at::Tensor expected = masks[(d / 2) * 3 + h / 3];
      CHECK((group.mask.defined() ? group.mask.equal(expected) : expected.abs().max().item<float>() == 0));
    }
  }
  CHECK(seen == 9);
  CHECK(plans.plan(1, grid, full, at::Device(at::kCPU)) == plan);
}

TEST_CASE("descriptions are checked") {
  CHECK(refusal({{"type", "SwinTransformer3D"}, {"embed_dims", 96}}).find("model.embed_dims") != std::string::npos);
  CHECK(refusal({{"type", "SwinTransformer3D"}, {"num_heads", {3, 6}}}).find("num_heads") != std::string::npos);
  CHECK(refusal({{"type", "SwinTransformer3D"}, {"num_heads", {5, 6, 12, 24}}}).find("stage 0") != std::string::npos);
  CHECK(refusal({{"type", "SwinTransformer3D"}, {"window_size", {8, 0, 7}}}).find("window_size") != std::string::npos);
  CHECK(refusal({{"type", "SwinTransformer3D"}, {"window_size", {64, 64, 64}}}).find("too large") != std::string::npos);
  CHECK(refusal({{"type", "SwinTransformer3D"}, {"depths", nlohmann::ordered_json::array()}}).find("depths") !=
        std::string::npos);
  CHECK(refusal({{"type", "SwinTransformer3D"}, {"drop_path_rate", 1.5}}).find("drop_path_rate") != std::string::npos);
  CHECK(refusal({{"type", "SwinTransformer3D"}, {"frozen_stages", 5}}).find("frozen_stages") != std::string::npos);
  CHECK(refusal({{"type", "SwinTransformer3D"}, {"qk_scale", nullptr}, {"pretrained", nullptr}}).empty());
}

TEST_CASE("clips of another shape are refused") {
  SwinTransformer3d network(small_options());
  const auto meta = at::device(at::kMeta).dtype(at::kFloat);
  CHECK_THROWS_AS(network(at::empty({1, 3, 24, 24}, meta)), DataError);
  CHECK_THROWS_AS(network(at::empty({1, 4, 4, 24, 24}, meta)), DataError);
  CHECK_THROWS_AS(network(at::empty({0, 3, 4, 24, 24}, meta)), DataError);
}

TEST_CASE("weights over images that do not fit are refused, and nothing is written") {
  SwinTransformer3d network(small_options());
  testing::randomise(network, 7);
  std::map<std::string, at::Tensor> weights;
  for (const Entry& entry : network.entries()) {
    if (entry.tensor->is_floating_point()) weights[entry.name] = at::zeros(entry.tensor->sizes());
  }
  const std::string table = "layers.0.blocks.0.attn.relative_position_bias_table";
  weights["patch_embed.proj.weight"] = at::ones({16, 3, 4, 4});
  for (const at::Tensor& bad : {at::zeros({25, 3}), at::zeros({26, 2}), at::zeros({0, 2}), at::zeros({25})}) {
    weights[table] = bad;
    CHECK_THROWS_AS(inflate_swin(network, weights), DataError);
    CHECK(network.entries().front().tensor->abs().max().item<float>() != 0.5F);
  }
  for (const auto& [name, heads] :
       {std::pair{"0.blocks.0", 2}, {"0.blocks.1", 2}, {"1.blocks.0", 4}, {"1.blocks.1", 4}})
    weights[fmt::format("layers.{}.attn.relative_position_bias_table", name)] = at::ones({49, heads});
  weights.erase("norm.bias");
  const InflateReport report = inflate_swin(network, weights);
  CHECK(report.missing == std::vector<std::string>{"norm.bias"});
  CHECK(report.unused.empty());
  for (const Entry& entry : network.entries()) {
    if (entry.name == "patch_embed.proj.weight") CHECK(entry.tensor->eq(0.5).all().item<bool>());
    if (entry.name == table) CHECK(entry.tensor->allclose(at::ones({75, 2})));
  }
}

}  // namespace
}  // namespace vs::nn

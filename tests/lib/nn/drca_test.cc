#include "lib/nn/drca/backbone.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/drca/aligned_layer.h"
#include "lib/nn/drca/heads.h"
#include "lib/nn/drca/perturbed_rank.h"
#include "lib/nn/drca/similarity_recognizer.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"

namespace vs::nn::drca {
namespace {

using Json = nlohmann::ordered_json;
using testing::random_tensor;
using testing::randomise;
using testing::relative_error;

const std::vector<std::string> kModules{"sal_ref", "conv2d", "conv3d", "patch_merge", "resblock_2d", "resblock_3d"};

Json described(const Json& changes = Json::object()) {
  Json description{{"type", "DRCA"},
                   {"num_frames", 5},
                   {"img_size", 32},
                   {"patch_size", 8},
                   {"embed_dims", 8},
                   {"num_heads", 2},
                   {"num_transformer_layers", 3},
                   {"comp_insert_layer", 1},
                   {"comp_k", 2}};
  description.update(changes);
  return description;
}

std::unique_ptr<Backbone> built(const Json& description) { return build_backbone(Config(description, "backbone")); }

std::string refusal(const Json& changes) {
  return testing::refusal_of([&] { built(described(changes)); });
}

int64_t parameters_of(Module& module) {
  int64_t count = 0;
  for (const Entry& entry : module.entries()) count += entry.kind == EntryKind::kParameter ? entry.tensor->numel() : 0;
  return count;
}

int64_t published_size(int64_t channels, int64_t image, int64_t insert, int64_t k) {
  return parameters_of(*built({{"type", "DRCA"},
                               {"num_frames", 8},
                               {"img_size", image},
                               {"patch_size", 16},
                               {"embed_dims", channels},
                               {"num_heads", channels / 64},
                               {"comp_insert_layer", insert},
                               {"comp_k", k}}));
}

TEST_CASE("the published networks have their numbers of parameters") {
  const int64_t head = 200 * 384 + 200;
  CHECK(published_size(384, 224, -1, 8) + head == 30625352);
  CHECK(published_size(384, 224, 3, 4) + head == 40018665);
  CHECK(published_size(384, 160, 3, 5) + head == 39981801);
  CHECK(published_size(384, 128, -1, 6) + head == 30574664);
  CHECK(published_size(384, 224, 3, 3) == 39941665);
  CHECK(published_size(768, 224, 3, 4) == 158772289);
}

TEST_CASE("the better frames are kept, of equal ones the earlier") {
  const Split split = split_by_score(at::tensor({0.2f, 0.9f, 0.2f, 0.9f, 0.1f}), 3);
  CHECK(at::equal(split.kept, at::tensor({0, 1, 3}, at::kLong)));
  CHECK(at::equal(split.dropped, at::tensor({2, 4}, at::kLong)));
}

TEST_CASE("uniform choice truncates i * (T / k) in double") {
  CHECK(at::equal(split_uniformly(8, 3).kept, at::tensor({0, 2, 5}, at::kLong)));
  CHECK(at::equal(split_uniformly(8, 3).dropped, at::tensor({1, 3, 4, 6, 7}, at::kLong)));
  // Where (30 / 22) is rounded down, a multiple stays just below the integer that exact arithmetic gives.
  const Split split = split_uniformly(30, 22);
  CHECK(split.kept[11].item<int64_t>() == 14);
  CHECK(split.kept.numel() + split.dropped.numel() == 30);
}

TEST_CASE("a perturbed choice is a mixture of frames, a sure one none") {
  const at::Tensor scores = at::tensor({0.0f, 1.0f, 0.5f, 0.52f}).view({1, 4}).requires_grad_(true);
  const at::Tensor noise = random_tensor({1, 400, 4}, 1);
  const Mixture mixture = perturbed_mixture(scores, noise, 2, 0.05);
  CHECK(relative_error(mixture.kept.sum(-1), at::ones({1, 2})) < 1e-5);
  CHECK(relative_error(mixture.dropped.sum(-1), at::ones({1, 2})) < 1e-5);
  CHECK(mixture.kept[0][0][1].item<float>() == 1);
  // Frames 2 and 3 differ by less than the noise: either may be the second place.
  CHECK(mixture.kept[0][1][2].item<float>() > 0.2);
  CHECK(mixture.kept[0][1][3].item<float>() > 0.2);
  mixture.kept[0][1][3].backward();
  CHECK(scores.grad()[0][3].item<float>() > 0);
  CHECK(scores.grad()[0][1].item<float>() == 0);

  const at::Tensor sure = at::tensor({0.3f, 0.1f, 0.2f}).view({1, 3}).requires_grad_(true);
  const Mixture hard = perturbed_mixture(sure, random_tensor({1, 4, 3}, 2), 1, 0);
  CHECK(at::equal(hard.kept, at::tensor({1.f, 0.f, 0.f}).view({1, 1, 3})));
  hard.kept.sum().backward();
  CHECK(sure.grad().abs().sum().item<float>() == 0);
}

TEST_CASE("DRCA with every compression: shapes, batches, preparation") {
  const at::NoGradGuard no_gradients;
  for (const std::string& module : kModules) {
    CAPTURE(module);
    const auto network = built(described({{"comp_module", module}}));
    const at::Tensor shape_only = at::empty({2, 3, 5, 32, 32}, at::device(at::kMeta).dtype(at::kFloat));
    CHECK((*network)(shape_only).sizes() == at::IntArrayRef({2, 8}));
    randomise(*network, 1);
    const at::Tensor clips = random_tensor({3, 3, 5, 32, 32}, 2);
    const at::Tensor features = (*network)(clips);
    CHECK(relative_error((*network)(clips.narrow(0, 2, 1)), features.narrow(0, 2, 1)) < 1e-5);
    network->prepare({});
    CHECK(relative_error((*network)(clips), features) < 1e-5);
    network->prepare({.dtype = at::kBFloat16});
    CHECK(relative_error((*network)(clips), features) < 3e-2);
    network->unprepare();
    CHECK(at::equal((*network)(clips), features));
    network->convert(at::kBFloat16);
    CHECK(relative_error((*network)(clips.to(at::kBFloat16)), features) < 0.1);
  }
}

TEST_CASE("one set of weights serves any number of kept frames") {
  const at::NoGradGuard no_gradients;
  const auto two = built(described()), four = built(described({{"comp_k", 4}, {"comp_strategy", "wo_diff_rank"}}));
  randomise(*two, 3);
  randomise(*four, 3);
  const at::Tensor clips = random_tensor({1, 3, 5, 32, 32}, 4);
  auto& first = dynamic_cast<Drca&>(*two);
  auto& second = dynamic_cast<Drca&>(*four);
  CHECK(at::equal(first.rank(clips).order, second.rank(clips).order));
  CHECK(relative_error((*two)(clips), (*four)(clips)) > 1e-4);
}

TEST_CASE("training: gradients everywhere but through a choice that is not learned") {
  for (const std::string strategy : {"diff_rank", "wo_diff_rank", "uniform"}) {
    CAPTURE(strategy);
    const auto network = built(described({{"comp_strategy", strategy}, {"num_samples", 20}, {"sigma", 0.5}}));
    randomise(*network, 5, at::kDouble);
    SeededNoise noise(6);
    network->train();
    network->set_noise(&noise);
    network->require_gradients(true);
    (*network)(random_tensor({2, 3, 5, 32, 32}, 7).to(at::kDouble)).square().sum().backward();
    for (const Entry& entry : network->entries()) {
      if (entry.kind != EntryKind::kParameter) continue;
      CAPTURE(entry.name);
      const bool scores = entry.name.find("score_network") != std::string::npos;
      CHECK(entry.tensor->grad().defined() == (!scores || strategy == "diff_rank"));
    }
  }
}

using Gradients = std::vector<at::Tensor>;

/// One training step's gradients of a module whose weights follow from the seed.
template <class Loss>
Gradients gradients_of(Module& module, at::ScalarType dtype, const Loss& loss) {
  randomise(module, 12, dtype);
  module.train();
  module.require_gradients(true);
  loss(dtype).backward();
  Gradients gradients;
  for (const Entry& entry : module.entries()) {
    if (entry.kind == EntryKind::kParameter) gradients.push_back(entry.tensor->grad());
  }
  return gradients;
}

/// The change of the loss along a random direction of all parameters, over the change that the gradients promise.
template <class Loss>
double measured_over_promised(Module& module, const Gradients& gradients, const Loss& loss) {
  const at::NoGradGuard no_gradients;
  SeededNoise noise(9);
  double promised = 0;
  Gradients directions;
  for (const at::Tensor& gradient : gradients) {
    directions.push_back(noise.normal(gradient.sizes(), gradient.options()));
    promised += (gradient * directions.back()).sum().item<double>();
  }
  const auto move = [&](double step) {
    size_t i = 0;
    for (const Entry& entry : module.entries()) {
      if (entry.kind == EntryKind::kParameter) entry.tensor->add_(directions[i++], step);
    }
  };
  constexpr double kStep = 1e-6;
  move(kStep);
  const double above = loss(at::kDouble).template item<double>();
  move(-2 * kStep);
  const double below = loss(at::kDouble).template item<double>();
  return (above - below) / (2 * kStep) / promised;
}

/// Gradients are right in double, and the same in single precision but for rounding.
template <class M, class Loss>
void check_gradients(M& exact, M& single, const Loss& loss) {
  const Gradients gradients = gradients_of(exact, at::kDouble, [&](at::ScalarType type) { return loss(exact, type); });
  const auto again = [&](at::ScalarType type) { return loss(exact, type); };
  CHECK(measured_over_promised(exact, gradients, again) == doctest::Approx(1).epsilon(1e-4));
  const Gradients rounded = gradients_of(single, at::kFloat, [&](at::ScalarType type) { return loss(single, type); });
  double largest = 0;
  for (const at::Tensor& gradient : gradients) largest = std::max(largest, gradient.abs().max().item<double>());
  for (size_t i = 0; i < gradients.size(); ++i)
    CHECK((rounded[i].to(at::kDouble) - gradients[i]).abs().max().item<double>() < 1e-4 * largest);
}

TEST_CASE("gradients through batch statistics hold for a single clip") {
  // Frames in the order in which the layers hold them: channels last.
  const at::Tensor x = random_tensor({1, 6, 6, 3, 8}, 10).permute({0, 4, 3, 1, 2});
  const at::Tensor kept = random_tensor({1, 6, 6, 2, 8}, 11).permute({0, 4, 3, 1, 2});
  for (const std::string& name : kModules) {
    CAPTURE(name);
    const Json words{{"comp_module", name}};
    Config config(words, "test");
    const CompressionKind kind = read_compression(config, "comp_module");
    Module owner;
    const at::Tensor weight = random_tensor({1, 3, 3, 3, 8}, 13);
    check_gradients(name_compression(owner, "exact", kind, 8), name_compression(owner, "single", kind, 8),
                    [&](Compression& module, at::ScalarType type) {
                      const at::Tensor y = module(x.to(type), kept.to(type)).permute({0, 3, 4, 2, 1});
                      return (y * weight.to(type)).tanh().sum();
                    });
  }
  ScoreNet exact(8), single(8);
  const at::Tensor weight = random_tensor({1, 3}, 15);
  check_gradients(exact, single,
                  [&](ScoreNet& scores, at::ScalarType type) { return (scores(x.to(type)) * weight.to(type)).sum(); });
}

TEST_CASE("patch_merge pads odd sides") {
  const Json words{{"comp_module", "patch_merge"}};
  Config config(words, "test");
  Module owner;
  Compression& module = name_compression(owner, "m", read_compression(config, "comp_module"), 4);
  randomise(module, 16);
  CHECK(module(random_tensor({2, 4, 3, 5, 7}, 17), {}).sizes() == at::IntArrayRef({2, 4, 3, 3, 4}));
}

TEST_CASE("descriptions that cannot work say why") {
  CHECK(refusal(Json::object()).empty());
  CHECK(refusal({{"comp_k", 0}}).find("backbone.comp_k: 0 of 5 frames cannot be kept") != std::string::npos);
  CHECK(refusal({{"comp_k", 5}}).find("give 1 to 4") != std::string::npos);
  CHECK(refusal({{"comp_k", 6}}).find("comp_k") != std::string::npos);
  CHECK(refusal({{"comp_k", 5}, {"comp_insert_layer", -1}}).empty());
  CHECK(refusal({{"num_frames", 1}, {"comp_k", 1}}).find("leaves nothing") != std::string::npos);
  CHECK(refusal({{"img_size", 40}}).find("5 x 5 patches, which cannot be halved (give a multiple of 16)") !=
        std::string::npos);
  CHECK(refusal({{"img_size", 16}}).find("too small for scores") != std::string::npos);
  CHECK(refusal({{"img_size", 16}, {"comp_strategy", "uniform"}}).empty());
  CHECK(refusal({{"embed_dims", 6}}).find("comp_module sal_ref") != std::string::npos);
  CHECK(refusal({{"embed_dims", 6}, {"comp_module", "conv3d"}}).empty());
  CHECK(refusal({{"comp_module", "salref"}}).find("did you mean \"sal_ref\"") != std::string::npos);
  CHECK(refusal({{"comp_strategy", "random"}}).find("backbone.comp_strategy") != std::string::npos);
  CHECK(refusal({{"comp_kk", 3}}).find("did you mean \"comp_k\"") != std::string::npos);
}

TEST_CASE("compression at layer 0 or behind the last does not happen, but its weights are there") {
  const at::NoGradGuard no_gradients;
  const auto names = [](Module& module) {
    std::string all;
    for (const Entry& entry : module.entries()) all += entry.name + "\n";
    return all;
  };
  const auto at_zero = built(described({{"comp_insert_layer", 0}})),
             behind = built(described({{"comp_insert_layer", 3}}));
  CHECK(names(*at_zero).find("layers.0.attentions.1.attn_low") != std::string::npos);
  CHECK(names(*at_zero).find("dccm") == std::string::npos);
  CHECK(names(*behind).find("attn_low") == std::string::npos);
  CHECK(names(*behind).find("dccm") != std::string::npos);
  randomise(*behind, 18);
  randomise(*at_zero, 18);
  const at::Tensor clips = random_tensor({1, 3, 5, 32, 32}, 19);
  CHECK((*behind)(clips).sizes() == at::IntArrayRef({1, 8}));
  CHECK_THROWS_AS(dynamic_cast<Drca&>(*behind).rank(clips), UsageError);
  CHECK(at::equal(dynamic_cast<Drca&>(*at_zero).rank(clips).order, at::arange(5).view({1, 5})));
}

Json retrieval(const Json& encoder) {
  return {{"type", "SimilarityRecognizer3D"},
          {"backbone", described()},
          {"sim_head", {{"type", "SimilarityHead"}, {"encoder", encoder}, {"loss_sim", {{"type", "MetricLoss"}}}}},
          {"max_batch_size", 2}};
}

TEST_CASE("retrieval: embeddings do not depend on chunks") {
  const at::NoGradGuard no_gradients;
  const auto network = build_recognizer(retrieval({{"type", "FC"}, {"input_channels", 8}, {"out_channels", 6}}));
  randomise(*network, 20);
  auto& recognizer = dynamic_cast<SimilarityRecognizer&>(*network);
  const at::Tensor imgs = random_tensor({1, 3, 3, 5, 32, 32}, 21);
  const at::Tensor embedded = recognizer.embed(imgs);
  CHECK(embedded.sizes() == at::IntArrayRef({1, 3, 6}));
  CHECK(relative_error(recognizer.embed(imgs.slice(1, 2)), embedded.select(1, 2)) < 1e-5);
  CHECK(recognizer.embed(imgs.transpose(0, 1)).sizes() == at::IntArrayRef({3, 6}));
  CHECK(recognizer.pooled_features(imgs).sizes() == at::IntArrayRef({3, 8}));
  CHECK_THROWS_AS(recognizer.embed(imgs.select(1, 0)), DataError);
}

TEST_CASE("heads refuse what they cannot take") {
  ClsHead classes(8, 3);
  randomise(classes, 22);
  CHECK(classes(at::zeros({2, 8}), 1).sizes() == at::IntArrayRef({2, 3}));
  CHECK_THROWS_AS(classes(at::zeros({2, 7}), 1), DataError);
  CHECK_THROWS_AS(classes(at::zeros({2, 8}), 4), DataError);
  SimilarityHead normed(Encoder::kLinearNorm, 8, 5);  // the norm is as wide as what it follows
  randomise(normed, 23);
  CHECK(normed(at::zeros({2, 8, 4, 1, 1}), 1).sizes() == at::IntArrayRef({2, 5}));
  CHECK_THROWS_AS(normed(at::zeros({2, 8, 4, 2, 1}), 1), DataError);
  CHECK_THROWS_AS(build_recognizer(retrieval({{"type", "MLP"}})), UsageError);
  CHECK_THROWS_AS(build_recognizer(retrieval({{"type", "FC"}})), UsageError);
}

}  // namespace
}  // namespace vs::nn::drca

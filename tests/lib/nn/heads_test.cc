#include "lib/nn/heads/consensus.h"

// After LibTorch, whose CHECK it replaces.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/heads/r50_head.h"
#include "lib/nn/network.h"
#include "tests/lib/nn/random_weights.h"

namespace vs::nn {
namespace {

using Json = nlohmann::ordered_json;
using testing::random_tensor;
using testing::randomise;
using testing::relative_error;

std::unique_ptr<Head> built(Json description) {
  description["in_channels"] = 6;
  description["num_classes"] = 5;
  auto head = build_head(Config(description, "model.cls_head"));
  randomise(*head, 1);
  return head;
}

std::map<std::string, at::Tensor> weights_of(Module& module) {
  std::map<std::string, at::Tensor> weights;
  for (const Entry& entry : module.entries()) weights[entry.name] = *entry.tensor;
  return weights;
}

TEST_CASE("TSN averages features over all images, TSM scores over its segments, I3D nothing") {
  const at::Tensor maps = random_tensor({12, 6, 3, 2}, 2);
  const at::Tensor rows = maps.flatten(2).mean(2);
  for (const std::string type : {"TSNHead", "TSMHead", "I3DHead"}) {
    CAPTURE(type);
    const auto head = built(type == "TSMHead" ? Json{{"type", type}, {"num_segments", 3}} : Json{{"type", type}});
    const auto weights = weights_of(*head);
    const at::Tensor scores = at::linear(rows, weights.at("fc_cls.weight"), weights.at("fc_cls.bias"));
    at::Tensor expected = scores;
    if (type == "TSNHead") expected = scores.view({2, 6, 5}).mean(1);
    if (type == "TSMHead") expected = scores.view({4, 3, 5}).mean(1);
    CHECK(relative_error((*head)(maps, 6), expected) < 1e-6);
    CHECK(((*head)(maps.to(at::kBFloat16), 6).scalar_type() == at::kFloat));
  }
  const auto clip_head = built({{"type", "I3DHead"}});
  CHECK((*clip_head)(random_tensor({2, 6, 4, 3, 3}, 3), 1).sizes() == at::IntArrayRef({2, 5}));
}

TEST_CASE("a pooled backbone halves the segments of TSM's head") {
  const auto head = built({{"type", "TSMHead"}, {"num_segments", 8}, {"temporal_pool", true}});
  CHECK((*head)(random_tensor({8, 6, 1, 1}, 4), 8).size(0) == 2);
  CHECK_THROWS_AS(built({{"type", "TSMHead"}, {"num_segments", 7}, {"temporal_pool", true}}), UsageError);
}

TEST_CASE("drop-out acts in training only, on draws that are given") {
  const auto head = built({{"type", "TSNHead"}, {"dropout_ratio", 0.5}});
  const at::Tensor maps = random_tensor({4, 6, 2, 2}, 5);
  const at::Tensor plain = (*head)(maps, 2);
  SeededNoise noise(6), same(6);
  head->train();
  head->set_noise(&noise);
  const at::Tensor dropped = (*head)(maps, 2);
  CHECK(!at::equal(dropped, plain));
  head->set_noise(&same);
  CHECK(at::equal((*head)(maps, 2), dropped));
  head->train(false);
  CHECK(at::equal((*head)(maps, 2), plain));
}

TEST_CASE("OCSampler's head: hidden layer for each image, maximum or mean, classifier") {
  const at::Tensor maps = random_tensor({6, 6, 2, 2}, 7);
  for (const std::string type : {"MaxConsensus", "AvgConsensus"}) {
    const auto head =
        built({{"type", "R50Head"}, {"num_neurons", 9}, {"consensus", {{"type", type}, {"dim", 1}}}, {"frozen", true}});
    const auto w = weights_of(*head);
    at::Tensor z = at::linear(maps.flatten(2).mean(2), w.at("layers.0.weight"), w.at("layers.0.bias"));
    z = (z - w.at("layers.1.running_mean")) / (w.at("layers.1.running_var") + 1e-5).sqrt() * w.at("layers.1.weight") +
        w.at("layers.1.bias");
    z = at::relu(z).view({2, 3, 9});
    const at::Tensor row = type == "MaxConsensus" ? z.amax(1) : z.mean(1);
    CHECK(relative_error((*head)(maps, 3), at::softmax(at::linear(row, w.at("fc.weight"), w.at("fc.bias")), 1)) < 1e-5);

    const at::Tensor probs = at::softmax(random_tensor({2, 3}, 8), 1);
    const at::Tensor each = at::softmax(at::linear(z, w.at("fc.weight"), w.at("fc.bias")), 2);
    const at::Tensor weighted = dynamic_cast<R50Head&>(*head).weighted(maps, probs);
    CHECK(relative_error(weighted, (each * probs.unsqueeze(2)).sum(1)) < 1e-5);
    CHECK_THROWS_AS(dynamic_cast<R50Head&>(*head).weighted(maps, at::ones({1, 3})), DataError);
  }
  const auto without = built({{"type", "R50Head"}, {"num_neurons", 9}});
  CHECK(std::abs((*without)(maps, 3).sum(1)[0].item<double>() - 1) > 1e-3);
}

TEST_CASE("the head of several classifiers takes the one of its number of images") {
  const auto head = built({{"type", "R50MultiHead"}, {"num_neurons", 4}});
  const at::Tensor maps = random_tensor({10, 6, 1, 1}, 9);
  const at::Tensor before = (*head)(maps, 2);
  const auto weights = weights_of(*head);
  weights.at("fc_list.4.bias").add_(1);
  CHECK(at::equal((*head)(maps, 2), before));
  weights.at("fc_list.1.bias").add_(1);
  CHECK(relative_error((*head)(maps, 2), before + 1) < 1e-6);
  CHECK_THROWS_AS((*head)(random_tensor({11, 6, 1, 1}, 9), 11), DataError);
}

TEST_CASE("what does not fit is refused") {
  const auto head = built({{"type", "TSNHead"}});
  CHECK_THROWS_AS((*head)(at::zeros({4, 7, 2, 2}), 2), DataError);
  CHECK_THROWS_AS((*head)(at::zeros({5, 6, 2, 2}), 2), DataError);
  CHECK_THROWS_AS((*head)(at::zeros({6}), 1), DataError);
  CHECK_THROWS_AS(built({{"type", "TSNHead"}, {"dropout", 0.5}}), UsageError);
  CHECK_THROWS_AS(built({{"type", "TSNHead"}, {"dropout_ratio", 1.5}}), UsageError);
  CHECK_THROWS_AS(built({{"type", "TSNHead"}, {"spatial_type", "max"}}), UsageError);
  CHECK_THROWS_AS(built({{"type", "TSNHead"}, {"consensus", {{"type", "MaxConsensus"}}}}), UsageError);
  CHECK_THROWS_AS(built({{"type", "R50Head"}, {"consensus", {{"type", "AvgConsensus"}, {"dim", 2}}}}), UsageError);
}

}  // namespace
}  // namespace vs::nn

// Baselines, rewards and the loss of the policy gradient, and that it learns.
#include "lib/train/losses/policy_gradient.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"

namespace vs::train {
namespace {

using nn::testing::is_refused;
using nn::testing::random_tensor;

at::Tensor longs(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

PolicyOptions options(Baseline baseline, int64_t chosen) {
  PolicyOptions policy;
  policy.baseline = baseline;
  policy.chosen = chosen;
  return policy;
}

/// The same number for every draw.
class ConstantNoise : public nn::NoiseSource {
 public:
  explicit ConstantNoise(double value) : value_(value) {}
  at::Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& of) override {
    ++draws;
    return at::full(shape, value_, of);
  }
  at::Tensor normal(at::IntArrayRef shape, const at::TensorOptions& of) override { return uniform(shape, of); }
  int draws = 0;

 private:
  double value_;
};

}  // namespace

TEST_CASE("segments start at equal steps, counted from the nearer end") {
  CHECK(at::equal(segment_starts(10, 6), longs({0, 1, 3, 5, 7, 9})));
  CHECK(at::equal(segment_starts(10, 5), longs({0, 2, 4, 6, 8})));
  CHECK(at::equal(segment_starts(10, 4), longs({0, 2, 5, 8})));
  CHECK(at::equal(segment_starts(7, 7), at::arange(7, at::kLong)));
  CHECK(at::equal(segment_starts(9, 1), longs({0})));
  for (int64_t frames = 1; frames <= 24; ++frames) {
    for (int64_t chosen = 2; chosen <= frames; ++chosen) {
      const int64_t end = frames - frames / chosen;
      const double step = static_cast<double>(end) / static_cast<double>(chosen - 1);
      const at::Tensor starts = segment_starts(frames, chosen);
      for (int64_t i = 0; i < chosen; ++i) {
        const double exact = i < chosen / 2 ? step * static_cast<double>(i)
                                            : static_cast<double>(end) - step * static_cast<double>(chosen - 1 - i);
        REQUIRE(starts[i].item<int64_t>() == static_cast<int64_t>(exact));
      }
    }
  }
  CHECK(is_refused([] { segment_starts(3, 4); }, "4 of 3"));
}

TEST_CASE("draws stay in their segments at both ends of the noise") {
  const at::TensorOptions type(at::kFloat);
  for (const double value : {0.0, 0.5, std::nextafter(1.0F, 0.0F) * 1.0}) {
    ConstantNoise noise(value);
    const PolicyOptions policy = options(Baseline::kSegments, 3);
    const PolicyDraws draws = draw_policy(noise, 2, 10, type, policy);
    CHECK(at::isfinite(draws.noise).all().item<bool>());
    CHECK(draws.noise.min().item<float>() >= 0);
    CHECK(at::equal(draws.baseline, at::full({2, 3}, static_cast<int64_t>(value * 3), at::kLong)));
    const at::Tensor frames = baseline_frames(at::full({2, 10}, 0.1), draws, policy);
    CHECK(frames.max().item<int64_t>() < 10);
    CHECK(noise.draws == 2);
  }
}

TEST_CASE("baselines: the most probable in time order, random sets, second draws, nothing for a fixed sampler") {
  const at::Tensor p = at::tensor({0.1F, 0.3F, 0.05F, 0.25F, 0.3F}).unsqueeze(0);
  CHECK(at::equal(baseline_frames(p, {}, options(Baseline::kMostProbable, 3)), longs({1, 3, 4}).unsqueeze(0)));

  nn::SeededNoise noise(3);
  const PolicyOptions random = options(Baseline::kRandom, 4);
  const at::Tensor sets = baseline_frames(p.expand({200, 5}), draw_policy(noise, 200, 5, at::kFloat, random), random);
  CHECK((sets.diff(1, 1) > 0).all().item<bool>());
  CHECK(at::bincount(sets.flatten()).sizes() == at::IntArrayRef({5}));
  CHECK(at::bincount(sets.flatten()).min().item<int64_t>() > 120);

  PolicyOptions drawn = options(Baseline::kDrawn, 2);
  PolicyDraws draws;
  draws.baseline = at::tensor({1.0F, 3.0F, 1.0F, 3.0F, 1.0F}).unsqueeze(0);
  CHECK(at::equal(baseline_frames(p, draws, drawn), longs({0, 4}).unsqueeze(0)));
  drawn.keeps_draw_order = true;
  CHECK(at::equal(baseline_frames(p, draws, drawn), longs({4, 0}).unsqueeze(0)));

  ConstantNoise none(0.5);
  drawn.trains_sampler = false;
  CHECK(!draw_policy(none, 1, 5, at::kFloat, drawn).noise.defined());
  CHECK(none.draws == 0);
  CHECK(is_refused([&] { draw_policy(noise, 1, 5, at::kFloat, options(Baseline::kDrawn, 6)); }, "6 of 5"));
}

TEST_CASE("rewards by label: its probability where it wins, else less the winner's") {
  const at::Tensor p = at::tensor({0.7, 0.2, 0.1, 0.2, 0.3, 0.5}, at::kDouble).view({2, 3});
  const at::Tensor rewards = label_reward(p, longs({0, 1}));
  CHECK(rewards[0].item<double>() == doctest::Approx(0.7));
  CHECK(rewards[1].item<double>() == doctest::Approx(0.3 - 0.5));
  // Frame by frame: video 0 sees row 0 twice, video 1 rows 1 and 0.
  const at::Tensor frames = p.index_select(0, longs({0, 0, 1, 0})).view({2, 2, 3});
  const at::Tensor each = label_reward(frames, longs({2, 2}));
  CHECK(each.sizes() == at::IntArrayRef({2, 2}));
  CHECK(each[0][1].item<double>() == doctest::Approx(0.1 - 0.7));
  CHECK(each[1][0].item<double>() == doctest::Approx(0.5));
  const at::Tensor best = best_frame_reward(frames, longs({2, 1}));
  CHECK(best[0].item<double>() == doctest::Approx(0.1));
  CHECK(best[1].item<double>() == doctest::Approx(0.3));
}

TEST_CASE("entropy is that of the soft-max, also where a probability is 0") {
  CHECK(entropy_of_logits(at::zeros({2, 8}))[1].item<float>() == doctest::Approx(std::log(8.0F)));
  const at::Tensor logits = at::tensor({0.0F, 0.0F, -500.0F}).unsqueeze(0).set_requires_grad(true);
  const at::Tensor entropy = entropy_of_logits(logits);
  CHECK(entropy.item<float>() == doctest::Approx(std::log(2.0F)));
  entropy.sum().backward();
  CHECK(at::isfinite(logits.grad()).all().item<bool>());
}

TEST_CASE("the loss: advantage times log-probability, entropy by its weight, no gradient to the advantage") {
  const at::Tensor advantage = at::tensor({0.5, -1.0}, at::kDouble).set_requires_grad(true);
  const at::Tensor log_p = at::tensor({-2.0, -3.0}, at::kDouble).set_requires_grad(true);
  const at::Tensor entropy = at::tensor({1.0, 2.0}, at::kDouble);
  const at::Tensor loss = policy_loss(advantage, log_p, entropy, 0.1);
  CHECK(loss.item<double>() == doctest::Approx(-((0.5 * -2 + 0.1) + (3 + 0.2)) / 2));
  CHECK(policy_loss(advantage, log_p, {}, 0.1).item<double>() == doctest::Approx(-1));
  loss.backward();
  CHECK(!advantage.grad().defined());
  CHECK(log_p.grad()[1].item<double>() == doctest::Approx(0.5));
}

TEST_CASE("the policy learns which frames are rewarded") {
  constexpr int64_t kVideos = 16, kFrames = 8;
  const PolicyOptions policy = options(Baseline::kSegments, 3);
  nn::SeededNoise noise(5);
  at::Tensor logits = at::zeros({kFrames}).set_requires_grad(true);
  const auto reward = [](const at::Tensor& frames) {
    return at::logical_or(frames == 2, frames == 5).to(at::kFloat).sum(1);
  };
  for (int step = 0; step < 150; ++step) {
    const at::Tensor p = at::softmax(logits, 0).expand({kVideos, kFrames});
    const PolicyDraws draws = draw_policy(noise, kVideos, kFrames, at::kFloat, policy);
    const at::Tensor drawn = draw_without_replacement(p, draws.noise, policy.chosen);
    const at::Tensor advantage = reward(drawn) - reward(baseline_frames(p.detach(), draws, policy));
    policy_loss(advantage, set_log_probability(p, drawn, policy.probability), {}, 0).backward();
    logits = (logits.detach() - logits.grad() * 0.5).set_requires_grad(true);
  }
  const at::Tensor p = at::softmax(logits.detach(), 0);
  CHECK((p[2] + p[5]).item<float>() > 0.9);
}

}  // namespace vs::train

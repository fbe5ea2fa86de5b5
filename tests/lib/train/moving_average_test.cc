#include "lib/train/checkpoints/moving_average.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "lib/core/error.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/norm.h"
#include "tests/lib/nn/refusal.h"

using namespace vs;
using namespace vs::train;
using vs::nn::testing::is_refused;

namespace {

class Small : public nn::Module {
 public:
  explicit Small(at::ScalarType dtype = at::kFloat)
      : head(child<nn::Linear>("head", 3, 4)), norm(child<nn::BatchNorm>("norm", 4)) {
    materialize(dtype);
    fill(0);
  }
  void fill(double value) {
    const at::NoGradGuard no_gradients;
    for (const nn::Entry& entry : entries()) entry.tensor->fill_(value);
  }
  at::Tensor named(const std::string& name) {
    for (const nn::Entry& entry : entries()) {
      if (entry.name == name) return *entry.tensor;
    }
    return {};
  }
  nn::Linear& head;
  nn::BatchNorm& norm;
};

double value_of(Small& model, const std::string& name) { return model.named(name).flatten()[0].item<double>(); }

bool same_values(Small& a, Small& b) {
  const auto of_a = a.entries(), of_b = b.entries();
  for (size_t i = 0; i < of_a.size(); ++i) {
    if (!at::equal(*of_a[i].tensor, *of_b[i].tensor)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("an average follows the values, counters are copied") {
  Small model(at::kDouble);
  model.fill(1);
  WeightAverage average(model, {.decay = 0.75});
  model.fill(5);
  average.update();
  model.fill(9);
  average.update();
  CHECK(average.updates() == 2);
  CHECK_FALSE(average.swapped());
  CHECK(value_of(model, "head.weight") == 9);
  average.swap();
  CHECK(average.swapped());
  // 1 -> 0.75 * 1 + 0.25 * 5 = 2 -> 0.75 * 2 + 0.25 * 9 = 3.75
  for (const char* name : {"head.weight", "head.bias", "norm.weight", "norm.running_mean", "norm.running_var"}) {
    CAPTURE(name);
    CHECK(value_of(model, name) == doctest::Approx(3.75).epsilon(1e-15));
  }
  CHECK(value_of(model, "norm.num_batches_tracked") == 9);
}

TEST_CASE("warm-up: early updates take more of the new values") {
  Small model(at::kDouble);
  WeightAverage average(model, {.decay = 0.15, .warm_up = true});
  double expected = 0;
  for (int n = 0; n < 4; ++n) {
    model.fill(n + 1);
    average.update();
    const double decay = std::min(0.15, (1.0 + n) / (10 + n));
    expected = decay * expected + (1 - decay) * (n + 1);
  }
  average.swap();
  CHECK(value_of(model, "head.weight") == doctest::Approx(expected).epsilon(1e-14));
  CHECK(std::min(0.15, 2.0 / 11) == 0.15);
}

TEST_CASE("what does not change keeps its bits") {
  Small model;
  const float odd = 0.1F;
  model.fill(odd);
  WeightAverage average(model, {.decay = 0.9});
  for (int n = 0; n < 50; ++n) average.update();
  average.swap();
  CHECK(model.named("head.weight").flatten()[0].item<float>() == odd);
}

TEST_CASE("swapping twice gives the weights back, in the same tensors") {
  Small model;
  model.fill(1);
  WeightAverage average(model, {.decay = 0.5});
  {
    const at::NoGradGuard no_gradients;
    model.head.weight().flatten()[0].fill_(std::numeric_limits<double>::denorm_min());
    model.head.weight().flatten()[1].fill_(-0.0);
  }
  model.head.weight().set_requires_grad(true);
  average.update();
  const at::Tensor before = model.head.weight().detach().clone();
  const void* place = model.head.weight().const_data_ptr();
  average.swap();
  CHECK_FALSE(at::equal(model.head.weight(), before));
  CHECK(model.head.weight().const_data_ptr() == place);
  CHECK(model.head.weight().requires_grad());
  average.swap();
  CHECK(at::equal(model.head.weight().detach().view(at::kInt), before.view(at::kInt)));
  // Averages have no part in gradients.
  (model.head.weight() * 2).sum().backward();
  average.update();
  for (const auto& [name, tensor] : average.state()) CHECK_FALSE(tensor.requires_grad());
}

TEST_CASE("a resumed average goes on bit by bit, also from a checkpoint of a swapped network") {
  for (const bool swapped : {false, true}) {
    CAPTURE(swapped);
    Small model, resumed;
    model.fill(1);
    WeightAverage average(model, {.decay = 0.9, .warm_up = true});
    for (int n = 0; n < 5; ++n) {
      model.fill(0.1 * n);
      average.update();
    }
    if (swapped) average.swap();
    // A checkpoint: the network's values and the state.
    const auto from = model.entries(), to = resumed.entries();
    for (size_t i = 0; i < from.size(); ++i) to[i].tensor->detach().copy_(from[i].tensor->detach());
    std::vector<std::pair<std::string, at::Tensor>> state;
    for (const auto& [name, tensor] : average.state()) state.emplace_back(name, tensor.clone());
    WeightAverage again(resumed, {.decay = 0.9, .warm_up = true});
    again.restore(state);
    CHECK(again.swapped() == swapped);
    CHECK(again.updates() == 5);
    if (swapped) {
      average.swap();
      again.swap();
    }
    CHECK(same_values(model, resumed));
    for (const double value : {0.3, 0.7}) {
      model.fill(value);
      resumed.fill(value);
      average.update();
      again.update();
    }
    average.swap();
    again.swap();
    CHECK(same_values(model, resumed));
  }
}

TEST_CASE("what is no state of this network is refused, nothing changes") {
  Small model;
  model.fill(3);
  WeightAverage average(model);
  auto good = average.state();
  for (auto& [name, tensor] : good) tensor = tensor.clone().fill_(1);
  const auto refused = [&](auto change, const std::string& words) {
    auto state = good;
    change(state);
    const bool is = is_refused([&] { average.restore(state); }, words);
    return is && average.updates() == 0 && average.state()[0].second.eq(3).all().template item<bool>();
  };
  CHECK(refused([](auto& state) { state.erase(state.begin()); }, "values.head.weight is missing"));
  CHECK(refused([](auto& state) { state.emplace_back("values.tail", at::zeros({1})); }, "values.tail"));
  CHECK(refused([](auto& state) { state[0].second = at::zeros({1}); }, "another shape or type"));
  CHECK(refused([](auto& state) { state[0].second = state[0].second.to(at::kDouble); }, "another shape or type"));
  CHECK(refused([](auto& state) { state.pop_back(); }, "swapped is missing"));
  CHECK(refused([](auto& state) { state[state.size() - 2].second.fill_(-1); }, "updates cannot be"));
}

TEST_CASE("options out of range and wrong moments") {
  Small model;
  for (const double decay : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()})
    CHECK(is_refused([&] { WeightAverage(model, {.decay = decay}, "train.ema"); }, "train.ema.decay: "));
  WeightAverage average(model, {.decay = 0});
  average.swap();
  CHECK_THROWS_AS(average.update(), std::logic_error);
  struct Empty : nn::Module {
    Empty() { child<nn::Linear>("head", 3, 4); }
  } meta;
  CHECK_THROWS_AS(WeightAverage{meta}, std::logic_error);
}

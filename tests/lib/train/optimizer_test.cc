// Steps against torch.optim of PyTorch 2.11, what is remembered between them, and clipping.
#include "lib/train/optimizers/optimizer.h"

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/nn/layers/linear.h"

// After LibTorch, whose CHECK it replaces.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;
using Values = std::vector<double>;
using State = std::vector<std::pair<std::string, at::Tensor>>;

/// One weight [2, 3] and one without gradient, [1, 2].
class Weights : public nn::Module {
 public:
  explicit Weights(at::ScalarType type)
      : moved(child<nn::Linear>("moved", 3, 2, false)), left(child<nn::Linear>("left", 2, 1, false)) {
    materialize(type);
    require_gradients(true);
    const at::NoGradGuard no_grad;
    for (int64_t i = 0; i < 6; ++i) weight().view(-1)[i].fill_(static_cast<double>(i * 5 % 9 - 4) / 4);
    entries()[1].tensor->fill_(0.5);
  }
  at::Tensor& weight() { return *entries()[0].tensor; }
  at::Tensor& other() { return *entries()[1].tensor; }
  /// The gradient of step k.
  void set_gradient(int64_t k) {
    const at::Tensor gradient = at::empty({6}, weight().options().requires_grad(false));
    for (int64_t i = 0; i < 6; ++i) gradient[i].fill_(static_cast<double>((i * 7 + k * 3) % 11 - 5) / 8);
    weight().mutable_grad() = gradient.view({2, 3});
  }

 private:
  nn::Linear &moved, &left;
};

void take_steps(Weights& weights, Optimizer& optimizer, int64_t first, int64_t end) {
  for (int64_t k = first; k < end; ++k) {
    optimizer.set_learning_rates(std::vector<double>{k < 2 ? 0.1 : 0.02});
    weights.set_gradient(k);
    optimizer.step();
    optimizer.zero_gradients();
  }
}

double error(const at::Tensor& got, const Values& want) {
  double largest = 0;
  const at::Tensor values = got.detach().to(at::kDouble).flatten();
  for (size_t i = 0; i < want.size(); ++i)
    largest = std::max(largest, std::abs(values[static_cast<int64_t>(i)].item<double>() - want[i]));
  return largest;
}

const Json kPlain{{"type", "SGD"}, {"lr", 0.1}, {"weight_decay", 0.05}};
const Json kMomentum{{"type", "CopyOfSGD"}, {"lr", 0.1}, {"weight_decay", 0.05}, {"momentum", 0.9}};
const Json kNesterov{{"type", "SGD"}, {"lr", 0.1}, {"weight_decay", 0.05}, {"momentum", 0.9}, {"nesterov", true}};
const Json kAdamW{{"type", "AdamW"}, {"lr", 0.1}, {"weight_decay", 0.05}, {"betas", {0.8, 0.95}}, {"eps", 1e-3}};

/// A copy of what an optimiser remembers.
State saved(Optimizer& optimizer) {
  State state;
  for (const OptimizerState& one : optimizer.state()) state.emplace_back(one.name, one.tensor->clone());
  return state;
}

std::unique_ptr<Optimizer> built(Weights& weights, const Json& config) { return build_optimizer(weights, config); }

}  // namespace

TEST_CASE("three steps give what torch.optim gives") {
  struct Expected {
    Json config;
    Values values;
  };
  for (const Expected& expected : {Expected{kPlain,
                                            {-0.90443466249999993, 0.16747111875000001, -0.73941360624999997,
                                             0.469854675, -0.54689255000000003, 0.77155141875000011}},
                                   Expected{kMomentum,
                                            {-0.82747116249999997, 0.12816586874999999, -0.71050785625000001,
                                             0.40724167499999997, -0.56604454999999998, 0.80665816875000007}},
                                   Expected{kNesterov,
                                            {-0.74999930008750004, 0.058236359756249995, -0.70419189401874993,
                                             0.387072390825, -0.60613448795000002, 0.82215553745625003}},
                                   Expected{kAdamW,
                                            {-0.79167576219170399, 0.047915174535940935, -0.63236974975158566,
                                             0.37977875098168062, -0.68285258536458526, 0.90068072712323599}}}) {
    CAPTURE(expected.config.dump());
    for (const auto& [type, tolerance] : {std::pair{at::kDouble, 1e-15}, std::pair{at::kFloat, 2e-7}}) {
      Weights weights(type);
      const auto optimizer = built(weights, expected.config);
      take_steps(weights, *optimizer, 0, 3);
      CHECK((weights.weight().scalar_type() == type));
      CHECK(error(weights.weight(), expected.values) < tolerance);
    }
  }
}

TEST_CASE("a parameter without gradient is neither moved nor decayed nor remembered") {
  for (const Json& config : {kMomentum, kAdamW}) {
    Weights weights(at::kFloat);
    const auto optimizer = built(weights, config);
    CHECK(optimizer->state().empty());
    take_steps(weights, *optimizer, 0, 2);
    CHECK(error(weights.other(), {0.5, 0.5}) == 0);
    for (const OptimizerState& state : optimizer->state()) CHECK(state.name.ends_with(".moved.weight"));
    CHECK(!weights.weight().grad().defined());
  }
}

TEST_CASE("a parameter in another memory order, and a gradient in yet another") {
  Weights plain(at::kDouble), turned(at::kDouble);
  {
    const at::NoGradGuard no_grad;
    turned.weight() = turned.weight().t().contiguous().t().set_requires_grad(true);
  }
  for (Weights* weights : {&plain, &turned}) {
    const auto optimizer = built(*weights, kMomentum);
    take_steps(*weights, *optimizer, 0, 3);
  }
  CHECK(!turned.weight().is_contiguous());
  CHECK(at::equal(plain.weight(), turned.weight()));
}

TEST_CASE("a restored optimiser goes on bit by bit") {
  for (const Json& config : {kPlain, kMomentum, kAdamW}) {
    CAPTURE(config.dump());
    Weights whole(at::kFloat), parted(at::kFloat);
    const auto at_once = built(whole, config);
    take_steps(whole, *at_once, 0, 5);
    State state;
    {
      const auto before = built(parted, config);
      take_steps(parted, *before, 0, 2);
      state = saved(*before);
    }
    const auto after = built(parted, config);
    after->restore(state);
    take_steps(parted, *after, 2, 5);
    CHECK(at::equal(whole.weight(), parted.weight()));
    const State want = saved(*at_once), got = saved(*after);
    REQUIRE(want.size() == got.size());
    for (size_t i = 0; i < want.size(); ++i) {
      CHECK(want[i].first == got[i].first);
      CHECK(at::equal(want[i].second, got[i].second));
    }
  }
}

TEST_CASE("state has the names of the parameters") {
  Weights weights(at::kDouble);
  const auto sgd = built(weights, kMomentum);
  take_steps(weights, *sgd, 0, 1);
  REQUIRE(sgd->state().size() == 1);
  CHECK(sgd->state()[0].name == "momentum_buffer.moved.weight");
  CHECK(sgd->state()[0].tensor->sizes() == at::IntArrayRef({2, 3}));
  const auto adamw = built(weights, kAdamW);
  take_steps(weights, *adamw, 0, 2);
  REQUIRE(adamw->state().size() == 3);
  CHECK(adamw->state()[0].name == "step.moved.weight");
  CHECK(adamw->state()[0].tensor->item<float>() == 2);
  CHECK(adamw->state()[1].name == "exp_avg.moved.weight");
  CHECK(adamw->state()[2].name == "exp_avg_sq.moved.weight");
}

TEST_CASE("state that does not fit is refused, and nothing of it is kept") {
  Weights weights(at::kFloat);
  const auto optimizer = built(weights, kAdamW);
  take_steps(weights, *optimizer, 0, 1);
  const State good = saved(*optimizer);
  const auto refused = [&](const State& state, const std::string& name) {
    try {
      optimizer->restore(state);
    } catch (const DataError& error) {
      const State now = saved(*optimizer);
      for (size_t i = 0; i < good.size(); ++i)
        if (!at::equal(good[i].second, now[i].second)) return false;
      return error.place() == name;
    }
    return false;
  };
  State state = good;
  state[1].second = at::zeros({3, 2});
  CHECK(refused(state, "exp_avg.moved.weight"));
  state = good;
  state[1].first = "exp_avg.moved.bias";
  CHECK(refused(state, "moved.weight"));
  state = good;
  state.emplace_back("momentum_buffer.moved.weight", at::zeros({2, 3}));
  CHECK(refused(state, "momentum_buffer.moved.weight"));
  state = good;
  state.push_back(good[0]);
  CHECK(refused(state, "step.moved.weight"));
  optimizer->restore({});
  CHECK(optimizer->state().empty());
}

TEST_CASE("optimisers that recipes get wrong") {
  Weights weights(at::kFloat);
  const auto refused = [&](const Json& change, const std::string& place) {
    Json config = kMomentum;
    config.merge_patch(change);
    try {
      build_optimizer(weights, config);
    } catch (const UsageError& error) {
      return error.place() == place;
    }
    return false;
  };
  CHECK(refused({{"type", "Adam"}}, "train.optimizer.type"));
  CHECK(refused({{"type", nullptr}}, "train.optimizer.type"));
  CHECK(refused({{"lr", nullptr}}, "train.optimizer.lr"));
  CHECK(refused({{"lr", -1}}, "train.optimizer.lr"));
  CHECK(refused({{"momentum", 1.5}}, "train.optimizer.momentum"));
  CHECK(refused({{"momentun", 0.9}}, "train.optimizer.momentun"));
  CHECK(refused({{"betas", {0.9, 0.999}}}, "train.optimizer.betas"));
  CHECK(refused({{"momentum", 0}, {"nesterov", true}}, "train.optimizer.nesterov"));
  const Json adamw{{"type", "AdamW"}, {"momentum", nullptr}};
  const auto with_betas = [&](const Json& betas) {
    Json change = adamw;
    change["betas"] = betas;
    return refused(change, "train.optimizer.betas");
  };
  CHECK(with_betas({0.9}));
  CHECK(with_betas({0.9, 1.0}));
  CHECK(with_betas({"a", 0.5}));
  CHECK(with_betas(0.9));
  CHECK_THROWS_AS(build_optimizer(weights, kPlain)->set_learning_rates(Values{0.1, 0.1}), std::logic_error);
}

TEST_CASE("the norm of many numbers keeps its digits, in any memory order") {
  class Wide : public nn::Module {
   public:
    Wide() {
      child<nn::Linear>("wide", 1000, 2001, false);
      materialize(at::kFloat);
      require_gradients(true);
    }
  } wide;
  const auto optimizer = build_optimizer(wide, kPlain);
  at::Tensor& weight = *wide.entries()[0].tensor;
  const at::Tensor gradient = at::arange(2001000, at::kFloat).mul(1e-3).view({1000, 2001});
  // Sum of i^2 for i < n.
  const double n = 2001000, expected = 1e-3 * std::sqrt((n - 1) * n * (2 * n - 1) / 6);
  for (const at::Tensor& grad : {gradient.t(), gradient.t().contiguous()}) {
    weight.mutable_grad() = grad;
    CHECK(clip_gradients(*optimizer, 1e9) == doctest::Approx(expected).epsilon(2e-7));
  }
}

TEST_CASE("clipping gives what clip_grad_norm_ gives") {
  Weights weights(at::kFloat);
  const auto optimizer = built(weights, kPlain);
  CHECK(clip_gradients(*optimizer, 20) == 0);
  const auto set = [&] {
    weights.weight().mutable_grad() = at::tensor({3.F, -4.F, 12.F, 0.F, 0.F, 0.F}).view({2, 3});
    weights.other().mutable_grad() = at::tensor({84.F, 0.F}).view({1, 2});
  };
  set();
  CHECK(clip_gradients(*optimizer, 20) == doctest::Approx(85).epsilon(1e-12));
  CHECK(error(weights.weight().grad(), {0.7058823704719543, -0.9411764740943909, 2.8235294818878174}) < 1e-6);
  CHECK(error(weights.other().grad(), {19.764705657958984, 0}) < 4e-6);
  set();
  CHECK(clip_gradients(*optimizer, 20, std::numeric_limits<double>::infinity()) == 84);
  CHECK(error(weights.weight().grad(), {0.7142857313156128, -0.9523809552192688, 2.857142925262451}) < 1e-6);
  set();
  CHECK(clip_gradients(*optimizer, 86) == doctest::Approx(85).epsilon(1e-12));
  CHECK(error(weights.other().grad(), {84, 0}) == 0);

  weights.weight().mutable_grad()[0][1] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(clip_gradients(*optimizer, 20), DataError);
  weights.weight().mutable_grad()[0][1] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS(clip_gradients(*optimizer, 20), DataError);
  CHECK_THROWS_AS(clip_gradients(*optimizer, -1), UsageError);
  CHECK_THROWS_AS(clip_gradients(*optimizer, 20, 1), UsageError);
}

}  // namespace vs::train

#include "lib/train/initialization/distributions.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "lib/core/random.h"

namespace vs::train {
namespace {

constexpr double kTruncation = 2;

/// Draws of one distribution.
class Draws {
 public:
  Draws(const Distribution& distribution, uint64_t seed, const std::string& name)
      : distribution_(distribution), random_(seed, 0, "initialize " + name) {}

  double operator()() {
    const double mean = distribution_.mean, spread = distribution_.spread;
    switch (distribution_.kind) {
      case Distribution::Kind::kConstant:
        return mean;
      case Distribution::Kind::kUniform:
        return mean + spread * (2 * random_.uniform() - 1);
      case Distribution::Kind::kNormal:
        return mean + spread * normal();
      case Distribution::Kind::kTruncatedNormal:
        break;
    }
    double value = mean + spread * normal();
    while (std::abs(value) > kTruncation) value = mean + spread * normal();
    return value;
  }

 private:
  /// By Box and Muller, two at a time.
  double normal() {
    if (std::exchange(has_spare_, !has_spare_)) return spare_;
    const double radius = std::sqrt(-2 * std::log(1 - random_.uniform()));
    const double angle = 2 * std::numbers::pi * random_.uniform();
    spare_ = radius * std::sin(angle);
    return radius * std::cos(angle);
  }

  Distribution distribution_;
  ItemRandom random_;
  double spare_ = 0;
  bool has_spare_ = false;
};

template <class Value>
void fill_as(at::Tensor& tensor, Draws& draws) {
  at::Tensor values = at::empty(tensor.sizes(), at::device(at::kCPU).dtype(c10::CppTypeToScalarType<Value>::value));
  Value* const out = values.mutable_data_ptr<Value>();
  for (int64_t i = 0; i < values.numel(); ++i) out[i] = static_cast<Value>(draws());
  tensor.copy_(values);
}

}  // namespace

void fill(at::Tensor& tensor, const Distribution& distribution, uint64_t seed, const std::string& name) {
  const at::NoGradGuard no_gradients;
  if (distribution.kind == Distribution::Kind::kConstant) {
    tensor.fill_(distribution.mean);
    return;
  }
  Draws draws(distribution, seed, name);
  if (tensor.scalar_type() == at::kDouble) {
    fill_as<double>(tensor, draws);
  } else {
    fill_as<float>(tensor, draws);
  }
}

}  // namespace vs::train

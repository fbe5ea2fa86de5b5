#include "lib/nn/layers/conv_unit.h"

#include <vector>

#include "tests/lib/nn/random_weights.h"

// After LibTorch, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::nn {
namespace {

using testing::random_tensor;
using testing::randomise;
using testing::relative_error;

/// A unit and what it is made of.
class Step : public Module {
 public:
  explicit Step(const ConvOptions& options, Activation activation)
      : conv_(child<Conv>("conv", options)),
        norm_(child<BatchNorm>("bn", options.out_channels)),
        unit(conv_, &norm_, activation) {}

 private:
  Conv& conv_;
  BatchNorm& norm_;

 public:
  ConvUnit unit;
};

TEST_CASE("a prepared unit gives what its parts give, whichever convolution it takes") {
  struct Kind {
    ConvOptions options;
    Axes input;
  };
  const std::vector<Kind> kinds{
      {square_conv(32, 48, 3, 1, 1), {4, 32, 14, 13}},      // many tiles
      {square_conv(32, 48, 3, 1, 1), {1, 32, 3, 3}},        // one tile
      {square_conv(32, 48, 3, 1, 1), {2, 32, 1, 1}},        // one position
      {square_conv(32, 48, 3, 2, 1), {2, 32, 14, 13}},      // strides
      {square_conv(32, 48, 1), {2, 32, 9, 9}},              // no window
      {square_conv(32, 48, 3, 1, 0, true), {8, 32, 9, 9}},  // a bias of its own
      {{.in_channels = 32, .out_channels = 48, .kernel = {1, 3, 3}, .padding = {0, 1, 1}}, {2, 32, 4, 9, 9}},
      {{.in_channels = 32, .out_channels = 48, .kernel = {3, 3, 3}, .padding = {1, 1, 1}}, {2, 32, 4, 9, 9}}};
  for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6}) {
    for (const Kind& kind : kinds) {
      CAPTURE(kind.input);
      Step step(kind.options, activation);
      randomise(step, 1);
      const at::Tensor x = random_tensor(kind.input, 2);
      const at::Tensor plain = step.unit(x), residual = 5 * random_tensor(plain.sizes(), 3);
      const at::Tensor sum = step.unit(x, residual);
      for (const auto type : {at::kFloat, at::kBFloat16, at::kFloat}) {
        step.unit.prepare({.dtype = type});
        const double most = type == at::kFloat ? 1e-5 : 3e-2;
        CHECK(relative_error(step.unit(x), plain) < most);
        CHECK(relative_error(step.unit(x, residual), sum) < most);
      }
      step.unit.unprepare();
      CHECK(at::equal(step.unit(x), plain));
    }
  }
}

TEST_CASE("one prepared unit takes inputs of several sizes") {
  Step step(square_conv(32, 32, 3, 1, 1), Activation::kRelu);
  randomise(step, 4);
  std::vector<at::Tensor> inputs, plain;
  for (const int64_t size : {3, 4, 8, 15, 30}) {
    inputs.push_back(random_tensor({2, 32, size, size + 1}, 5));
    plain.push_back(step.unit(inputs.back()));
  }
  step.unit.prepare({});
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < inputs.size(); ++i) CHECK(relative_error(step.unit(inputs[i]), plain[i]) < 1e-5);
  }
  CHECK_THROWS(step.unit(random_tensor({2, 31, 8, 8}, 6)));
}

}  // namespace
}  // namespace vs::nn

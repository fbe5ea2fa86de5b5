#include "lib/flops/counter.h"

#include <doctest/doctest.h>

#include <string>

#include "lib/core/error.h"
#include "lib/nn/layers/activation.h"
#include "lib/nn/layers/conv.h"
#include "lib/nn/layers/gru.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/multihead_attention.h"
#include "lib/nn/layers/norm.h"

namespace vs::flops {
namespace {

/// A layer whose forward is a function.
class Function : public nn::Layer {
 public:
  explicit Function(at::Tensor (*function)(const at::Tensor&), bool weighted = false) : function_(function) {
    if (weighted) parameter("weight", {3});
  }
  std::string kind() const override { return "Function"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override { return function_(x); }

 private:
  at::Tensor (*function_)(const at::Tensor&);
};

CostNode count(nn::Layer& layer, const std::vector<int64_t>& shape) {
  return count_forward(layer, "net", [&] { layer(shape_only(shape)); });
}

CostNode count_function(at::Tensor (*function)(const at::Tensor&), const std::vector<int64_t>& shape) {
  Function layer(function);
  return count(layer, shape);
}

TEST_CASE("operations belong to the module that runs them") {
  nn::Sequence net;
  auto& block = net.add<nn::Sequence>();
  block.add<nn::Conv>(nn::square_conv(3, 8, 3, 2, 1, true));
  block.add<nn::BatchNorm>(8);
  net.add<nn::ActivationLayer>(nn::Activation::kRelu);
  const CostNode node = count(net, {1, 3, 9, 7});
  const int64_t outputs = 8 * 5 * 4, macs = outputs * 27;
  CHECK(node.name == "net");
  CHECK(node.parameters == 8 * 27 + 8 + 16);
  CHECK(node.cost.counts == Counts{macs, macs + outputs + 2 * outputs + outputs, macs + 2 * outputs});
  CHECK(node.cost.activations == outputs);
  CHECK(node.own.counts == Counts{});
  CHECK(node.output == std::vector<int64_t>{1, 8, 5, 4});
  REQUIRE(node.children.size() == 2);
  const CostNode& conv = node.children[0].children[0];
  CHECK(conv.kind == "Conv2d");
  CHECK(conv.name == "0");
  CHECK(conv.calls == 1);
  CHECK(conv.own.counts == Counts{macs, macs + outputs, macs});
  CHECK(node.children[1].own.counts == Counts{0, outputs, 0});
  CHECK(node.cost.by_operation.at("batch_norm") == Counts{0, 2 * outputs, 2 * outputs});
}

TEST_CASE("a module that runs twice counts twice") {
  nn::Linear layer(5, 7);
  const CostNode node = count_forward(layer, "net", [&] {
    layer(shape_only({2, 5}));
    layer(shape_only({4, 5}));
  });
  CHECK(node.calls == 2);
  CHECK(node.cost.counts.macs == 6 * 35);
  CHECK(node.parameters == 42);
  CHECK(node.output == std::vector<int64_t>{4, 7});
}

TEST_CASE("what did not run costs nothing") {
  nn::Linear layer(5, 7);
  const CostNode node = count_forward(layer, "net", [] {});
  CHECK(node.calls == 0);
  CHECK(node.cost.counts == Counts{});
  CHECK(node.output.empty());
}

TEST_CASE("attention: products count, but not for mmcv, whose projections are of no known type either") {
  nn::MultiheadAttention attention(8, 2);
  const CostNode node = count(attention, {3, 5, 8});
  const int64_t linear = 3 * 5 * 8 * 4 * 8, products = 2 * 3 * 5 * 5 * 8;
  CHECK(node.cost.counts == Counts{linear + products, 0, linear + products});
  CHECK(node.cost.activations == 3 * 5 * 32 + 3 * 2 * 25 + 3 * 5 * 8);
}

TEST_CASE("the fused attention costs what its two products cost") {
  const CostNode fused = count_function(
      [](const at::Tensor& x) { return at::scaled_dot_product_attention(x, x.slice(2, 0, 4), x.slice(2, 0, 4)); },
      {2, 3, 6, 10});
  const CostNode apart = count_function(
      [](const at::Tensor& x) {
        const at::Tensor keys = x.slice(2, 0, 4);
        return at::matmul(at::softmax(at::matmul(x, keys.transpose(-2, -1)), -1), keys);
      },
      {2, 3, 6, 10});
  CHECK(fused.cost.counts == apart.cost.counts);
  CHECK(fused.cost.counts.macs == 2 * (2 * 3 * 6 * 4 * 10));
  CHECK(fused.cost.activations == apart.cost.activations);
}

TEST_CASE("recurrent layers: both matrices at every step; fvcore and mmcv do not know them") {
  nn::Gru gru(6, 4);
  const CostNode node = count(gru, {2, 5, 6});
  CHECK(node.cost.counts == Counts{2 * 5 * (12 * 6 + 12 * 4), 0, 0});
}

TEST_CASE("einsum is what it is made of") {
  const CostNode node = count_function(
      [](const at::Tensor& x) {
        return at::einsum("bij,bkj->bik", {x, x});
      },
      {2, 3, 5});
  CHECK(node.cost.counts.macs == 2 * 3 * 3 * 5);
}

TEST_CASE("operations in place count as the others") {
  const CostNode node = count_function([](const at::Tensor& x) { return x.clone().relu_().add_(1).mul_(2); }, {2, 3});
  CHECK(node.cost.counts == Counts{0, 6, 0});
}

TEST_CASE("an operation that is in no table is an error, and names its module") {
  nn::Sequence net;
  net.add<Function>([](const at::Tensor& x) { return at::erfinv(x); });
  try {
    count(net, {2, 3});
    FAIL("counted");
  } catch (const RunError& error) {
    CHECK(std::string(error.what()).find("aten::erfinv in net.0 (Function)") != std::string::npos);
  }
}

TEST_CASE("a layer with weights whose work nobody saw is an error, not zero") {
  Function silent([](const at::Tensor& x) { return x; }, true);
  CHECK_THROWS_AS(count(silent, {2, 3}), RunError);
  Function empty([](const at::Tensor& x) { return x; });
  CHECK(count(empty, {2, 3}).cost.counts == Counts{});
}

TEST_CASE("shapes that do not fit are bad data") {
  nn::Linear layer(5, 7);
  CHECK_THROWS_AS(count(layer, {2, 6}), DataError);
  nn::Conv conv(nn::square_conv(3, 8, 3));
  CHECK_THROWS_AS(count(conv, {1, 4, 9, 9}), DataError);
  // Nothing of a failed run stays behind.
  CHECK(count(layer, {2, 5}).cost.counts.macs == 70);
}

TEST_CASE("no batch and no elements") {
  nn::Linear layer(5, 7);
  CHECK(count(layer, {0, 5}).cost.counts == Counts{});
  CHECK(count(layer, {5}).cost.counts.macs == 35);
}

}  // namespace
}  // namespace vs::flops

// The ring of embeddings: wrapping around, resuming, several processes.
#include "lib/train/losses/cross_batch_memory.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "lib/nn/config.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"

namespace vs::train {
namespace {

using nn::testing::is_refused;
using nn::testing::random_tensor;
using nn::testing::relative_error;

at::Tensor numbers(const std::vector<int64_t>& list) { return at::tensor(list, at::kLong); }
/// Rows that show which they are.
at::Tensor rows(float first, int64_t count) {
  return at::arange(first, first + static_cast<float>(count)).unsqueeze(1);
}
std::vector<int64_t> labels_of(const at::Tensor& labels) {
  return {labels.const_data_ptr<int64_t>(), labels.const_data_ptr<int64_t>() + labels.numel()};
}

/// One rank of a run whose ranks all hold these.
class GivenRanks final : public Ranks {
 public:
  GivenRanks(int rank, std::vector<at::Tensor> embeddings, std::vector<at::Tensor> labels)
      : rank_(rank), embeddings_(std::move(embeddings)), labels_(std::move(labels)) {}
  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(labels_.size()); }
  void sum(const std::vector<at::Tensor>&) override {}
  void broadcast(const std::vector<at::Tensor>&) override {}
  std::vector<at::Tensor> gather(const at::Tensor& tensor) override {
    return tensor.is_floating_point() ? embeddings_ : labels_;
  }
  void wait() override {}

 private:
  int rank_;
  std::vector<at::Tensor> embeddings_, labels_;
};

}  // namespace

TEST_CASE("the ring wraps around, and what was never written is not compared with") {
  CrossBatchMemory memory(5, 1);
  const References first = memory.add(rows(1, 2), numbers({1, 2}));
  CHECK(labels_of(first.labels) == std::vector<int64_t>{1, 2});
  CHECK(labels_of(first.own) == std::vector<int64_t>{0, 1});
  CHECK(memory.position() == 2);
  memory.add(rows(3, 2), numbers({3, 4}));
  CHECK_FALSE(memory.filled());
  const References third = memory.add(rows(5, 2), numbers({5, 6}));
  CHECK(memory.filled());
  CHECK(memory.position() == 1);
  CHECK(labels_of(third.own) == std::vector<int64_t>{4, 0});
  CHECK(labels_of(third.labels) == std::vector<int64_t>{6, 2, 3, 4, 5});
  CHECK(at::equal(third.embeddings.flatten(), at::tensor({6.0F, 2.0F, 3.0F, 4.0F, 5.0F})));
  // What a loss still looks at is not what the next batch overwrites.
  memory.add(rows(7, 2), numbers({7, 8}));
  CHECK(labels_of(third.labels) == std::vector<int64_t>{6, 2, 3, 4, 5});
  CHECK(labels_of(memory.labels()) == std::vector<int64_t>{6, 7, 8, 4, 5});
}

TEST_CASE("a batch as large as the ring fills it; a larger one does not fit") {
  CrossBatchMemory memory(3, 1);
  CHECK(memory.add(rows(1, 3), numbers({1, 2, 3})).labels.size(0) == 3);
  CHECK(memory.filled());
  CHECK(memory.position() == 0);
  CHECK(is_refused([&] { memory.add(rows(1, 4), numbers({1, 2, 3, 4})); }, "4 embeddings of one batch do not fit"));
  CHECK(is_refused([&] { memory.add(at::ones({1, 2}), numbers({1})); }, "of width 1"));
  CHECK(is_refused([&] { memory.add(rows(1, 2), numbers({1})); }, "with labels [1]"));
}

TEST_CASE("an embedding is no positive of itself, also behind the wrap") {
  RetrievalLossOptions options;
  options.memory_size = 3;
  const at::Tensor twins = random_tensor({1, 4}, 1).expand({2, 4});
  RetrievalLoss fresh(options, 4);
  // The two are one another's positives, S = 1: log(1 + exp(2 (0.5 - 1))) / 2.
  CHECK(fresh(twins, numbers({1, 1})).item<float>() == doctest::Approx(std::log(1 + std::exp(-1.0)) / 2));
  // The first is overwritten by now, the second remains beside the two new ones.
  const double three = std::log(1 + 2 * std::exp(-1.0)) / 2;
  CHECK(fresh(twins, numbers({1, 1})).item<float>() == doctest::Approx(three));
}

TEST_CASE("a resumed memory goes on as if it had not stopped") {
  RetrievalLossOptions options;
  options.memory_size = 5;
  RetrievalLoss whole(options, 4), stopped(options, 4);
  const auto step = [](RetrievalLoss& loss, uint64_t seed) {
    return loss(random_tensor({4, 4}, seed), numbers({1, 1, 2, 2})).item<float>();
  };
  for (uint64_t seed = 1; seed < 3; ++seed) CHECK(step(whole, seed) == step(stopped, seed));
  const auto state = stopped.memory()->state("memory.");
  CHECK(state[0].first == "memory.embedding_memory");
  step(stopped, 99);  // is forgotten
  RetrievalLoss resumed(options, 4);
  resumed.memory()->restore("memory.", state);
  CHECK(resumed.memory()->position() == whole.memory()->position());
  CHECK(resumed.memory()->filled());
  CHECK(step(resumed, 5) == step(whole, 5));

  const auto refused = [&](size_t entry, const at::Tensor& instead, const std::string& words) {
    auto bad = state;
    bad[entry].second = instead;
    CHECK(is_refused([&] { resumed.memory()->restore("memory.", bad); }, words));
  };
  refused(0, at::zeros({5, 3}), "memory.embedding_memory");
  refused(2, at::scalar_tensor(5, at::kLong), "5 is no place of 5");
  CHECK(is_refused([&] { resumed.memory()->restore("other.", state); }, "other.embedding_memory"));
}

TEST_CASE("two processes have the gradients of one, once they are averaged") {
  const at::Tensor all = random_tensor({6, 4}, 2).to(at::kDouble);
  const at::Tensor labels = numbers({0, 1, 2, 0, 1, 1});
  const std::vector<at::Tensor> parts = all.chunk(2), names = labels.chunk(2);
  const std::vector<at::Tensor> units{normalised(parts[0]), normalised(parts[1])};
  const at::Tensor together = all.clone().set_requires_grad(true);
  RetrievalLoss single({}, 4);
  single(together, labels).backward();
  for (int rank = 0; rank < 2; ++rank) {
    GivenRanks ranks(rank, units, names);
    RetrievalLoss loss({}, 4);
    loss.set_ranks(&ranks);
    const at::Tensor own = parts[static_cast<size_t>(rank)].clone().set_requires_grad(true);
    loss(own, names[static_cast<size_t>(rank)]).backward();
    CHECK(relative_error(own.grad() / 2, together.grad().narrow(0, 3 * rank, 3)) < 1e-12);
  }
}

TEST_CASE("what a description says of the memory") {
  const auto read = [](const nlohmann::ordered_json& described) {
    return read_retrieval_loss(nn::Config(described, "loss"));
  };
  CHECK(read({{"type", "MultiSimilarityLoss"}}).memory_size == 0);
  CHECK(read({{"cross_batch_memory", true}}).memory_size == 1024);
  CHECK(
      read({{"cross_batch_memory", true}, {"memory_size", 7}, {"feat_dim", 768}, {"distributed", true}}).memory_size ==
      7);
  CHECK(is_refused([&] { read({{"memory", 7}}); }, "memory"));
  CHECK(is_refused([&] { read({{"memory_size", 0}}); }, "loss.memory_size"));
}

}  // namespace vs::train

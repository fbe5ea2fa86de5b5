#include "lib/train/loop/trainer.h"

#include <barrier>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "lib/core/error.h"
#include "lib/nn/layers/conv.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/norm.h"
#include "lib/train/distributed/synchronised_norm.h"
// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

/// Normalised features through a linear layer, squared.
class Network final : public nn::Module {
 public:
  Network() : norm(child<nn::BatchNorm>("norm", 3)), linear(child<nn::Linear>("linear", 3, 2)) {
    materialize(at::kDouble);
    for (const auto& entry : entries()) {
      if (entry.kind == nn::EntryKind::kParameter)
        entry.tensor->copy_(at::linspace(0.2, 1.1, entry.tensor->numel()).view(entry.tensor->sizes()));
    }
    norm.running_var().fill_(1);
    norm.running_mean().zero_();
  }
  nn::BatchNorm& norm;
  nn::Linear& linear;
};

class SquareTask final : public Task {
 public:
  SquareTask() : Task(std::make_unique<Network>()) { prepare_training(); }
  Losses forward(const Batch& batch) override {
    auto& network = dynamic_cast<Network&>(module());
    Losses losses;
    losses.total = network.linear(network.norm(batch.imgs)).square().mean() * factor;
    losses.parts.emplace_back("loss_square", losses.total.detach());
    return losses;
  }
  double factor = 1;
};

/// Images through a convolution in single precision, squared.
class ConvTask final : public Task {
 public:
  ConvTask() : Task(std::make_unique<nn::Conv>(nn::square_conv(128, 128, 3, 1, 1))) {
    module().materialize();
    weight().copy_(at::arange(128 * 128 * 9, at::kFloat).sin().view({128, 128, 3, 3}));
    prepare_training();
  }
  at::Tensor& weight() { return *module().entries().front().tensor; }
  Losses forward(const Batch& batch) override {
    return {.total = dynamic_cast<nn::Conv&>(module())(batch.imgs).square().mean(), .parts = {}};
  }
};

at::Tensor inputs(int64_t rows) { return at::arange(rows * 3, at::kDouble).view({rows, 3}).sin() * 2 + 0.5; }

Json sgd() { return Json::parse(R"({"type": "SGD", "lr": 0.1, "momentum": 0.9})"); }

/// A task with all that takes its steps.
struct Run {
  explicit Run(Ranks& ranks, TrainerOptions options = {})
      : optimizer(build_optimizer(task.module(), sgd())),
        schedule(Json::parse(R"({"policy": "fixed"})"), 10, 10),
        trainer(task, *optimizer, schedule, ranks, options) {}
  SquareTask task;
  std::unique_ptr<Optimizer> optimizer;
  LearningRateSchedule schedule;
  Trainer trainer;
};

void check_close(nn::Module& a, nn::Module& b, double within) {
  const auto first = a.entries(), second = b.entries();
  for (size_t i = 0; i < first.size(); ++i) {
    CAPTURE(first[i].name);
    CHECK((first[i].tensor->to(at::kDouble) - second[i].tensor->to(at::kDouble)).abs().max().item<double>() <= within);
  }
}

/// Ranks that are threads of this process.
class Meeting {
 public:
  explicit Meeting(int size) : barrier_(size), size_(size) {}
  class Rank final : public Ranks {
   public:
    Rank(Meeting& meeting, int rank) : meeting_(meeting), rank_(rank) {}
    int rank() const override { return rank_; }
    int size() const override { return meeting_.size_; }
    void sum(const std::vector<at::Tensor>& tensors) override {
      for (const auto& tensor : tensors) {
        const auto all = gather(tensor);
        const at::NoGradGuard without;
        tensor.copy_(at::stack(all).sum(0));
        wait();
      }
    }
    void broadcast(const std::vector<at::Tensor>& tensors) override {
      for (const auto& tensor : tensors) tensor.copy_(gather(tensor).front());
    }
    std::vector<at::Tensor> gather(const at::Tensor& tensor) override {
      {
        const std::lock_guard lock(meeting_.mutex_);
        meeting_.brought_.resize(static_cast<size_t>(meeting_.size_));
        meeting_.brought_[static_cast<size_t>(rank_)] = tensor.detach().clone();
      }
      wait();
      auto all = meeting_.brought_;
      wait();
      return all;
    }
    void wait() override { meeting_.barrier_.arrive_and_wait(); }

   private:
    Meeting& meeting_;
    int rank_;
  };

 private:
  std::barrier<> barrier_;
  std::mutex mutex_;
  std::vector<at::Tensor> brought_;
  int size_;
};

}  // namespace

TEST_CASE("gradients of several iterations make one update") {
  SingleRank alone;
  Run whole(alone), parts(alone, {.update_interval = 2});
  // The same rows twice, so that batch statistics are equal.
  const at::Tensor rows = inputs(4);
  whole.trainer.step({.imgs = rows, .labels = {}}, 0);
  int updates = 0;
  parts.trainer.step({.imgs = rows, .labels = {}}, 0, [&] { ++updates; });
  CHECK(updates == 0);
  CHECK(parts.trainer.waiting_gradients(1).size() == 4);
  parts.trainer.step({.imgs = rows, .labels = {}}, 1, [&] { ++updates; });
  CHECK(updates == 1);
  CHECK(parts.trainer.waiting_gradients(2).empty());
  auto& a = dynamic_cast<Network&>(whole.task.module());
  auto& b = dynamic_cast<Network&>(parts.task.module());
  CHECK(at::allclose(a.linear.weight(), b.linear.weight(), 1e-12, 1e-12));
}

TEST_CASE("gradients that wait can be taken to another process") {
  SingleRank alone;
  Run stayed(alone, {.update_interval = 2}), went(alone, {.update_interval = 2});
  stayed.trainer.step({.imgs = inputs(4), .labels = {}}, 0);
  went.trainer.step({.imgs = inputs(4), .labels = {}}, 0);
  const auto waiting = stayed.trainer.waiting_gradients(1);
  went.optimizer->zero_gradients();
  went.trainer.restore_gradients(waiting);
  stayed.trainer.step({.imgs = inputs(5), .labels = {}}, 1);
  went.trainer.step({.imgs = inputs(5), .labels = {}}, 1);
  check_close(stayed.task.module(), went.task.module(), 0);
}

TEST_CASE("large kernels lie with their channels last, and what is taken to another process follows them") {
  const auto last = at::MemoryFormat::ChannelsLast;
  const at::Tensor images = at::arange(2 * 128 * 25, at::kFloat).cos().view({2, 128, 5, 5});
  const TrainerOptions options{.update_interval = 2, .clip_norm = 1e-2};
  const LearningRateSchedule schedule(Json::parse(R"({"policy": "fixed"})"), 10, 10);
  SingleRank alone;
  ConvTask stayed, went;
  const at::Tensor before = stayed.weight().detach().clone();
  const auto of_stayed = build_optimizer(stayed.module(), sgd()), of_went = build_optimizer(went.module(), sgd());
  Trainer first(stayed, *of_stayed, schedule, alone, options);
  CHECK(stayed.weight().is_contiguous(last));
  CHECK(at::equal(stayed.weight(), before));
  for (int64_t i = 0; i < 3; ++i) first.step({.imgs = images, .labels = {}}, i);

  // Everything as a checkpoint has it: in the plain order, and before the trainer of the other process is there.
  std::vector<std::pair<std::string, at::Tensor>> states, gradients;
  for (const auto& state : of_stayed->state()) states.emplace_back(state.name, state.tensor->contiguous());
  for (const auto& [name, gradient] : first.waiting_gradients(3)) gradients.emplace_back(name, gradient.contiguous());
  {
    const at::NoGradGuard without;
    went.weight().copy_(stayed.weight());
  }
  of_went->restore(states);
  Trainer second(went, *of_went, schedule, alone, options);
  second.restore_gradients(gradients);
  CHECK(went.weight().grad().is_contiguous(last));
  first.step({.imgs = images, .labels = {}}, 3);
  second.step({.imgs = images, .labels = {}}, 3);
  CHECK_FALSE(at::equal(stayed.weight(), before));
  CHECK(at::equal(stayed.weight(), went.weight()));
}

TEST_CASE("a loss that is no number stops the run before the weights are touched") {
  SingleRank alone;
  Run run(alone);
  SquareTask untouched;
  run.task.factor = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(run.trainer.step({.imgs = inputs(4), .labels = {}}, 12), doctest::Contains("iteration 12"),
                       DataError);
  auto& a = dynamic_cast<Network&>(run.task.module());
  auto& b = dynamic_cast<Network&>(untouched.module());
  CHECK(at::equal(a.linear.weight(), b.linear.weight()));
}

TEST_CASE("a scaled loss gives the weights of one that is not, also over several iterations") {
  SingleRank alone;
  Run plain(alone, {.update_interval = 2, .clip_norm = 0.1});
  // Autocast leaves double precision alone: what differs is the scale.
  Run scaled(alone, {.update_interval = 2, .clip_norm = 0.1, .dtype = at::kHalf});
  for (int64_t i = 0; i < 6; ++i) {
    plain.trainer.step({.imgs = inputs(4 + i), .labels = {}}, i);
    const StepReport report = scaled.trainer.step({.imgs = inputs(4 + i), .labels = {}}, i);
    CHECK(report.loss_scale == 65536);
    CHECK((report.gradient_norm > 0) == (i % 2 == 1));
  }
  CHECK(plain.trainer.scaler() == nullptr);
  CHECK(scaled.trainer.scaler()->scale() == 65536);
  check_close(plain.task.module(), scaled.task.module(), 0);
}

TEST_CASE("with a scaled loss an update whose gradients are not finite is left out, and the next one is scaled less") {
  SingleRank alone;
  Run run(alone, {.update_interval = 2, .clip_norm = 1, .dtype = at::kHalf});
  auto& network = dynamic_cast<Network&>(run.task.module());
  const at::Tensor before = network.linear.weight().detach().clone();
  int updates = 0;
  const auto step = [&](int64_t i) {
    return run.trainer.step({.imgs = inputs(4), .labels = {}}, i, [&] { ++updates; });
  };
  // One bad iteration of two spoils both.
  run.task.factor = std::numeric_limits<double>::infinity();
  CHECK(step(0).parts.empty());
  run.task.factor = 1;
  const StepReport report = step(1);
  CHECK(report.parts.size() == 2);
  CHECK(report.gradient_norm == 0);
  CHECK(updates == 0);
  CHECK(at::equal(network.linear.weight(), before));
  CHECK(run.optimizer->state().empty());
  // What was bad is gone.
  CHECK(step(2).loss_scale == 32768);
  step(3);
  CHECK(updates == 1);
  CHECK_FALSE(at::equal(network.linear.weight(), before));
  CHECK(network.linear.weight().isfinite().all().item<bool>());
}

TEST_CASE("gradients that wait are taken to another process with the scale that they have") {
  SingleRank alone;
  const TrainerOptions options{.update_interval = 2, .dtype = at::kHalf};
  Run stayed(alone, options), went(alone, options);
  const auto spoil = [](Run& run) {
    run.task.factor = std::numeric_limits<double>::quiet_NaN();
    for (int64_t i = 0; i < 2; ++i) run.trainer.step({.imgs = inputs(4), .labels = {}}, i);
    run.task.factor = 1;
  };
  spoil(stayed);
  stayed.trainer.step({.imgs = inputs(4), .labels = {}}, 2);
  // Running statistics have seen the same.
  for (int64_t i = 0; i < 3; ++i) went.trainer.step({.imgs = inputs(4), .labels = {}}, 2 * i);
  went.optimizer->zero_gradients();
  went.trainer.restore_gradients(stayed.trainer.waiting_gradients(3));
  went.trainer.scaler()->restore(stayed.trainer.scaler()->state());
  CHECK(went.trainer.scaler()->scale() == 32768);
  stayed.trainer.step({.imgs = inputs(5), .labels = {}}, 3);
  went.trainer.step({.imgs = inputs(5), .labels = {}}, 3);
  check_close(stayed.task.module(), went.task.module(), 0);
}

TEST_CASE("a loss that stays no number ends a run in float16 too") {
  SingleRank alone;
  Run run(alone, {.dtype = at::kHalf});
  run.task.factor = std::numeric_limits<double>::quiet_NaN();
  const auto steps = [&] {
    for (int64_t i = 0; i < 100; ++i) run.trainer.step({.imgs = inputs(4), .labels = {}}, i);
  };
  CHECK_THROWS_WITH_AS(steps(), doctest::Contains("iteration 26: gradients are not finite in float16"), DataError);
}

TEST_CASE("a report has the loss, its parts and the rates") {
  SingleRank alone;
  Run run(alone, {.clip_norm = 1e-3});
  const StepReport report = run.trainer.step({.imgs = inputs(4), .labels = {}}, 3);
  REQUIRE(report.parts.size() == 2);
  CHECK(report.parts[0].first == "loss");
  CHECK(report.parts[1].first == "loss_square");
  CHECK(report.parts[0].second == doctest::Approx(report.parts[1].second));
  CHECK(report.iteration == 3);
  CHECK(report.gradient_norm > 1e-3);
  CHECK(report.learning_rates == std::vector<double>{0.1});
}

TEST_CASE("ranks with parts of a batch and statistics over all take the steps of one") {
  SingleRank alone;
  Run whole(alone);
  const at::Tensor rows = inputs(8);
  for (int64_t i = 0; i < 5; ++i) whole.trainer.step({.imgs = rows, .labels = {}}, i);

  Meeting meeting(2);
  std::vector<std::unique_ptr<Meeting::Rank>> ranks;
  std::vector<std::unique_ptr<Run>> runs;
  for (int rank = 0; rank < 2; ++rank) {
    ranks.push_back(std::make_unique<Meeting::Rank>(meeting, rank));
    runs.push_back(std::make_unique<Run>(*ranks.back()));
  }
  const auto work = [&](int rank) {
    const auto at = static_cast<size_t>(rank);
    const SynchronisedNorms together(runs[at]->task.module(), *ranks[at]);
    // Parts of unequal spread: means of parts would not do.
    const at::Tensor part = rows.narrow(0, rank * 4, 4);
    for (int64_t i = 0; i < 5; ++i) runs[at]->trainer.step({.imgs = part, .labels = {}}, i);
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  check_close(runs[0]->task.module(), runs[1]->task.module(), 0);
  check_close(whole.task.module(), runs[0]->task.module(), 1e-12);
}

}  // namespace vs::train

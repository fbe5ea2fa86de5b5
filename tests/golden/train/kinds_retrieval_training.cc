// Golden kinds of DRCA's retrieval training: metric losses, the memory behind them, whole steps.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/train/losses/cross_batch_memory.h"
#include "lib/train/optimizers/optimizer.h"
#include "lib/train/tasks/retrieval_task.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"
#include "tests/golden/train/training.h"

namespace vs::golden {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

train::RetrievalLossOptions stated_loss(const json& params) {
  const ordered_json described = ordered(params.at("metric_loss"));
  return train::read_retrieval_loss(nn::Config(described, "metric_loss"));
}

at::Tensor labels_of(const json& list) { return at::tensor(list.get<std::vector<int64_t>>(), at::kLong); }

/// What the other ranks of a step hand out, prepared beforehand: the checker is rank 0.
class StatedRanks final : public train::Ranks {
 public:
  explicit StatedRanks(int size) : size_(size) {}
  int rank() const override { return 0; }
  int size() const override { return size_; }
  void sum(const std::vector<at::Tensor>&) override { throw DataError("case", "nothing is summed"); }
  void broadcast(const std::vector<at::Tensor>&) override { throw DataError("case", "nothing is broadcast"); }
  std::vector<at::Tensor> gather(const at::Tensor& tensor) override {
    return tensor.is_floating_point() ? embeddings_ : labels_;
  }
  void wait() override {}
  void hold(std::vector<at::Tensor> embeddings, std::vector<at::Tensor> labels) {
    embeddings_ = std::move(embeddings);
    labels_ = std::move(labels);
  }

 private:
  int size_;
  std::vector<at::Tensor> embeddings_, labels_;
};

/// Every set or step with one loss, which may remember. Of several ranks' embeddings this is the first rank's.
void check_losses(const Case& c, Report& report) {
  const json& p = c.parameters();
  const json& params = p.at("params");
  const int processes = params.value("world_size", 1);
  const auto width = p.at("inputs").at("emb0").at("shape").at(1).get<int64_t>();
  train::RetrievalLoss loss(stated_loss(params), width);
  StatedRanks ranks(processes);
  loss.set_ranks(&ranks);
  for (size_t i = 0; i < params.at("labels").size(); ++i) {
    const std::string number = std::to_string(i);
    const auto parts = input_of(c, "emb" + number).chunk(processes);
    const auto labels = labels_of(params.at("labels")[i]).chunk(processes);
    std::vector<at::Tensor> normalised;
    for (const at::Tensor& part : parts) normalised.push_back(train::normalised(part));
    ranks.hold(normalised, labels);
    const at::Tensor own = parts[0].clone().set_requires_grad(true);
    const at::Tensor value = loss(own, labels[0]);
    value.backward();
    compare(report, "loss" + number, value);
    compare(report, "grad" + number, own.grad());
  }
  if (!c.has_output("memory")) return;
  const train::CrossBatchMemory& memory = *loss.memory();
  compare(report, "memory", memory.embeddings());
  compare(report, "memory_labels", memory.labels());
  report.compare("queue_idx", std::vector<int64_t>{memory.position()});
  report.compare("filled", std::vector<int64_t>{memory.filled() ? 1 : 0});
}

ordered_json described_model(const json& params) {
  ordered_json backbone = ordered(params.at("backbone"));
  backbone["type"] = "DRCA";
  const int64_t width = backbone.value("embed_dims", 768);
  return {{"type", "SimilarityRecognizer3D"},
          {"backbone", backbone},
          {"sim_head",
           {{"type", "SimilarityHead"},
            {"encoder", {{"type", params.at("encoder")}, {"input_channels", width}, {"out_channels", width}}},
            {"loss_sim",
             {{"type", "MultiSimilarityLoss"},
              {"distance", "Cosine"},
              {"cross_batch_memory", true},
              {"memory_size", params.at("memory_size")}}}}},
          {"max_batch_size", params.at("max_batch_size")}};
}

/// The reference keeps the memory among the weights, we among the state of the run.
void check_entries(const Case& c, train::Task& task, Report& report) {
  std::map<std::string, std::vector<int64_t>> found;
  for (const nn::Entry& entry : task.module().entries()) found[entry.name] = entry.tensor->sizes().vec();
  for (const auto& [name, tensor] : task.state()) {
    if (tensor.dim() > 0) found[name] = tensor.sizes().vec();
  }
  std::map<std::string, std::vector<int64_t>> expected;
  const json listed = json::parse(c.content().text("state_dict"));
  for (const json& entry : listed) expected[entry.at(0)] = entry.at(1).get<std::vector<int64_t>>();
  report.check("state_dict: names and shapes", found == expected);
}

at::Tensor state_of(train::Task& task, const std::string& name) {
  for (const auto& [entry, tensor] : task.state()) {
    if (entry.ends_with("." + name)) return tensor;
  }
  throw DataError("case", "no " + name + " in the state of the run");
}

void compare_memory(train::Task& task, Report& report) {
  const at::Tensor memory = state_of(task, "embedding_memory");
  compare(report, "memory_norm", memory.norm(2, {1}, false));
  compare(report, "memory_first", memory.slice(1, 0, 2));
  compare(report, "memory_labels", state_of(task, "label_memory"));
  compare(report, "queue_idx", state_of(task, "queue_idx"));
}

/// Embedding steps of one process with the stated ranking noise, all of them with fresh images.
void check_steps(const Case& c, Report& report) {
  const json& p = c.parameters();
  const json& params = p.at("params");
  if (params.value("world_size", 1) != 1) throw DataError("case", "steps of several processes are not stated in full");
  const auto task = train::build_retrieval_task(described_model(params), ordered_json::object());
  check_entries(c, *task, report);
  fill_weights(c, task->module(), rule_of(p), stated_type(p));
  task->prepare_training();
  switch_off(task->module(), {"DropPath"});
  StatedNoise noise;
  task->set_noise(&noise);
  const auto optimizer = train::build_optimizer(task->module(), ordered(params.at("optimizer")));
  std::vector<double> losses, norms;
  for (int64_t step = 0; step < params.at("steps").get<int64_t>(); ++step) {
    const std::string number = std::to_string(step);
    for (int64_t chunk = 0; p.at("inputs").contains(fmt::format("noise{}_{}", step, chunk)); ++chunk)
      noise.add_normal(input_of(c, fmt::format("noise{}_{}", step, chunk)));
    const train::Batch batch{input_of(c, "imgs" + number),
                             labels_of(params.at("video_ids").at(static_cast<size_t>(step)))};
    report.check("copies of a video", batch.imgs.size(1) == params.at("copies").get<int64_t>());
    const Step done = run_step(*task, *optimizer, batch, stated_clipping(params), [&](const Step&) {
      if (step > 0) return;
      std::vector<at::Tensor> gradients;
      for (const json& name : p.at("grad_names")) {
        gradients.push_back(gradient_of(task->module(), name));
        report.check(name.get<std::string>() + " has a gradient", gradients.back().defined());
        if (!gradients.back().defined()) return;
      }
      compare(report, "grad", norms_and_firsts(gradients, 4));
      for (const json& name : p.at("no_grad_names"))
        report.check(name.get<std::string>() + " has no gradient", !gradient_of(task->module(), name).defined());
    });
    losses.push_back(done.losses.total.item<double>());
    norms.push_back(done.gradient_norm);
  }
  report.check("every draw is asked for", noise.used_up());
  report.compare("loss", losses, {losses.size()});
  report.compare("grad_total_norm", norms, {norms.size()});
  compare_memory(*task, report);
  for (const std::string output : {"running_mean", "running_var", "num_batches_tracked"}) {
    if (!c.has_output("bn_" + output)) continue;
    compare(report, "bn_" + output,
            entry_of(task->module(), "backbone.transformer_layers.dccm.rank_net.score_network.bn." + output));
  }
}

}  // namespace

KindTable retrieval_training_kinds() {
  KindTable table;
  table.kinds = {
      {"drca.loss_multi_similarity", check_losses},
      {"drca.loss_triplet", check_losses},
      {"drca.loss_memory", check_losses},
      {"drca.retrieval_train", check_steps},
  };
  return table;
}

}  // namespace vs::golden

// Steps of DRCA's retrieval training: passes of the encoder, chunks, the memory across a stop.
#include "lib/train/tasks/retrieval_task.h"

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;
using nn::testing::is_refused;
using nn::testing::random_tensor;

Json model(const char* encoder = "None", int64_t out_channels = 16) {
  return {{"type", "SimilarityRecognizer3D"},
          {"backbone",
           {{"type", "DRCA"},
            {"num_frames", 4},
            {"img_size", 64},
            {"patch_size", 16},
            {"embed_dims", 16},
            {"num_heads", 2},
            {"comp_k", 2},
            {"comp_insert_layer", 1},
            {"num_samples", 10},
            {"num_transformer_layers", 2}}},
          {"sim_head",
           {{"type", "SimilarityHead"},
            {"encoder", {{"type", encoder}, {"input_channels", 16}, {"out_channels", out_channels}}}}}};
}

/// A task with weights that depend on nothing but the model.
struct Ready {
  explicit Ready(const Json& described, const Json& train = Json::object())
      : task(build_retrieval_task(described, train)), noise(1) {
    nn::testing::randomise(task->module(), 4);
    task->set_noise(&noise);
    task->prepare_training();
  }
  double loss(uint64_t seed) {
    const Batch batch{random_tensor({2, 2, 3, 4, 64, 64}, seed), at::tensor({3, 8}, at::kLong)};
    return task->losses(batch).total.item<double>();
  }
  std::unique_ptr<Task> task;
  nn::SeededNoise noise;
};

}  // namespace

TEST_CASE("the published loss, if the model names none: a memory of 1024") {
  Ready ready(model());
  CHECK(ready.task->label_use() == LabelUse::kVideo);
  ready.loss(1);
  std::map<std::string, at::Tensor> state;
  for (const auto& [name, tensor] : ready.task->state()) state[name] = tensor;
  const std::string prefix = "sim_head.loss_sim.metric_loss.loss.";
  CHECK(state.at(prefix + "embedding_memory").sizes() == at::IntArrayRef({1024, 16}));
  CHECK(state.at(prefix + "queue_idx").item<int64_t>() == 4);
  CHECK(state.at(prefix + "label_memory").slice(0, 0, 5).equal(at::tensor({3, 3, 8, 8, 0}, at::kLong)));
}

TEST_CASE("without a memory there is no state") {
  Json described = model();
  described["sim_head"]["loss_sim"] = {{"type", "TripletMarginLoss"}};
  Ready ready(described);
  CHECK(ready.loss(1) >= 0);
  CHECK(ready.task->state().empty());
  ready.task->restore({});
}

TEST_CASE("a linear encoder is applied twice, or once if asked for; equal widths only") {
  const double twice = Ready(model("FC")).loss(1), once = Ready(model("FC"), {{"encoder_passes", 1}}).loss(1);
  CHECK(twice != once);
  CHECK(Ready(model()).loss(1) == Ready(model(), {{"encoder_passes", 1}}).loss(1));
  CHECK(is_refused([] { build_retrieval_task(model("FC", 8), Json::object()); }, "cannot be applied twice"));
  CHECK(Ready(model("FC", 8), {{"encoder_passes", 1}}).loss(1) > 0);
  CHECK(is_refused([] { build_retrieval_task(model(), {{"encoder_passes", 3}}); }, "train.encoder_passes"));
}

TEST_CASE("clips run in chunks, with the statistics of a chunk") {
  Json chunked = model();
  chunked["max_batch_size"] = 2;
  Ready whole(model()), parts(chunked);
  CHECK(whole.loss(1) != parts.loss(1));
  const auto batches = [](Task& task) {
    for (const nn::Entry& entry : task.module().entries()) {
      if (entry.name.ends_with("num_batches_tracked")) return entry.tensor->item<int64_t>();
    }
    return int64_t{-1};
  };
  CHECK(batches(*whole.task) == 1);
  CHECK(batches(*parts.task) == 2);
}

TEST_CASE("a resumed run remembers") {
  Ready whole(model()), stopped(model()), resumed(model()), forgetful(model());
  whole.loss(1);
  stopped.loss(1);
  resumed.task->restore(stopped.task->state());
  // The noise of all goes on as the first's.
  forgetful.loss(1);
  resumed.loss(5);
  resumed.task->restore(stopped.task->state());
  forgetful.task->restore(Ready(model()).task->state());
  const double want = whole.loss(2);
  CHECK(resumed.loss(2) == want);
  CHECK(forgetful.loss(2) != want);
}

TEST_CASE("what cannot be trained on is refused") {
  Ready ready(model());
  const auto step = [&](const at::Tensor& imgs, const at::Tensor& labels) {
    return [&ready, batch = Batch{imgs, labels}] { ready.task->losses(batch); };
  };
  const at::Tensor pair = at::ones({1, 2, 3, 4, 64, 64}), one = at::tensor({1}, at::kLong);
  CHECK(is_refused(step(pair.slice(1, 0, 1), one), "with 2 clips or more, not [1, 1, 3, 4, 64, 64]"));
  CHECK(is_refused(step(pair[0], one), "2 clips or more"));
  CHECK(is_refused(step(pair, at::tensor({1, 2}, at::kLong)), "a number for each of 1 videos"));
  CHECK(is_refused(step(pair, at::ones({1})), "a number for each"));
  CHECK(is_refused(step(pair, at::Tensor()), "a number for each"));
  Json other = model();
  other["type"] = "Recognizer3D";
  CHECK(is_refused([&] { build_retrieval_task(other, Json::object()); }, "model"));
  Json misspelt = model();
  misspelt["sim_head"]["loss_sim"] = {{"typ", "MultiSimilarityLoss"}};
  CHECK(is_refused([&] { build_retrieval_task(misspelt, Json::object()); }, "sim_head.loss_sim"));
}

}  // namespace vs::train

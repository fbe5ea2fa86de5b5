#include "lib/train/checkpoints/checkpoint.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/nn/loading.h"
#include "lib/weights/checkpoint.h"
#include "tests/lib/nn/refusal.h"
#include "tests/lib/train/checkpoint_run.h"
#include "tests/support/scratch.h"

using namespace vs;
using namespace vs::train;
using namespace vs::train::test;

namespace {

void flip_a_bit(const std::string& path) {
  std::string bytes = read_file(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file_atomically(path, bytes);
}

}  // namespace

TEST_CASE("a checkpoint comes back as it was") {
  const vs::test::Scratch scratch("vs-checkpoint-test");
  Run run(25);
  run.save(scratch / "new/run", epoch_checkpoint(2));
  const SavedCheckpoint saved = open_checkpoint(scratch / "new/run", "epoch_2");
  CHECK(iteration_of(saved) == 25);
  CHECK(saved.name == "epoch_2");
  CHECK(saved.weights_path == scratch / "new/run/epoch_2.safetensors");
  CHECK(saved.state.epoch == 2);
  CHECK(saved.state.seed == std::numeric_limits<uint64_t>::max());
  CHECK(saved.state.best == run.state.best);
  CHECK(*saved.state.fingerprint == *run.state.fingerprint);
  CHECK(saved.state.first_loss == run.state.first_loss);
  REQUIRE(saved.state.average.size() == 1);
  CHECK(saved.state.average[0].first == "values.head.weight");
  CHECK(saved.state.average[0].second.sizes().vec() == std::vector<int64_t>{2, 0});
  CHECK((saved.state.average[0].second.scalar_type() == at::kDouble));
  CHECK(saved.state.optimizer[0].first == "momentum_buffer.head.weight");

  TrainingState bare;
  save_checkpoint(scratch / "new/run", kLastCheckpoint, run.model, "", bare);
  const SavedCheckpoint empty = open_checkpoint(scratch / "new/run", kLastCheckpoint);
  CHECK_FALSE(empty.state.best.has_value());
  CHECK_FALSE(empty.state.first_loss.has_value());
  CHECK(empty.state.fingerprint->empty());
  CHECK((empty.state.optimizer.empty() && empty.state.task.empty() && empty.state.average.empty()));
}

TEST_CASE("values of every kind keep their bits") {
  const vs::test::Scratch scratch("vs-checkpoint-test");
  Run run(1);
  run.model.head.weight().data_ptr<float>()[0] = -0.0F;
  run.model.head.weight().data_ptr<float>()[1] = std::numeric_limits<float>::denorm_min();
  run.model.head.weight().data_ptr<float>()[2] = std::numeric_limits<float>::quiet_NaN();
  run.save(scratch / "run");
  Small loaded;
  load_checkpoint_weights(loaded, open_checkpoint(scratch / "run", kLastCheckpoint));
  CHECK(at::equal(loaded.head.weight().detach().view(at::kInt), run.model.head.weight().detach().view(at::kInt)));
}

TEST_CASE("the weights file is a model's, for every reader of weights") {
  const vs::test::Scratch scratch("vs-checkpoint-test");
  Run(30).save(scratch / "run", kBestCheckpoint);
  const std::string path = checkpoint_files(scratch / "run", kBestCheckpoint).weights;
  Small loaded;
  const nn::LoadReport report = nn::load_weights(loaded, path);
  CHECK(report.match.matched.size() == loaded.entries().size());
  const weights::Checkpoint file = weights::Checkpoint::open(path);
  CHECK(file.tensors().size() == loaded.entries().size());
  CHECK(file.metadata().at("recipe") == "tsn_r50");
  CHECK(file.metadata().at("epoch") == "3");
  CHECK(file.metadata().at("iteration") == "30");
  CHECK(file.metadata().at("format") == "pt");
  CHECK(file.metadata().contains("vs_version"));
}

TEST_CASE("equal runs give equal files") {
  const vs::test::Scratch scratch("vs-checkpoint-test");
  Run(5).save(scratch / "a");
  Run(4).save(scratch / "b");
  Run(5).save(scratch / "b");
  const CheckpointFiles a = checkpoint_files(scratch / "a", "last"), b = checkpoint_files(scratch / "b", "last");
  CHECK(read_file(a.weights) == read_file(b.weights));
  CHECK(read_file(a.state) == read_file(b.state));
}

TEST_CASE("files that do not belong together are refused by name") {
  const vs::test::Scratch scratch("vs-checkpoint-test");
  const std::string folder = scratch / "run";
  Run(10).save(folder, "epoch_1");
  Run(20).save(folder, "last");
  const CheckpointFiles files = checkpoint_files(folder, "last");
  const auto refusal = [&] { return nn::testing::refusal_of([&] { open_checkpoint(folder, "last"); }); };

  const std::string good = read_file(files.weights), good_state = read_file(files.state);
  write_file_atomically(files.weights, read_file(checkpoint_files(folder, "epoch_1").weights));
  CHECK(refusal().find("last.safetensors: is not the file that") != std::string::npos);
  write_file_atomically(files.weights, good);
  flip_a_bit(files.weights);
  CHECK(refusal().find("is not the file that") != std::string::npos);
  FoundCheckpoint found = find_checkpoint(folder);
  REQUIRE(found.checkpoint.has_value());
  CHECK(found.checkpoint->name == "epoch_1");
  CHECK(iteration_of(*found.checkpoint) == 10);
  CHECK(found.refused.size() == 1);

  fs::remove(files.weights);
  CHECK(refusal().find("last.safetensors: is missing") != std::string::npos);
  write_file_atomically(files.weights, good);
  write_file_atomically(files.state, std::string_view(good_state).substr(0, good_state.size() - 1));
  CHECK(refusal().find("last.state.safetensors") != std::string::npos);
  CHECK(find_checkpoint(folder).checkpoint->name == "epoch_1");
  fs::remove(files.state);
  CHECK(refusal().find("last.state.safetensors") != std::string::npos);
  // A weights file alone is no checkpoint to go on from, and no fault.
  found = find_checkpoint(folder);
  CHECK(found.checkpoint->name == "epoch_1");
  CHECK(found.refused.empty());
  fs::copy_file(files.weights, files.state);
  CHECK(refusal().find("holds no state of a training run") != std::string::npos);
}

TEST_CASE("documents that were tampered with are refused") {
  const vs::test::Scratch scratch("vs-checkpoint-test");
  const std::string folder = scratch / "run";
  Run(10).save(folder);
  const std::string path = checkpoint_files(folder, "last").state, good = read_file(path);
  const auto refusal = [&](const std::string& from, const std::string& to) {
    REQUIRE(from.size() == to.size());
    std::string bytes = good;
    const size_t at = bytes.find(from);
    REQUIRE(at != std::string::npos);
    write_file_atomically(path, bytes.replace(at, from.size(), to));
    return nn::testing::refusal_of([&] { open_checkpoint(folder, "last"); });
  };
  CHECK(refusal("training_state/1", "training_state/2").find("newer") != std::string::npos);
  CHECK(refusal("\\\"iteration\\\": 10", "\\\"iteration\\\": -1").find("iteration") != std::string::npos);
  CHECK(refusal("\\\"epoch\\\": 1,", "\\\"epoke\\\": 1,").find("epoke") != std::string::npos);
  CHECK(refusal("task.place", "tusk.place").find("tusk.place") != std::string::npos);
  CHECK(refusal("18446744073709551615", "-8446744073709551615").find("seed") != std::string::npos);
}

TEST_CASE("the whole checkpoint that is furthest is found") {
  const vs::test::Scratch scratch("vs-checkpoint-test");
  const std::string folder = scratch / "run";
  CHECK_FALSE(find_checkpoint(folder).checkpoint.has_value());
  fs::create_directory(folder);
  CHECK_FALSE(find_checkpoint(folder).checkpoint.has_value());
  Run(20).save(folder, "epoch_2");
  Run(100).save(folder, "epoch_10");
  CHECK(find_checkpoint(folder).checkpoint->name == "epoch_10");
  Run(100).save(folder, "best");
  Run(100).save(folder, "last");
  CHECK(find_checkpoint(folder).checkpoint->name == "last");
  Run(99).save(folder, "last");
  CHECK(find_checkpoint(folder).checkpoint->name == "best");
  for (const char* name : {"epoch_2", "epoch_10", "best", "last"}) flip_a_bit(checkpoint_files(folder, name).weights);
  const std::string message = nn::testing::refusal_of([&] { find_checkpoint(folder); });
  CHECK(message.find("holds no whole checkpoint") != std::string::npos);
  CHECK(message.find("epoch_10.safetensors") != std::string::npos);
}

TEST_CASE("weights of another model are refused, the model stays") {
  const vs::test::Scratch scratch("vs-checkpoint-test");
  Run(10).save(scratch / "run");
  const SavedCheckpoint saved = open_checkpoint(scratch / "run", "last");
  struct Other : nn::Module {
    explicit Other(const char* name, int64_t classes, at::ScalarType dtype = at::kFloat) {
      child<nn::Linear>("head", 3, classes);
      if (*name != 0) child<nn::BatchNorm>(name, classes);
      materialize(dtype);
      for (const nn::Entry& entry : entries()) entry.tensor->detach().zero_();
    }
  };
  const auto refusal = [&](nn::Module& other) {
    const std::string message = nn::testing::refusal_of([&] { load_checkpoint_weights(other, saved); });
    for (const nn::Entry& entry : other.entries()) CHECK(entry.tensor->eq(0).all().item<bool>());
    return message;
  };
  Other more("normal", 4), fewer("", 4), wider("norm", 5), twice("norm", 4, at::kDouble);
  CHECK(refusal(more).find("lacks normal.weight") != std::string::npos);
  CHECK(refusal(fewer).find("which the model has not") != std::string::npos);
  CHECK(refusal(wider).find("[5, 3]") != std::string::npos);
  CHECK(refusal(twice).find("float64") != std::string::npos);
}

TEST_CASE("a run goes on with what it was started with") {
  const Run run(1);
  nlohmann::ordered_json now = *run.state.fingerprint;
  CHECK_NOTHROW(require_same_run(run.state, now, "runs/a"));
  now["recipe"]["lr"] = 0.02;
  const std::string message = nn::testing::refusal_of([&] { require_same_run(run.state, now, "runs/a"); });
  CHECK(message.starts_with("runs/a: recipe.lr was 0.01, is 0.02"));
  now = *run.state.fingerprint;
  now["threads"] = 2;
  CHECK_THROWS_AS(require_same_run(run.state, now, "runs/a"), UsageError);
  CHECK_THROWS_AS(require_same_run(TrainingState{}, now, "runs/a"), UsageError);
}

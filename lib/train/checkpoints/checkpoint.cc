#include "lib/train/checkpoints/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <tuple>

#include "lib/core/descriptor.h"
#include "lib/core/error.h"
#include "lib/core/fast_hash.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/core/version.h"
#include "lib/nn/loading.h"
#include "lib/nn/tensor_file.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"
#include "lib/weights/checkpoint.h"

namespace vs::train {
namespace {

namespace fs = std::filesystem;
using store::Json;

constexpr const char* kStateEnding = ".state.safetensors";
constexpr const char* kDocumentKey = "training_state";
constexpr const char* kSchema = "vs.training_state";
constexpr int kSchemaNumber = 1;
constexpr const char* kOptimizer = "optimizer.";
constexpr const char* kTask = "task.";
constexpr const char* kAverage = "average.";

/// Under which the weights wait until the state has been renamed.
std::string hidden_weights(const CheckpointFiles& files) {
  const fs::path path(files.weights);
  return (path.parent_path() / fmt::format(".{}.new", path.filename().string())).string();
}

/// Which bytes a file holds.
struct Identity {
  uint64_t size = 0;
  std::string hash;
  bool operator==(const Identity&) const = default;
};

Identity identity_of(const std::string& path) {
  const Descriptor file = Descriptor::open_to_read(path);
  FastHash hash;
  Identity identity;
  std::vector<uint8_t> buffer(size_t{1} << 20U);
  for (;;) {
    // Signals do not stop it: a run that is told to end still saves.
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw DataError(path, std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) break;
    hash.update({buffer.data(), static_cast<size_t>(got)});
    identity.size += static_cast<uint64_t>(got);
  }
  identity.hash = hash.finish();
  return identity;
}

bool holds(const std::string& path, const Identity& identity) {
  std::error_code code;
  return fs::is_regular_file(path, code) && fs::file_size(path, code) == identity.size && identity_of(path) == identity;
}

void rename_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0)
    throw RunError(to, std::string("cannot be replaced: ") + std::strerror(errno));
  const std::string folder = fs::path(to).parent_path().string();
  sync_folder(folder.empty() ? "." : folder);
}

Json document_of(const TrainingState& state, const Identity& weights) {
  if (state.fingerprint && !state.fingerprint->is_object())
    throw std::logic_error("a training state's fingerprint is an object");
  Json best = nullptr, first_loss = nullptr;
  if (state.best) best = {{"metric", state.best->name}, {"value", state.best->value}, {"epoch", state.best->epoch}};
  if (state.first_loss) first_loss = *state.first_loss;
  return {{"schema", fmt::format("{}/{}", kSchema, kSchemaNumber)},
          {"vs_version", version()},
          {"weights", {{"size", weights.size}, {"xxh3_128", weights.hash}}},
          {"epoch", state.epoch},
          {"iteration", state.iteration},
          {"seed", state.seed},
          {"best", best},
          {"first_loss", first_loss},
          {"fingerprint", state.fingerprint ? *state.fingerprint : Json::object()}};
}

/// A state file that is open: its document is checked, its tensors are not read yet.
struct StateFile {
  weights::Checkpoint file;
  Json document;
  Identity weights;
};

StateFile open_state(const std::string& path) {
  weights::Checkpoint file = weights::Checkpoint::open(path);
  const auto found = file.metadata().find(kDocumentKey);
  if (found == file.metadata().end()) throw DataError(path, "holds no state of a training run");
  const store::JsonText text(path, found->second);
  Json document = store::parse_json(text);
  store::check_schema_number(document, kSchema, kSchemaNumber, &text);
  store::validate_json(document, "training_state", &text);
  if (!document["seed"].is_number_unsigned()) throw DataError(path, "seed is no whole number from 0");
  Identity weights{document["weights"]["size"].get<uint64_t>(), document["weights"]["xxh3_128"].get<std::string>()};
  return {std::move(file), std::move(document), std::move(weights)};
}

TrainingState state_of(const StateFile& saved) {
  const Json& document = saved.document;
  TrainingState state;
  state.epoch = document["epoch"].get<int64_t>();
  state.iteration = document["iteration"].get<int64_t>();
  state.seed = document["seed"].get<uint64_t>();
  const Json& best = document["best"];
  if (best.is_object())
    state.best = {best["metric"].get<std::string>(), best["value"].get<double>(), best["epoch"].get<int64_t>()};
  if (document["first_loss"].is_number()) state.first_loss = document["first_loss"].get<double>();
  state.fingerprint = std::make_shared<const Json>(document["fingerprint"]);
  const std::pair<const char*, NamedTensors*> lists[] = {
      {kOptimizer, &state.optimizer}, {kTask, &state.task}, {kAverage, &state.average}};
  for (size_t i = 0; i < saved.file.tensors().size(); ++i) {
    const std::string& name = saved.file.tensors()[i].name;
    const auto* list = std::find_if(std::begin(lists), std::end(lists),
                                    [&](const auto& candidate) { return name.starts_with(candidate.first); });
    if (list == std::end(lists)) throw DataError(saved.file.path(), "holds the unknown tensor " + printable(name));
    list->second->emplace_back(name.substr(std::string_view(list->first).size()), nn::read_tensor(saved.file, i));
  }
  return state;
}

NamedTensors tensors_of(const TrainingState& state) {
  NamedTensors tensors;
  const std::pair<const char*, const NamedTensors*> lists[] = {
      {kOptimizer, &state.optimizer}, {kTask, &state.task}, {kAverage, &state.average}};
  for (const auto& [prefix, list] : lists) {
    for (const auto& [name, tensor] : *list) tensors.emplace_back(prefix + name, tensor);
  }
  return tensors;
}

/// A save that was killed between its two renames has left its weights under the hidden name, where the next save is
/// about to write.
void finish_killed_save(const CheckpointFiles& files, const std::string& hidden) {
  std::error_code code;
  if (!fs::exists(hidden, code)) return;
  bool wanted = false;
  try {
    wanted = holds(hidden, open_state(files.state).weights);
  } catch (const DataError&) {
    // Without a state that can be read the weights belong to nothing.
  }
  if (wanted) rename_file(hidden, files.weights);
}

/// Removes a file at the end of its life, unless released.
class Removal {
 public:
  explicit Removal(std::string path) : path_(std::move(path)) {}
  Removal(const Removal&) = delete;
  Removal& operator=(const Removal&) = delete;
  ~Removal() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
  }
  void release() { path_.clear(); }

 private:
  std::string path_;
};

/// Names of checkpoints whose state is in the folder, best ones to go on from first; faults of those that are
/// unreadable.
std::vector<std::string> names_in(const std::string& folder, std::vector<std::string>& faults) {
  struct Candidate {
    int64_t iteration;
    bool is_not_last;
    std::string name;
    auto rank() const { return std::tuple(-iteration, is_not_last, std::string_view(name)); }
  };
  std::vector<Candidate> candidates;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    std::string name = entry.path().filename().string();
    if (name.starts_with('.') || !name.ends_with(kStateEnding)) continue;
    name.resize(name.size() - std::strlen(kStateEnding));
    try {
      const StateFile saved = open_state(entry.path().string());
      candidates.push_back({saved.document["iteration"].get<int64_t>(), name != kLastCheckpoint, name});
    } catch (const DataError& error) {
      faults.emplace_back(error.what());
    }
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.rank() < b.rank(); });
  std::sort(faults.begin(), faults.end());
  std::vector<std::string> names;
  for (Candidate& candidate : candidates) names.push_back(std::move(candidate.name));
  return names;
}

}  // namespace

CheckpointFiles checkpoint_files(const std::string& folder, const std::string& name) {
  const fs::path path(folder);
  return {(path / (name + ".safetensors")).string(), (path / (name + kStateEnding)).string()};
}

std::string epoch_checkpoint(int64_t epoch) { return fmt::format("epoch_{}", epoch); }

void save_checkpoint(const std::string& folder, const std::string& name, nn::Module& model, const std::string& recipe,
                     const TrainingState& state) {
  const CheckpointFiles files = checkpoint_files(folder, name);
  const std::string hidden = hidden_weights(files);
  make_folders(folder);
  finish_killed_save(files, hidden);
  Removal removal(hidden);
  nn::save_weights(model, hidden,
                   {{"recipe", recipe},
                    {"epoch", std::to_string(state.epoch)},
                    {"iteration", std::to_string(state.iteration)},
                    {"vs_version", version()}});
  const std::string document = store::json_line(document_of(state, identity_of(hidden)));
  nn::write_tensors(files.state, tensors_of(state), {{kDocumentKey, document}});
  removal.release();
  rename_file(hidden, files.weights);
}

SavedCheckpoint open_checkpoint(const std::string& folder, const std::string& name) {
  const CheckpointFiles files = checkpoint_files(folder, name);
  const StateFile saved = open_state(files.state);
  for (const std::string& path : {files.weights, hidden_weights(files)}) {
    if (holds(path, saved.weights)) return {name, path, state_of(saved)};
  }
  std::error_code code;
  if (!fs::exists(files.weights, code))
    throw DataError(files.weights, "is missing", "it belongs to " + files.state + "; both are needed to go on");
  throw DataError(files.weights, "is not the file that " + files.state + " belongs to",
                  "one of them is damaged or of another save");
}

FoundCheckpoint find_checkpoint(const std::string& folder) {
  FoundCheckpoint found;
  for (const std::string& name : names_in(folder, found.refused)) {
    try {
      found.checkpoint = open_checkpoint(folder, name);
      return found;
    } catch (const DataError& error) {
      found.refused.emplace_back(error.what());
    }
  }
  if (!found.refused.empty()) {
    RunError error(folder, "holds no whole checkpoint to go on from", "start anew in another folder");
    for (const std::string& line : found.refused) error.add_context(line);
    throw RunError(error);
  }
  return found;
}

void load_checkpoint_weights(nn::Module& model, const SavedCheckpoint& checkpoint) {
  const weights::Checkpoint file = weights::Checkpoint::open(checkpoint.weights_path);
  const std::vector<nn::Entry> entries = model.entries();
  std::map<std::string_view, size_t> index_of;
  for (size_t i = 0; i < file.tensors().size(); ++i) index_of.emplace(file.tensors()[i].name, i);
  std::vector<size_t> sources;
  for (const nn::Entry& entry : entries) {
    const auto found = index_of.find(entry.name);
    if (found == index_of.end()) throw DataError(file.path(), "lacks " + entry.name, "it is of another model");
    const weights::TensorInfo& info = file.tensors()[found->second];
    if (info.shape != entry.tensor->sizes().vec() || info.dtype != nn::dtype_of(entry.tensor->scalar_type()))
      throw DataError(file.path(), fmt::format("{} is {} {}, in the model {} {}", entry.name,
                                               weights::name_of(info.dtype), weights::shape_text(info.shape),
                                               weights::name_of(nn::dtype_of(entry.tensor->scalar_type())),
                                               weights::shape_text(entry.tensor->sizes().vec())));
    sources.push_back(found->second);
    index_of.erase(found);
  }
  if (!index_of.empty())
    throw DataError(file.path(), "holds " + printable(index_of.begin()->first) + ", which the model has not",
                    "it is of another model");
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < entries.size(); ++i) entries[i].tensor->copy_(nn::read_tensor(file, sources[i]));
}

void require_same_run(const TrainingState& saved, const Json& fingerprint, const std::string& place) {
  const Json before = saved.fingerprint ? *saved.fingerprint : Json::object();
  if (const auto difference = store::first_difference(before, fingerprint))
    throw UsageError(place, *difference, "a run goes on with what it was started with only");
}

}  // namespace vs::train

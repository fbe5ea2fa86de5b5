#include "lib/features/layer_output.h"

#include <ATen/record_function.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/operation_watch.h"

namespace vs::features {
namespace {

/// Notes modules as they begin to run.
class Recorder : public nn::TraceListener {
 public:
  void enter(const nn::Module& module) override {
    if (seen_.insert(&module).second) order_.push_back(&module);
  }
  void leave(const nn::Module&) override {}
  const std::vector<const nn::Module*>& order() const { return order_; }

 private:
  std::unordered_set<const nn::Module*> seen_;
  std::vector<const nn::Module*> order_;
};

void add_paths(nn::Module& module, const std::string& prefix, std::vector<RunningLayer>& paths) {
  for (const auto& child : module.children()) {
    paths.push_back({prefix + child->name(), child.get()});
    add_paths(*child, prefix + child->name() + ".", paths);
  }
}

/// Keeps what a layer gives: what it says itself, else the result of the last operation within it.
class Tap : public nn::TraceListener, public nn::OperationListener {
 public:
  explicit Tap(const nn::Module& layer) : layer_(layer) {}

  void enter(const nn::Module& module) override {
    if (&module == &layer_ && depth_++ == 0) last_.reset();
  }
  void leave(const nn::Module& module) override {
    if (&module == &layer_ && --depth_ == 0 && last_.defined()) outputs_.push_back(std::exchange(last_, at::Tensor()));
  }

  void result(const nn::Module& module, const at::Tensor& tensor) override {
    if (&module == &layer_ && depth_ == 1) last_ = tensor;
  }

  std::unique_ptr<at::ObserverContext> begin_operation(const at::RecordFunction&) override {
    ++operations_;
    return nullptr;
  }
  void end_operation(const at::RecordFunction& function, at::ObserverContext*) override {
    // Operations that others are made of do not count.
    if (--operations_ > 0 || depth_ == 0) return;
    const auto& results = function.outputs();
    if (!results.empty() && results[0].isTensor() && results[0].toTensor().defined()) last_ = results[0].toTensor();
  }

  std::vector<at::Tensor> take() { return std::move(outputs_); }

 private:
  const nn::Module& layer_;
  int64_t depth_ = 0, operations_ = 0;
  at::Tensor last_;
  std::vector<at::Tensor> outputs_;
};

}  // namespace

std::vector<RunningLayer> running_layers(nn::Module& root, const std::function<void()>& forward) {
  Recorder recorder;
  {
    const nn::TraceScope trace(&recorder);
    forward();
  }
  std::vector<RunningLayer> paths, running;
  add_paths(root, "", paths);
  for (const nn::Module* module : recorder.order()) {
    const auto found =
        std::find_if(paths.begin(), paths.end(), [&](const RunningLayer& layer) { return layer.module == module; });
    if (found != paths.end()) running.push_back(*found);
  }
  return running;
}

nn::Module& layer_named(const std::vector<RunningLayer>& layers, nn::Module& root, const std::string& path,
                        const std::string& place) {
  std::vector<std::string> names;
  for (const RunningLayer& layer : layers) {
    if (layer.path == path) return *layer.module;
    names.push_back(layer.path);
  }
  std::vector<RunningLayer> all;
  add_paths(root, "", all);
  const bool exists =
      std::any_of(all.begin(), all.end(), [&](const RunningLayer& layer) { return layer.path == path; });
  if (exists) {
    // The last part of the group is what it ends with.
    std::string part;
    for (const std::string& name : names) {
      if (name.starts_with(path + ".") && name.find('.', path.size() + 1) == std::string::npos) part = name;
    }
    throw UsageError(place, "gives no output of its own", part.empty() ? "" : fmt::format("{} does", part));
  }
  const auto nearest = nearest_word(path, names);
  throw UsageError(
      place, "is no layer of this network",
      nearest ? fmt::format("did you mean {}?", *nearest)
              : fmt::format(
                    "layers are {}",
                    fmt::join(names.begin(), names.begin() + std::min<std::ptrdiff_t>(8, std::ssize(names)), ", ")));
}

nn::Module* find_module(nn::Module& root, const std::string& path) {
  std::vector<RunningLayer> all;
  add_paths(root, "", all);
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const RunningLayer& layer) { return layer.path == path; });
  if (found == all.end()) throw std::logic_error("no module " + path);
  return found->module;
}

std::vector<at::Tensor> outputs_of(const nn::Module& layer, const std::function<void()>& forward) {
  Tap tap(layer);
  {
    const nn::TraceScope trace(&tap);
    const nn::OperationWatch watch(tap);
    forward();
  }
  return tap.take();
}

int64_t channel_axis(const nn::Module& layer, const at::Tensor& output, const std::string& place) {
  if (output.dim() < 2) throw UsageError(place, "gives no features, but single numbers");
  const bool over_last_axis = layer.kind() == "Linear" || layer.kind() == "LayerNorm";
  if (output.dim() <= 3 || over_last_axis) return output.dim() - 1;
  if (!dynamic_cast<const nn::Layer*>(&layer))
    throw UsageError(place, "gives more than one output", "name a part of it");
  return 1;
}

}  // namespace vs::features

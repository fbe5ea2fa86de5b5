#include "lib/flops/counter.h"

#include <ATen/record_function.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/flops/operation_table.h"
#include "lib/nn/meta_kernels.h"
#include "lib/nn/network.h"
#include "lib/nn/operation_watch.h"

namespace vs::flops {
namespace {

/// A row of the table under way, and the row above it.
struct Place {
  const nn::Module* module;
  Place* above;
  std::string path;
  bool weighted = false;  ///< it or a module below has parameters or buffers
  Cost own{};
  std::vector<int64_t> output{};
  int64_t calls = 0;
};

/// What is kept from the beginning of an operation to its end.
struct Underway : at::ObserverContext {
  OperationEntry entry;
  std::vector<c10::IValue> inputs;
};

class Counting : public nn::TraceListener, public nn::OperationListener {
 public:
  Counting(nn::Module& root, const std::string& name) : root_(root) { add_places(root, nullptr, name); }

  void enter(const nn::Module& module) override {
    running_.push_back(&module);
    const auto place = places_.find(&module);
    if (place != places_.end()) ++place->second->calls;
  }
  void leave(const nn::Module& module) override {
    running_.pop_back();
    if (dynamic_cast<const nn::Backbone*>(&module)) backbone_ = &module;
  }

  std::unique_ptr<at::ObserverContext> begin_operation(const at::RecordFunction& function) override {
    auto underway = std::make_unique<Underway>();
    if (opaque_ > 0) {
      ++opaque_;
      return underway;
    }
    underway->entry = find_operation(function.name());
    if (underway->entry.treatment == Treatment::kUnknown && !unknown_) {
      unknown_ = fmt::format("{} in {}", function.name(), describe(place()));
    }
    if (underway->entry.treatment != Treatment::kOpened) ++opaque_;
    if (underway->entry.treatment == Treatment::kCounted) {
      const auto inputs = function.inputs();
      underway->inputs.assign(inputs.begin(), inputs.end());
    }
    return underway;
  }

  void end_operation(const at::RecordFunction& function, at::ObserverContext* kept) override {
    auto& underway = *static_cast<Underway*>(kept);
    if (underway.entry.treatment == Treatment::kOpened) return;
    if (--opaque_ > 0) return;
    Place& at = place();
    const auto& outputs = function.outputs();
    if (outputs.empty()) return;  // it failed
    if (outputs[0].isTensor() && outputs[0].toTensor().defined()) note_output(at, outputs[0].toTensor().sizes().vec());
    if (underway.entry.treatment != Treatment::kCounted) return;
    count(at, {function.name(), std::move(underway.inputs), {outputs.begin(), outputs.end()}, nullptr, backbone_},
          underway.entry.rule);
  }

  /// Operations that nobody saw would be zero in the table.
  void check() {
    if (unknown_) throw RunError(*unknown_, "its cost is not known", "this network cannot be counted");
    for (const auto& [module, place] : places_) {
      const bool leaf = module->children().empty() && place->weighted;
      if (leaf && place->calls > 0 && place->own.by_operation.empty())
        throw RunError(describe(*place), "it ran, but none of its operations was seen",
                       "this network cannot be counted");
    }
  }

  CostNode counted() { return node_of(root_); }

 private:
  void add_places(nn::Module& module, Place* above, const std::string& path) {
    auto& place = places_[&module];
    place = std::make_unique<Place>(Place{&module, above, path, !module.entries().empty()});
    for (const auto& below : module.children()) add_places(*below, place.get(), path + "." + below->name());
  }

  /// Of the innermost module that runs and belongs to the network.
  Place& place() {
    for (auto module = running_.rbegin(); module != running_.rend(); ++module) {
      const auto found = places_.find(*module);
      if (found != places_.end()) return *found->second;
    }
    return *places_.at(&root_);
  }

  static std::string describe(const Place& place) { return fmt::format("{} ({})", place.path, place.module->kind()); }

  static void note_output(Place& place, const std::vector<int64_t>& shape) {
    for (Place* at = &place; at; at = at->above) at->output = shape;
  }

  void count(Place& at, OperationCall call, OperationRule rule) {
    std::vector<const nn::Module*> modules = running_;
    if (modules.empty()) modules.push_back(&root_);
    call.modules = &modules;
    // An exception would end in LibTorch's own log.
    try {
      const OperationCost cost = rule(call);
      at.own.counts += cost.counts;
      at.own.by_operation[cost.heading] += cost.counts;
      at.own.activations += cost.activations;
    } catch (const std::exception&) {
      if (!unknown_) unknown_ = fmt::format("{} in {}", call.name, describe(at));
    }
  }

  CostNode node_of(nn::Module& module) {
    Place& place = *places_.at(&module);
    CostNode node{.name = place.above ? module.name() : place.path, .kind = module.kind()};
    node.own = place.own;
    node.calls = place.calls;
    node.output = place.output;
    for (const auto& below : module.children()) node.children.push_back(node_of(*below));
    add_up_children(node);
    node.parameters = 0;
    for (const nn::Entry& entry : module.entries()) {
      if (entry.kind == nn::EntryKind::kParameter) node.parameters += entry.tensor->numel();
    }
    return node;
  }

  nn::Module& root_;
  std::unordered_map<const nn::Module*, std::unique_ptr<Place>> places_;
  std::vector<const nn::Module*> running_;
  const nn::Module* backbone_ = nullptr;  ///< the last that finished
  int64_t opaque_ = 0;                    ///< operations under way, from the one that is counted or free inwards
  std::optional<std::string> unknown_;
};

}  // namespace

at::Tensor shape_only(const std::vector<int64_t>& shape) {
  return at::empty(shape, at::device(at::kMeta).dtype(at::kFloat));
}

CostNode count_forward(nn::Module& root, const std::string& name, const std::function<void()>& forward) {
  nn::register_meta_kernels();
  Counting counting(root, name);
  {
    const at::NoGradGuard no_gradients;
    const nn::TraceScope trace(&counting);
    const nn::OperationWatch watch(counting);
    try {
      forward();
    } catch (const c10::Error& error) {
      std::string finding = error.what_without_backtrace();
      throw DataError(name, printable(finding.substr(0, finding.find('\n'))), "does the shape fit the network?");
    }
  }
  counting.check();
  return counting.counted();
}

}  // namespace vs::flops

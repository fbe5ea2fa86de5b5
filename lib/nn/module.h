// A part of a network: named parameters, buffers and children, and what holds for all of them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/nn/noise.h"
#include "lib/nn/torch.h"

namespace vs::nn {

enum class EntryKind { kParameter, kBuffer };

/// One line of a state dict. `name` is the reference implementation's own, from the module asked on.
struct Entry {
  std::string name;
  at::Tensor* tensor = nullptr;
  EntryKind kind = EntryKind::kParameter;
};

/// How a network is made ready for inference. See Module::prepare().
struct InferenceOptions {
  at::ScalarType dtype = at::kFloat;  ///< kFloat, kBFloat16 or kHalf: what the large operations compute in
};

class Module;

/// Told about every module that runs on this thread while it is set; what vs-flops counts with.
class TraceListener {
 public:
  virtual ~TraceListener() = default;
  virtual void enter(const Module& module) = 0;
  virtual void leave(const Module& module) = 0;
  /// What a module of one result gives, just before it is left.
  virtual void result(const Module&, const at::Tensor&) {}
};

/// Sets the thread's listener for its lifetime.
class TraceScope {
 public:
  explicit TraceScope(TraceListener* listener);
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;
  ~TraceScope();

 private:
  TraceListener* before_;
};

/// Base of all layers and networks.
///
/// A constructor names its parts by parameter(), buffer() and child(); tensors are made on the meta device, without
/// memory, so that a network of any size is built, listed and counted at once. materialize() gives them memory; their
/// values come from a checkpoint or an initialisation. Order and names of entries are those of the state_dict of the
/// reference. Neither copied nor moved: children are referred to.
class Module {
 public:
  Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  virtual ~Module() = default;

  /// Own parameters, own buffers, then the children's, in the order in which they were named.
  std::vector<Entry> entries();
  /// The last component of the name that the parent gave; empty at the root.
  const std::string& name() const { return name_; }
  /// What kind of layer it is, for tables: "Conv2d".
  virtual std::string kind() const { return "Module"; }
  const std::vector<std::unique_ptr<Module>>& children() const { return children_; }

  /// Names a child; modules that only group others are built with child<Module>("name"). A child without a name adds
  /// nothing to the names of its entries.
  template <class M, class... Arguments>
  M& child(const std::string& name, Arguments&&... arguments) {
    auto made = std::make_unique<M>(std::forward<Arguments>(arguments)...);
    M& result = *made;
    adopt(name, std::move(made));
    return result;
  }

  /// Training or evaluation mode, with all children. Modules begin in evaluation mode.
  void train(bool on = true);
  bool training() const { return training_; }
  /// Where drop-out and stochastic depth take their draws from in training; borrowed. With all children.
  void set_noise(NoiseSource* noise);

  /// Gives every tensor that has no memory some, uninitialised (counters: zero; tables of a module's own: their
  /// values); floating-point ones become `dtype`.
  void materialize(at::ScalarType dtype = at::kFloat, at::Device device = at::kCPU);
  /// Converts floating-point entries.
  void convert(at::ScalarType dtype);
  /// Moves every entry to a device; those without memory stay without. Not while prepared, and before an optimiser
  /// knows the parameters: they are others afterwards.
  void move(at::Device device);
  /// Parameters require gradients or not.
  void require_gradients(bool on);

  /// Makes evaluation fast: folds batch normalisation, packs weights. Weights are fixed from then on: entries still
  /// show the loaded ones, changing them has no effect until prepare() is called again. Results agree with those before
  /// to rounding. Throws std::logic_error in training mode.
  void prepare(const InferenceOptions& options);
  /// Undoes prepare().
  void unprepare();

 protected:
  /// A parameter of this module; the reference holds as long as the module.
  at::Tensor& parameter(std::string name, at::IntArrayRef shape);
  at::Tensor& buffer(std::string name, at::IntArrayRef shape, at::ScalarType dtype = at::kFloat);
  void adopt(std::string name, std::unique_ptr<Module> module);
  NoiseSource& noise() const;
  /// Gives buffers whose values are the module's own these values, once materialize() has given them memory.
  virtual void fill_buffers() {}
  /// What prepare() does for this module itself, after its children.
  virtual void prepare_self(const InferenceOptions&) {}
  virtual void unprepare_self() {}

 private:
  struct Slot {
    std::string name;
    at::Tensor tensor;
    EntryKind kind;
  };
  void collect(const std::string& prefix, std::vector<Entry>& entries);
  void for_each(const std::function<void(Module&)>& visit);

  std::string name_;
  std::deque<Slot> slots_;
  std::vector<std::unique_ptr<Module>> children_;
  bool training_ = false;
  NoiseSource* noise_ = nullptr;
};

/// Tells the thread's listener that a module runs, for the lifetime of the object.
class Running {
 public:
  explicit Running(const Module& module);
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();
  /// Tells the listener what the module gives, and returns it.
  at::Tensor result(at::Tensor tensor) const;

 private:
  const Module& module_;
  TraceListener* listener_;
};

/// A module of one tensor in, one tensor out.
class Layer : public Module {
 public:
  at::Tensor operator()(const at::Tensor& x) {
    const Running running(*this);
    return running.result(forward(x));
  }

 protected:
  virtual at::Tensor forward(const at::Tensor& x) = 0;
};

/// Layers one after the other, named "0", "1", ... unless told otherwise.
class Sequence : public Layer {
 public:
  std::string kind() const override { return "Sequence"; }
  /// Adds a layer under the next number.
  template <class L, class... Arguments>
  L& add(Arguments&&... arguments) {
    return add_named<L>(std::to_string(layers_.size()), std::forward<Arguments>(arguments)...);
  }
  template <class L, class... Arguments>
  L& add_named(const std::string& name, Arguments&&... arguments) {
    L& layer = child<L>(name, std::forward<Arguments>(arguments)...);
    layers_.push_back(&layer);
    return layer;
  }
  size_t size() const { return layers_.size(); }
  Layer& operator[](size_t i) { return *layers_[i]; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;

 private:
  std::vector<Layer*> layers_;
};

}  // namespace vs::nn

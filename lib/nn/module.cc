#include "lib/nn/module.h"

#include <stdexcept>

#include "lib/nn/meta_kernels.h"

namespace vs::nn {
namespace {

TraceListener*& thread_listener() {
  thread_local TraceListener* listener = nullptr;
  return listener;
}

}  // namespace

TraceScope::TraceScope(TraceListener* listener) : before_(std::exchange(thread_listener(), listener)) {}
TraceScope::~TraceScope() { thread_listener() = before_; }

Running::Running(const Module& module) : module_(module), listener_(thread_listener()) {
  if (listener_) listener_->enter(module_);
}
Running::~Running() {
  if (listener_) listener_->leave(module_);
}
at::Tensor Running::result(at::Tensor tensor) const {
  if (listener_) listener_->result(module_, tensor);
  return tensor;
}

at::Tensor& Module::parameter(std::string name, at::IntArrayRef shape) {
  register_meta_kernels();
  slots_.push_back({std::move(name), at::empty(shape, at::device(at::kMeta).dtype(at::kFloat)), EntryKind::kParameter});
  return slots_.back().tensor;
}

at::Tensor& Module::buffer(std::string name, at::IntArrayRef shape, at::ScalarType dtype) {
  slots_.push_back({std::move(name), at::empty(shape, at::device(at::kMeta).dtype(dtype)), EntryKind::kBuffer});
  return slots_.back().tensor;
}

void Module::adopt(std::string name, std::unique_ptr<Module> module) {
  module->name_ = std::move(name);
  children_.push_back(std::move(module));
}

NoiseSource& Module::noise() const {
  if (!noise_) throw std::logic_error("no source of noise is set for training");
  return *noise_;
}

void Module::collect(const std::string& prefix, std::vector<Entry>& entries) {
  for (const EntryKind kind : {EntryKind::kParameter, EntryKind::kBuffer}) {
    for (Slot& slot : slots_) {
      if (slot.kind == kind) entries.push_back({prefix + slot.name, &slot.tensor, kind});
    }
  }
  // A child without a name adds nothing: its entries are its parent's own.
  for (const auto& module : children_)
    module->collect(module->name_.empty() ? prefix : prefix + module->name_ + ".", entries);
}

std::vector<Entry> Module::entries() {
  std::vector<Entry> entries;
  collect("", entries);
  return entries;
}

void Module::for_each(const std::function<void(Module&)>& visit) {
  for (const auto& module : children_) module->for_each(visit);
  visit(*this);
}

void Module::train(bool on) {
  for_each([&](Module& module) {
    if (on) module.unprepare_self();
    module.training_ = on;
  });
}

void Module::set_noise(NoiseSource* noise) {
  for_each([&](Module& module) { module.noise_ = noise; });
}

void Module::materialize(at::ScalarType dtype, at::Device device) {
  for_each([&](Module& module) {
    bool filled = false;
    for (Slot& slot : module.slots_) {
      at::Tensor& tensor = slot.tensor;
      if (!tensor.is_meta()) continue;
      filled = true;
      const auto type = tensor.is_floating_point() ? dtype : tensor.scalar_type();
      const auto options = at::device(device).dtype(type);
      tensor = tensor.is_floating_point() ? at::empty(tensor.sizes(), options) : at::zeros(tensor.sizes(), options);
    }
    if (filled) module.fill_buffers();
  });
}

void Module::convert(at::ScalarType dtype) {
  for (const Entry& entry : entries()) {
    if (entry.tensor->is_floating_point()) *entry.tensor = entry.tensor->to(dtype);
  }
}

void Module::move(at::Device device) {
  for (const Entry& entry : entries()) {
    at::Tensor& tensor = *entry.tensor;
    if (tensor.is_meta() || tensor.device() == device) continue;
    // A leaf of its own, as it was.
    tensor = tensor.detach().to(device).set_requires_grad(tensor.requires_grad());
  }
}

void Module::require_gradients(bool on) {
  for (const Entry& entry : entries()) {
    if (entry.kind == EntryKind::kParameter) entry.tensor->set_requires_grad(on);
  }
}

void Module::prepare(const InferenceOptions& options) {
  for_each([&](Module& module) {
    if (module.training_) throw std::logic_error("a module in training mode cannot be prepared for inference");
    module.prepare_self(options);
  });
}

void Module::unprepare() {
  for_each([](Module& module) { module.unprepare_self(); });
}

at::Tensor Sequence::forward(const at::Tensor& x) {
  at::Tensor y = x;
  for (Layer* layer : layers_) y = (*layer)(y);
  return y;
}

}  // namespace vs::nn

// Which work a device was asked to record, and what it refused.
#pragma once

#include <string>
#include <vector>

#include "lib/nn/device.h"

namespace vs::cuda::testing {

/// Stands before the backend of a device while it lives.
class Watched final : public nn::DeviceBackend {
 public:
  explicit Watched(at::Device device) : type_(device.type()), other_(*nn::backend_of(device)) {
    nn::set_backend(type_, this);
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  ~Watched() override { nn::set_backend(type_, &other_); }

  at::DeviceType type() const override { return type_; }
  int count(const std::string& needed_by) const override { return other_.count(needed_by); }
  std::string open(int index, const std::string& needed_by) const override { return other_.open(index, needed_by); }
  const nn::DeviceOperations& operations() const override { return other_.operations(); }
  void synchronize(int index) const override { other_.synchronize(index); }
  nn::DeviceMemory memory(int index) const override { return other_.memory(index); }
  void reset_peak_memory(int index) const override { other_.reset_peak_memory(index); }
  std::unique_ptr<nn::DeviceGraph> record(int index, const std::function<void()>& work) const override {
    try {
      auto graph = other_.record(index, work);
      ++recorded;
      return graph;
    } catch (const c10::Error& error) {
      refusals.emplace_back(error.what_without_backtrace());
      throw;
    }
  }
  std::unique_ptr<nn::DeviceCollectives> connect(c10d::Store& store, int index, int rank, int size,
                                                 std::chrono::milliseconds timeout) const override {
    return other_.connect(store, index, rank, size, timeout);
  }

  mutable int recorded = 0;
  mutable std::vector<std::string> refusals;

 private:
  at::DeviceType type_;
  const nn::DeviceBackend& other_;
};

}  // namespace vs::cuda::testing

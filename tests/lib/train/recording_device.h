// The fake device, whose recordings are counted.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lib/nn/device.h"
#include "tests/support/fake_device/fake_device.h"

namespace vs::train::testing {

/// Replays, counted.
class CountedGraph final : public nn::DeviceGraph {
 public:
  CountedGraph(std::unique_ptr<nn::DeviceGraph> graph, int64_t& replays)
      : graph_(std::move(graph)), replays_(replays) {}
  void replay() override {
    ++replays_;
    graph_->replay();
  }

 private:
  std::unique_ptr<nn::DeviceGraph> graph_;
  int64_t& replays_;
};

class RecordingDevice final : public nn::DeviceBackend {
 public:
  RecordingDevice() { nn::set_backend(fake_.device().type(), this); }
  RecordingDevice(const RecordingDevice&) = delete;
  RecordingDevice& operator=(const RecordingDevice&) = delete;
  ~RecordingDevice() override { nn::set_backend(fake_.device().type(), nullptr); }
  at::Device device() const { return fake_.device(); }
  at::DeviceType type() const override { return real().type(); }
  int count(const std::string& needed_by) const override { return real().count(needed_by); }
  std::string open(int index, const std::string& needed_by) const override { return real().open(index, needed_by); }
  const nn::DeviceOperations& operations() const override { return real().operations(); }
  void synchronize(int index) const override { real().synchronize(index); }
  nn::DeviceMemory memory(int index) const override { return real().memory(index); }
  void reset_peak_memory(int index) const override { real().reset_peak_memory(index); }
  std::unique_ptr<nn::DeviceGraph> record(int index, const std::function<void()>& work) const override {
    ++recordings;
    TORCH_CHECK(!refuses, "nothing can be recorded\nhere");
    return std::make_unique<CountedGraph>(real().record(index, work), replays);
  }
  std::unique_ptr<nn::DeviceCollectives> connect(c10d::Store&, int, int, int,
                                                 std::chrono::milliseconds) const override {
    return nullptr;
  }
  bool refuses = false;  ///< to record
  mutable int64_t recordings = 0, replays = 0;

 private:
  static const nn::DeviceBackend& real() { return test::FakeDevice::backend(); }
  test::FakeDevice fake_;
};

}  // namespace vs::train::testing

#include "tests/support/fake_device/streams.h"

#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <atomic>
#include <map>
#include <mutex>
#include <utility>

namespace vs::test::fake {
namespace {

c10::StreamId& current_id() {
  thread_local c10::StreamId id = 0;
  return id;
}

c10::Stream stream_of(c10::StreamId id) { return c10::Stream(c10::Stream::UNSAFE, fake_device(), id); }

/// Which streams are recorded.
class Captures {
 public:
  std::shared_ptr<Capture> of(c10::StreamId stream) {
    if (count_.load() == 0) return nullptr;
    const std::lock_guard lock(mutex_);
    const auto found = by_stream_.find(stream);
    return found == by_stream_.end() ? nullptr : found->second;
  }

  void join(c10::StreamId stream, const std::shared_ptr<Capture>& capture) {
    const std::lock_guard lock(mutex_);
    by_stream_[stream] = capture;
    count_ = by_stream_.size();
  }

  void leave(const std::shared_ptr<Capture>& capture) {
    const std::lock_guard lock(mutex_);
    std::erase_if(by_stream_, [&](const auto& entry) { return entry.second == capture; });
    count_ = by_stream_.size();
  }

 private:
  std::mutex mutex_;
  std::map<c10::StreamId, std::shared_ptr<Capture>> by_stream_;
  std::atomic<size_t> count_ = 0;
};

Captures& captures() {
  static auto* const kCaptures = new Captures;
  return *kCaptures;
}

/// A place in a stream; that of one that is recorded is known to its recording alone.
struct Event {
  std::weak_ptr<Capture> capture;
  bool captured = false;
};

class Guard final : public c10::impl::DeviceGuardImplInterface {
 public:
  at::DeviceType type() const override { return kFakeType; }
  at::Device exchangeDevice(at::Device) const override { return fake_device(); }
  at::Device getDevice() const override { return fake_device(); }
  void setDevice(at::Device) const override {}
  void uncheckedSetDevice(at::Device) const noexcept override {}
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }

  c10::Stream getStream(at::Device) const override { return current_stream(); }
  c10::Stream getDefaultStream(at::Device) const override { return stream_of(0); }
  c10::Stream getStreamFromGlobalPool(at::Device, bool) const override { return new_stream(); }
  c10::Stream getNewStream(at::Device, int) const override { return new_stream(); }
  c10::Stream exchangeStream(c10::Stream stream) const override {
    return stream_of(std::exchange(current_id(), stream.id()));
  }

  void record(void** event, const c10::Stream& stream, c10::DeviceIndex, c10::EventFlag) const override {
    if (!*event) *event = new Event;
    const auto capture = captures().of(stream.id());
    *static_cast<Event*>(*event) = {capture, capture != nullptr};
  }

  void block(void* event, const c10::Stream& stream) const override {
    const auto own = captures().of(stream.id());
    const auto* const place = static_cast<const Event*>(event);
    const auto of_event = place && place->captured ? place->capture.lock() : nullptr;
    if (of_event == own) return;
    if (!own) return captures().join(stream.id(), of_event);
    own->fail("a stream that is recorded waits for one that is not");
    TORCH_CHECK(false, "a stream that is recorded waits for what is not part of the recording");
  }

  bool queryEvent(void*) const override { return true; }
  void destroyEvent(void* event, c10::DeviceIndex) const noexcept override { delete static_cast<Event*>(event); }
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream& stream) const override {
    const auto capture = captures().of(stream.id());
    if (!capture) return;
    capture->fail("waits for a stream that is recorded");
    TORCH_CHECK(false, "waits for a stream that is recorded");
  }
  void synchronizeEvent(void*) const override { refuse_in_capture("waits for an event"); }
  void synchronizeDevice(c10::DeviceIndex) const override { wait_for_device(); }
  double elapsedTime(void*, void*, c10::DeviceIndex) const override { return 0; }
};

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

}  // namespace

c10::Stream current_stream() { return stream_of(current_id()); }

c10::Stream new_stream() {
  static std::atomic<c10::StreamId> next = 1;
  return stream_of(next++);
}

std::shared_ptr<Capture> begin_capture(const c10::Stream& stream) {
  TORCH_CHECK(!captures().of(stream.id()), "the stream is recorded already");
  auto capture = std::make_shared<Capture>();
  captures().join(stream.id(), capture);
  return capture;
}

void end_capture(const std::shared_ptr<Capture>& capture) { captures().leave(capture); }

std::shared_ptr<Capture> current_capture() { return captures().of(current_id()); }

void wait_for_device() { refuse_in_capture("waits for the device"); }

}  // namespace vs::test::fake

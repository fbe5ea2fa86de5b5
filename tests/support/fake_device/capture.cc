#include "tests/support/fake_device/capture.h"

#include <ATen/core/LegacyTypeDispatch.h>

#include <cstring>

namespace vs::test::fake {

void Capture::created(const c10::Storage& cpu) {
  const std::lock_guard lock(mutex_);
  created_.push_back(cpu);
  own_.insert(cpu.unsafeGetStorageImpl());
}

void Capture::will_write(const c10::Storage& cpu) {
  const std::lock_guard lock(mutex_);
  const c10::StorageImpl* const impl = cpu.unsafeGetStorageImpl();
  if (own_.contains(impl) || before_.contains(impl)) return;
  const auto* const bytes = static_cast<const std::byte*>(cpu.data());
  before_.emplace(impl, std::pair(cpu, std::vector<std::byte>(bytes, bytes + cpu.nbytes())));
}

void Capture::append(Call call) {
  const std::lock_guard lock(mutex_);
  // What it made itself stays; what was there before may be freed under it.
  std::erase_if(call.reads, [&](const auto& read) { return own_.contains(read.first.unsafeGetStorageImpl()); });
  for (auto& read : call.reads) read.first = c10::Storage();
  calls_.push_back(std::move(call));
}

void Capture::fail(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (failure_.empty()) failure_ = why;
}

void Capture::put_back() {
  for (auto& [impl, saved] : before_) {
    auto& [memory, bytes] = saved;
    if (memory.nbytes() == bytes.size() && !bytes.empty())
      std::memcpy(const_cast<void*>(memory.data()), bytes.data(), bytes.size());
  }
  before_.clear();
  for (const c10::Storage& memory : created_) poison(memory);
}

void Capture::end() {
  const std::lock_guard lock(mutex_);
  put_back();
  TORCH_CHECK(failure_.empty(), "the recording failed before: ", failure_);
}

void Capture::replay() const {
  const at::AutoDispatchBelowADInplaceOrView values_only;
  const c10::impl::ExcludeDispatchKeyGuard as_recorded(c10::autocast_dispatch_keyset);
  for (const Call& call : calls_) {
    for (const auto& [memory, freed] : call.reads)
      TORCH_CHECK(!freed->load(), call.name, ": was recorded with memory that has been freed since");
    call.again();
  }
}

void refuse_in_capture(const std::string& what) {
  const auto capture = current_capture();
  if (!capture) return;
  capture->fail(what);
  TORCH_CHECK(false, "operation not permitted when stream is capturing: ", what);
}

}  // namespace vs::test::fake

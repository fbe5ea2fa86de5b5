#include "lib/core/fast_hash.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <new>

namespace vs {

struct FastHash::Impl {
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state{XXH3_createState()};
};

FastHash::FastHash() : impl_(std::make_unique<Impl>()) {
  if (!impl_->state || XXH3_128bits_reset(impl_->state.get()) == XXH_ERROR) throw std::bad_alloc();
}
FastHash::FastHash(FastHash&&) noexcept = default;
FastHash& FastHash::operator=(FastHash&&) noexcept = default;
FastHash::~FastHash() = default;

void FastHash::update(std::span<const uint8_t> bytes) {
  XXH3_128bits_update(impl_->state.get(), bytes.data(), bytes.size());
}

std::string FastHash::finish() {
  const XXH128_hash_t hash = XXH3_128bits_digest(impl_->state.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace vs

#include "lib/train/loop/autocast.h"

#include <ATen/autocast_mode.h>

namespace vs::train {

Autocast::Autocast(bool on) : was_on_(is_on()), type_(at::autocast::get_autocast_dtype(at::kCPU)) {
  at::autocast::set_autocast_enabled(at::kCPU, on);
  if (on) at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
}

Autocast::~Autocast() {
  // What was cast for the steps outside is still good there.
  if (!was_on_) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(at::kCPU, was_on_);
  at::autocast::set_autocast_dtype(at::kCPU, type_);
}

bool Autocast::is_on() { return at::autocast::is_autocast_enabled(at::kCPU); }

}  // namespace vs::train

#include "lib/train/loop/autocast.h"

#include <ATen/autocast_mode.h>

namespace vs::train {

Autocast::Autocast(at::DeviceType device, at::ScalarType type)
    : device_(device),
      was_on_(at::autocast::is_autocast_enabled(device)),
      type_(at::autocast::get_autocast_dtype(device)) {
  const bool on = type != at::kFloat;
  at::autocast::set_autocast_enabled(device, on);
  if (on) at::autocast::set_autocast_dtype(device, type);
}

Autocast::~Autocast() {
  // What was cast for the steps outside is still good there.
  if (!was_on_) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, was_on_);
  at::autocast::set_autocast_dtype(device_, type_);
}

at::ScalarType Autocast::type_on(at::DeviceType device) {
  return at::autocast::is_autocast_enabled(device) ? at::autocast::get_autocast_dtype(device) : at::kFloat;
}

}  // namespace vs::train

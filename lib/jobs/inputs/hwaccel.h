// --hwaccel: which device decodes the videos of a run.
#pragma once

#include <memory>
#include <string>

#include "lib/cli/option_table.h"
#include "lib/cli/parsed_options.h"
#include "lib/core/log.h"
#include "lib/media/device_pictures.h"
#include "lib/media/hardware_device.h"

namespace vs::jobs {

/// What --hwaccel came to.
struct Hwaccel {
  std::shared_ptr<const media::HardwareDevice> device;  ///< null: the CPU decodes
  std::string note;                                     ///< what `auto` chose and why; else empty

  /// For the manifest: the kind of device whatever its number, or "none". A run of `auto` is recorded as what it was.
  std::string parameter() const { return device ? device->kind() : "none"; }
  /// Tells what `auto` chose.
  void tell(Log& log) const {
    if (!note.empty()) log.info(note);
  }
};

/// --hwaccel. more: what a program's people should know of it, sentences.
void add_hwaccel(cli::OptionTable& table, const std::string& more = {});

/// Opens what --hwaccel names. `cuda` is GPU number `gpu`, `auto` that one if it opens, else the CPU. Throws as
/// HardwareDevice::open().
Hwaccel open_hwaccel(const cli::ParsedOptions& parsed, int gpu = 0);

/// What makes arrays of frames where they were decoded, for a network on GPU number `gpu`; null where they are decoded
/// elsewhere, or into memory that kernels do not reach. Throws as plugin::load_device_pictures().
const media::DevicePicturesMaker* device_pictures(const Hwaccel& hwaccel, int gpu);

}  // namespace vs::jobs

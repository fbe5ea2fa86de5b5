// --hwaccel: which device decodes the videos of a run.
#pragma once

#include <memory>
#include <string>

#include "lib/cli/option_table.h"
#include "lib/cli/parsed_options.h"
#include "lib/core/log.h"
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

/// --hwaccel.
void add_hwaccel(cli::OptionTable& table);

/// Opens what --hwaccel names. `auto` is CUDA's first GPU if that opens, else the CPU. Throws as
/// HardwareDevice::open().
Hwaccel open_hwaccel(const cli::ParsedOptions& parsed);

}  // namespace vs::jobs

// File layouts of published training code: names, numbering, size, rate and quality, so that its loaders read our
// folders.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/media/image_convert.h"
#include "lib/media/image_size.h"

namespace vs::jobs {

/// How a layout thins out frames in time.
enum class LayoutRate {
  kAllFrames,          ///< every decoded frame
  kConstantRate,       ///< FFmpeg's constant-rate output without a rate: repeats and drops in variable-rate files
  kRate30OwnDuration,  ///< `-r 30` without filters
};

/// Defaults that a layout sets; options on the command line go before them.
struct Layout {
  std::string name, help;
  std::string file_template;
  int start_index = 0;
  int quality = 95;  ///< libjpeg's
  LayoutRate rate = LayoutRate::kAllFrames;
  media::SizePolicy size;                                     ///< kKeep: no size of its own
  media::SideRounding rounding = media::SideRounding::kEven;  ///< of the long side where --short-side is given
  bool only_smaller = false;                                  ///< with --short-side
  media::Interpolation interpolation = media::Interpolation::kBilinear;
};

/// All layouts in the order of the help.
const std::vector<Layout>& layouts();
/// By name; throws std::logic_error for another (the option table has checked it).
const Layout& layout_named(const std::string& name);

}  // namespace vs::jobs

// What the motion file of a run holds, next to what the source gives.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "lib/jobs/motion/motion_options.h"
#include "lib/jobs/motion/motion_source.h"
#include "lib/store/motion_file.h"

namespace vs::jobs {

/// The values of the source, or curves made of them.
class FileValues {
 public:
  /// source: of the values that come in. Throws UsageError if raw values are asked for and the source has curves.
  FileValues(const MotionOptions& options, const store::MotionInfo& source);

  /// Of the values in the file.
  const store::MotionInfo& info() const { return info_; }
  /// True if the file holds other values than the source gives.
  bool differ() const { return differ_; }
  /// Values of the source into those of the file. Throws DataError if no curve can be made of them.
  void convert(store::VideoMotion& video) const;

 private:
  store::MotionInfo info_;
  double exponent_;
  bool differ_ = false;
};

/// The SHA-256 of --weights: a parameter of the run and of the motion file.
inline constexpr const char* kWeightsSha256 = "weights_sha256";

/// Parameters as they turned out: a motion file given as input brings its own method and kind of values; weights are
/// told by their SHA-256 too, and SSIM on a GPU, which differs in the last digits, by its device, so that a killed run
/// does not go on with others.
nlohmann::ordered_json settled_parameters(const nlohmann::ordered_json& parameters, const MotionSource& source);

}  // namespace vs::jobs

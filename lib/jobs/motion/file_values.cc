#include "lib/jobs/motion/file_values.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/sampling/motion_curve.h"

namespace vs::jobs {

using Json = nlohmann::ordered_json;

FileValues::FileValues(const MotionOptions& options, const store::MotionInfo& source)
    : info_(source), exponent_(options.plan.exponent) {
  const bool want_curve = options.values == motion::Values::kCurve;
  if (source.kind == store::MotionKind::kCurve) {
    if (options.values_given && !want_curve) {
      throw UsageError("--values raw", "the input holds curves, from which raw motion cannot be had back");
    }
    return;
  }
  if (!want_curve) return;
  differ_ = true;
  info_.kind = store::MotionKind::kCurve;
  info_.formula = fmt::format("running sum of m^{0} / sum of m^{0}; m = {1}", exponent_, source.formula);
  info_.units = "1";
  Json parameters = Json::parse(source.parameters, nullptr, false);
  if (!parameters.is_object()) parameters = Json::object();
  parameters["exponent"] = exponent_;
  info_.parameters = parameters.dump();
}

void FileValues::convert(store::VideoMotion& video) const {
  if (differ_) video.motion = sampling::motion_curve(video.motion, exponent_);
}

Json settled_parameters(const Json& parameters, const MotionSource& source) {
  Json result = parameters;
  if (source.weights) result[kWeightsSha256] = source.weights->sha256;
  if (source.on_device && source.info.method == "ssim") result["motion_device"] = "cuda";
  if (source.opens_videos) return result;
  result["method"] = source.info.method;
  if (source.info.kind == store::MotionKind::kCurve) result["values"] = "curve";
  return result;
}

}  // namespace vs::jobs

// Random values of a tensor, from a stream of its own.
#pragma once

#include <cstdint>
#include <string>

#include "lib/nn/torch.h"

namespace vs::train {

/// What a tensor's elements are drawn from.
struct Distribution {
  enum class Kind {
    kConstant,         ///< mean
    kNormal,           ///< N(mean, spread^2)
    kTruncatedNormal,  ///< N(mean, spread^2), drawn again outside [-2, 2], as PyTorch's trunc_normal_ has it by default
    kUniform,          ///< [mean - spread, mean + spread)
  };
  Kind kind = Kind::kConstant;
  double mean = 0, spread = 0;

  static Distribution constant(double value) { return {Kind::kConstant, value, 0}; }
  static Distribution normal(double deviation, double mean = 0) { return {Kind::kNormal, mean, deviation}; }
  static Distribution truncated_normal(double deviation) { return {Kind::kTruncatedNormal, 0, deviation}; }
  static Distribution uniform(double bound) { return {Kind::kUniform, 0, bound}; }
};

/// Fills a floating-point tensor, in row-major order, from the stream of (seed, name). With a truncated normal the
/// range must have a share of the draws worth waiting for: spread <= 2, |mean| <= 2.
void fill(at::Tensor& tensor, const Distribution& distribution, uint64_t seed, const std::string& name);

}  // namespace vs::train

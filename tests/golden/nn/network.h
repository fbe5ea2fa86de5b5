// What checkers of networks share: weights by formula, inputs by description, tensors out of and into cases.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "lib/nn/module.h"
#include "tests/golden/golden.h"

namespace vs::golden {

/// How the weights of a case are made: see "Deterministic tensors" of the goldens.
struct WeightRule {
  std::string prefix;                                  ///< before the name in the key
  double gain = 1;                                     ///< of entries with two or more axes
  std::map<std::string, double> gains_by_prefix = {};  ///< instead of gain: that of the longest prefix of the name
};

/// The value of one entry by its name, float32.
at::Tensor deterministic_weight(const std::string& name, at::IntArrayRef shape, const WeightRule& rule);
/// Gives every entry of a module its value (made as float, then converted to `dtype`), on the CPU. Integer buffers
/// other than num_batches_tracked keep the module's own values.
void fill_weights(nn::Module& module, const WeightRule& rule, at::ScalarType dtype = at::kFloat);
/// The same, and the module moves to where the case is computed.
void fill_weights(const Case& c, nn::Module& module, const WeightRule& rule, at::ScalarType dtype = at::kFloat);
/// fill(shape, key, scale, shift) as a tensor: on the CPU, and where a case is computed.
at::Tensor fill_tensor(at::IntArrayRef shape, const std::string& key, double scale = 1, double shift = 0);
at::Tensor fill_tensor(const Case& c, at::IntArrayRef shape, const std::string& key, double scale = 1,
                       double shift = 0);
/// {"fill": {shape, key, scale, shift}} or {"fn": "fill", "shape": ...}, where the case is computed.
at::Tensor described_tensor(const Case& c, const nlohmann::json& description);
/// input/<name>: floating-point as double, else as int64. On the CPU, where labels stay and from where draws come.
at::Tensor input_tensor(const Case& c, const std::string& name);

/// The entries of a module against the case's root attribute `state_dict`: same names and shapes.
void check_state_dict(const Case& c, nn::Module& module, Report& report);
/// Compares a tensor of any device with output/<name>, shape included; integer tensors exactly.
void compare(Report& report, const std::string& name, const at::Tensor& got);

/// What a network gives, under the names of the case's outputs.
using Outputs = std::map<std::string, at::Tensor>;
/// Runs a network at test on inputs of a type. What it gives may be on any device.
using Forward = std::function<Outputs(at::ScalarType)>;

/// Compares what a network gives in `dtype` (in which it has its weights) with the case; where that is float, also what
/// it gives once it is prepared for inference, in float32 and in bf16:
///
/// - float32: within the case's tolerance, or within four times the distance of the plain network from itself in double
///   (where the case lies at the rounding floor);
/// - bf16: within 3e-2 of the largest magnitude, and the same class in rows of `scores` where its lead is above 3e-2.
///   Where the plain network converted to bf16 misses that too, the weights of the case allow no bf16: skipped with
///   both figures, unless the prepared one is more than half as far again away (from a miss by half of the magnitude
///   on, both are chance).
///
/// Integer outputs (ranks) are compared in float32 only. On a device, whose sums have another order, the first run in
/// float32 may also be as far away as four times the case is from the network in double there, but no more than ten
/// times what is allowed.
void check_forward(const Case& c, nn::Module& network, at::ScalarType dtype, const Forward& forward, Report& report,
                   const std::set<std::string>& scores = {});

}  // namespace vs::golden

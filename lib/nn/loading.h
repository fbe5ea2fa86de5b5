// From checkpoint files into networks and back.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/nn/module.h"
#include "lib/weights/matching.h"
#include "lib/weights/name_map.h"

namespace vs::nn {

struct LoadOptions {
  weights::NameMapChoice names = {};
  weights::MatchOptions match = {};
  /// Kernels over images are repeated over the frames of a network's kernels and divided by their number.
  bool inflate = true;
};

struct LoadReport {
  std::string path;
  std::string format;   ///< "torch zip", "torch legacy" or "safetensors"
  std::string mapping;  ///< "names as they are", or the map that was used
  weights::MatchReport match;
};

/// Gives a network the weights of a checkpoint of any format. Entries without memory get some; those that the options
/// let the checkpoint lack keep their values, so initialise() comes before. Tables that a network computes itself
/// (relative_position_index) may be missing. Throws what Checkpoint::open(), map_names() and require_complete() throw;
/// the network is not touched then. Floating-point entries take the type that they have, float where they have none.
LoadReport load_weights(Module& network, const std::string& path, const LoadOptions& options = {});

/// The report as JSON, and as one line for people.
nlohmann::ordered_json json_of(const LoadReport& report);
std::string summary_of(const LoadReport& report);

/// Start values for what no checkpoint gives: kernels and matrices normal with variance 2 / fan-out (He et al., ICCV
/// 2015), vectors named `weight` and running variances 1, all else 0. The draws depend on the seed and an entry's name
/// only. Entries get memory.
void initialise(Module& network, uint64_t seed, at::ScalarType dtype = at::kFloat);

/// Writes all entries as safetensors, under their names. Throws RunError if the disk is full.
void save_weights(Module& network, const std::string& path, const std::map<std::string, std::string>& metadata = {});

}  // namespace vs::nn

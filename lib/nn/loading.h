// From checkpoint files into networks and back.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/nn/module.h"
#include "lib/nn/whole_model.h"
#include "lib/weights/matching.h"
#include "lib/weights/name_map.h"

namespace vs::nn {

struct LoadOptions {
  /// How the names of each file become those of the model: none ("auto"), one for all files, or one each.
  std::vector<weights::NameMapChoice> names = {};
  weights::MatchOptions match = {};
  /// Weights over images are turned into weights over clips. See Inflation.
  bool inflate = true;
  /// Layers of scores may have another number of classes than the files say, and heads may be missing: they keep their
  /// start values. match.replaced_heads adds to them.
  bool new_head = false;
  /// Of the start values of what no file gives.
  uint64_t seed = 0;
};

/// What one file gave.
struct LoadReport {
  std::string path;
  std::string format;                     ///< "torch zip", "torch legacy" or "safetensors"
  std::string mapping;                    ///< "names as they are", or the map that was used
  weights::MatchReport match;             ///< against what the files before it lack
  std::vector<std::string> given_before;  ///< in the file and in the model, but an earlier file gave it
  std::vector<std::string> dropped;       ///< names in the file that the map leaves out
};

/// Told about every file, before anything is refused.
using LoadListener = std::function<void(const LoadReport&)>;

/// Gives a model the weights of checkpoints of any format. Later files fill what earlier ones lack; in the end every
/// entry must come from one of them, or be one that the options let them lack. Such an entry keeps its values, or gets
/// start values (initialise()) if it had no memory. Tables that a network computes itself (relative_position_index) may
/// be missing. Floating-point entries take the type that they have, float where they have none.
///
/// Throws what Checkpoint::open(), map_names() and require_complete() throw; DataError for a file that gives nothing;
/// UsageError for a parameter of name maps that no chosen map has, or a number of `names` that is not that of the
/// files. The model is not touched then. Source of the order of files: OCSampler's test with `again_load`.
std::vector<LoadReport> load_weights(const WholeModel& model, const std::vector<std::string>& paths,
                                     const LoadOptions& options = {}, const LoadListener& listener = {});
/// One network, one file.
LoadReport load_weights(Module& network, const std::string& path, const LoadOptions& options = {});

/// The report as JSON, and as one line for people.
nlohmann::ordered_json json_of(const LoadReport& report);
std::string summary_of(const LoadReport& report);

/// Start values for what no checkpoint gives: kernels and matrices normal with variance 2 / fan-out (He et al., ICCV
/// 2015), vectors named `weight` and running variances 1, all else 0. The draws depend on the seed and an entry's name
/// only. Entries get memory.
void initialise(Module& network, uint64_t seed, at::ScalarType dtype = at::kFloat);

/// Writes all entries as safetensors, under their names, but those named in `left_out`. Throws RunError if the disk is
/// full; the file is then not there, or as it was.
void save_weights(const WholeModel& model, const std::string& path,
                  const std::map<std::string, std::string>& metadata = {},
                  const std::vector<std::string>& left_out = {});
void save_weights(Module& network, const std::string& path, const std::map<std::string, std::string>& metadata = {});

}  // namespace vs::nn

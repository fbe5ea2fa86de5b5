// Which tensors of a checkpoint go to which parameters of a network. Names and shapes only, no values.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lib/weights/tensor_info.h"

namespace vs::weights {

/// A parameter or buffer that a network has, or a tensor that a checkpoint offers (under its mapped name).
struct NamedShape {
  std::string name;
  std::vector<int64_t> shape;
  bool operator==(const NamedShape&) const = default;
};

/// Names and shapes of a list of tensors.
std::vector<NamedShape> named_shapes(const std::vector<TensorInfo>& tensors);

/// What may be different between network and checkpoint. By default nothing may, but unexpected names are reported
/// only, and the counters `*.num_batches_tracked` may be missing: nothing but training without momentum reads them.
struct MatchOptions {
  /// Patterns of names that may be missing or wrongly shaped (`--partial`): `*` stands for any text, dots too, `?` for
  /// one character.
  std::vector<std::string> partial = {};
  /// Beginnings of names of a head to replace ("cls_head."): a layer there that is missing, or whose first extent (the
  /// classes) differs, keeps its start values; both its weight and its bias do.
  std::vector<std::string> replaced_heads = {};
  /// Buffers that the network computes itself (`*.relative_position_index`): may be missing. Same patterns.
  std::vector<std::string> computed = {};
  /// True for a tensor of another shape that the caller turns into the expected one (2-D weights into a 3-D network).
  /// May be empty. Arguments: expected, found.
  std::function<bool(const NamedShape&, const NamedShape&)> adaptable = {};
};

struct WrongShape {
  std::string name;
  std::vector<int64_t> expected, found;
  bool operator==(const WrongShape&) const = default;
};

/// Every expected name is in exactly one of the lists but `unexpected`; each list is in the order of its input.
struct MatchReport {
  std::vector<std::string> matched;          ///< of equal shape: to be loaded
  std::vector<std::string> adapted;          ///< of another shape that the caller adapts: to be loaded
  std::vector<std::string> missing;          ///< not in the checkpoint, and not allowed to be
  std::vector<WrongShape> wrongly_shaped;    ///< of another shape, and not allowed to be
  std::vector<std::string> partial;          ///< missing or wrongly shaped, as `partial` allows
  std::vector<std::string> replaced;         ///< left to be initialised: of a replaced head
  std::vector<std::string> optional;         ///< missing, but not needed: counters and computed buffers
  std::vector<std::string> unexpected;       ///< in the checkpoint, but not in the network
  std::vector<std::string> unused_patterns;  ///< of `partial` and `replaced_heads`: fitting no expected name

  /// True if nothing that is not allowed is missing or wrongly shaped.
  bool complete() const { return missing.empty() && wrongly_shaped.empty(); }
};

/// Compares what a network expects with what a checkpoint has. Neither list may have a name twice (std::logic_error).
MatchReport match_names(const std::vector<NamedShape>& expected, const std::vector<NamedShape>& found,
                        const MatchOptions& options = {});

/// Throws UsageError if a pattern of `--partial` or a head prefix fits no name of the network; DataError, naming
/// `path`, the counts and the first names, if the report is not complete(); with a hint of the caller's own, if any.
void require_complete(const MatchReport& report, const std::string& path, const std::string& hint = {});

/// "a, b, c and 7 more": the first five, safe to show.
std::string first_names(const std::vector<std::string>& names);

/// One line for people: "318 of 320 tensors loaded, 2 missing (--partial), 4 unexpected".
std::string summary_of(const MatchReport& report);
/// The report as JSON: counts, and the names of all lists but `matched`.
nlohmann::ordered_json json_of(const MatchReport& report);

/// True if `pattern` (with `*` and `?`) fits the whole of `name`. Time at most the product of the lengths.
bool fits_pattern(std::string_view name, std::string_view pattern);

}  // namespace vs::weights

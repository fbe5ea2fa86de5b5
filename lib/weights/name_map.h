// Maps from the parameter names of other makers to ours: documents of share/name_maps.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/weights/matching.h"
#include "lib/weights/name_pattern.h"

namespace vs::weights {

/// One document of kind vs.name_map/1: rules, the first that fits a name decides. See share/name_maps/README.md.
class NameMap {
 public:
  /// Reads and checks a document. Throws DataError if it does not fit its schema or a pattern is malformed.
  static NameMap read(const std::string& path);

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  /// What may stand before the names in the network ("backbone.", "local_CNN."); at least one, "" for nothing.
  const std::vector<std::string>& prefixes() const { return prefixes_; }
  /// Parts of the network's names that a checkpoint may lack ("net", of a layer wrapped by a temporal shift).
  const std::vector<std::string>& wrappers() const { return wrappers_; }
  /// Parameters and their default values ("classifier_index": 9).
  const std::map<std::string, int64_t>& parameters() const { return parameters_; }

  /// The names in the network for a name in the checkpoint, prefix included: usually one; none if it is dropped;
  /// several where one tensor fills several parameters. `parameters` must hold every one of parameters().
  std::vector<std::string> map(std::string_view name, std::string_view prefix, const NameCaptures& parameters) const;

 private:
  struct Rule {
    NamePattern from;
    std::vector<NamePattern> to;
  };
  std::string name_, description_;
  std::vector<std::string> prefixes_, wrappers_;
  std::map<std::string, int64_t> parameters_;
  std::vector<Rule> rules_;
  bool keeps_others_ = false;
};

/// All maps of share/name_maps, by name.
std::vector<NameMap> read_name_maps();

/// What the user asks for: `--name-map auto|none|NAME|FILE.json`, each but none optionally with `@PREFIX`, and options
/// that are parameters of maps (`--classifier-index`).
struct NameMapChoice {
  std::string name = "auto";
  std::string prefix;       ///< that the map is to use, if has_prefix
  bool has_prefix = false;  ///< false: the prefix under which most names fit
  std::map<std::string, int64_t> parameters;
};

/// "NAME" or "NAME@PREFIX". Throws UsageError if NAME is empty.
NameMapChoice parse_name_map_choice(std::string_view text);

/// The tensors of a checkpoint under the names of a network.
struct MappedNames {
  std::string map = "none";                           ///< the map that was used; "none": names as they are
  std::string prefix;                                 ///< the prefix that was used
  std::vector<std::pair<size_t, std::string>> names;  ///< index in the checkpoint's list, name in the network
  std::vector<std::string> dropped;                   ///< names in the checkpoint that the map leaves out
  size_t fitting = 0;                                 ///< expected names among `names`
  size_t fitting_shapes = 0;                          ///< those of them of equal shape

  /// The names with the checkpoint's shapes, for match_names().
  std::vector<NamedShape> shapes(const std::vector<NamedShape>& found) const;
  /// "names as they are", or "names mapped by torchvision-resnet to backbone.".
  std::string description() const;
};

/// Names a checkpoint's tensors as the network does. With "auto" every map is tried with each of its prefixes, and the
/// one under which most expected names are found (then, of equal shape) is taken; names as they are, if no map finds
/// more. Throws UsageError if the named map, prefix or parameter is unknown (naming the nearest); DataError, naming
/// `path`, if two maps or prefixes fit alike but differ (the hint names both), or two tensors would get one name.
MappedNames map_names(const std::vector<NameMap>& maps, const std::vector<NamedShape>& expected,
                      const std::vector<NamedShape>& found, const NameMapChoice& choice, const std::string& path);

}  // namespace vs::weights

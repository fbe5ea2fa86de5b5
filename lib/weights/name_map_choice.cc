// Which map fits a checkpoint and a network.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/weights/name_map.h"

namespace vs::weights {
namespace {

/// The name without the parts that are wrappers: "layer1.0.conv1.conv.net.weight" without "net".
std::string without_parts(std::string_view name, const std::vector<std::string>& wrappers) {
  std::string kept;
  for (const std::string_view part : split(name, '.')) {
    if (std::find(wrappers.begin(), wrappers.end(), part) != wrappers.end()) continue;
    kept += (kept.empty() ? "" : ".") + std::string(part);
  }
  return kept;
}

class Chooser {
 public:
  Chooser(const std::vector<NamedShape>& expected, const std::vector<NamedShape>& found, const NameMapChoice& choice)
      : found_(&found), choice_(&choice) {
    for (const NamedShape& wanted : expected) expected_.emplace(wanted.name, &wanted);
  }

  MappedNames as_they_are() const {
    MappedNames mapped;
    for (size_t i = 0; i < found_->size(); ++i) mapped.names.emplace_back(i, (*found_)[i].name);
    count_fitting(mapped);
    return mapped;
  }

  /// Nothing if two tensors get one name; then `clash` says which.
  std::optional<MappedNames> apply(const NameMap& map, const std::string& prefix, std::string& clash) const {
    NameCaptures parameters;
    for (const auto& [name, value] : map.parameters()) {
      const auto chosen = choice_->parameters.find(name);
      parameters[name] = std::to_string(chosen == choice_->parameters.end() ? value : chosen->second);
    }
    std::unordered_map<std::string, std::string> wrapped;
    if (!map.wrappers().empty()) {
      for (const auto& [name, wanted] : expected_) {
        std::string bare = without_parts(name, map.wrappers());
        if (bare != name) wrapped.emplace(std::move(bare), std::string(name));
      }
    }
    MappedNames mapped;
    mapped.map = map.name();
    mapped.prefix = prefix;
    std::unordered_set<std::string> names;
    for (size_t i = 0; i < found_->size(); ++i) {
      const auto targets = map.map((*found_)[i].name, prefix, parameters);
      if (targets.empty()) mapped.dropped.push_back((*found_)[i].name);
      for (std::string target : targets) {
        const auto with_wrapper = wrapped.find(target);
        if (!expected_.contains(target) && with_wrapper != wrapped.end()) target = with_wrapper->second;
        if (!names.insert(target).second) {
          clash = target;
          return std::nullopt;
        }
        mapped.names.emplace_back(i, std::move(target));
      }
    }
    count_fitting(mapped);
    return mapped;
  }

  /// The names that the network expects, with the tensors that they come from.
  std::vector<std::pair<size_t, std::string>> fitting_names(const MappedNames& mapped) const {
    std::vector<std::pair<size_t, std::string>> names;
    for (const auto& entry : mapped.names) {
      if (expected_.contains(entry.second)) names.push_back(entry);
    }
    return names;
  }

  bool fits_all(const MappedNames& mapped) const { return mapped.fitting == expected_.size(); }

 private:
  void count_fitting(MappedNames& mapped) const {
    for (const auto& [index, name] : mapped.names) {
      const auto wanted = expected_.find(name);
      if (wanted == expected_.end()) continue;
      ++mapped.fitting;
      if (wanted->second->shape == (*found_)[index].shape) ++mapped.fitting_shapes;
    }
  }

  std::unordered_map<std::string_view, const NamedShape*> expected_;
  const std::vector<NamedShape>* found_;
  const NameMapChoice* choice_;
};

/// More expected names, then more of equal shape, then fewer names that nobody expects: of which names as they are have
/// none, as only a map that finds more is better than none.
std::tuple<size_t, size_t, size_t> score_of(const MappedNames& mapped) {
  const size_t unasked = mapped.map == "none" ? 0 : mapped.names.size() - mapped.fitting;
  return {mapped.fitting, mapped.fitting_shapes, SIZE_MAX - unasked};
}

std::string text_of(const MappedNames& mapped) {
  return mapped.prefix.empty() ? mapped.map : mapped.map + "@" + mapped.prefix;
}

void check_parameters(const std::vector<NameMap>& maps, const NameMapChoice& choice) {
  std::vector<std::string> known;
  for (const NameMap& map : maps) {
    for (const auto& [name, value] : map.parameters()) known.push_back(name);
  }
  for (const auto& [name, value] : choice.parameters) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw UsageError(name, "no name map has this parameter");
  }
}

const NameMap& map_of_name(const std::vector<NameMap>& maps, const std::string& name) {
  std::vector<std::string> known{"auto", "none"};
  for (const NameMap& map : maps) {
    if (map.name() == name) return map;
    known.push_back(map.name());
  }
  const auto nearest = nearest_word(name, known);
  throw UsageError("--name-map " + name, "unknown" + (nearest ? ", nearest is " + *nearest : std::string()),
                   "known are " + join(known, ", "));
}

}  // namespace

NameMapChoice parse_name_map_choice(std::string_view text) {
  NameMapChoice choice;
  const size_t at = text.find('@');
  choice.name = text.substr(0, at);
  choice.has_prefix = at != std::string_view::npos;
  if (choice.has_prefix) choice.prefix = text.substr(at + 1);
  if (choice.name.empty()) throw UsageError("--name-map " + std::string(text), "no name before the @");
  return choice;
}

std::vector<NamedShape> MappedNames::shapes(const std::vector<NamedShape>& found) const {
  std::vector<NamedShape> shapes;
  shapes.reserve(names.size());
  for (const auto& [index, name] : names) shapes.push_back({name, found.at(index).shape});
  return shapes;
}

std::string MappedNames::description() const {
  if (map == "none") return "names as they are";
  return "names mapped by " + map + (prefix.empty() ? "" : " to " + prefix);
}

MappedNames map_names(const std::vector<NameMap>& maps, const std::vector<NamedShape>& expected,
                      const std::vector<NamedShape>& found, const NameMapChoice& choice, const std::string& path) {
  check_parameters(maps, choice);
  const Chooser chooser(expected, found, choice);
  if (choice.name == "none") return chooser.as_they_are();
  const bool automatic = choice.name == "auto";
  std::vector<NameMap> candidates;
  if (automatic) {
    candidates = maps;
  } else if (choice.name.ends_with(".json")) {
    candidates.push_back(NameMap::read(choice.name));
  } else {
    candidates.push_back(map_of_name(maps, choice.name));
  }

  std::optional<MappedNames> best, rival;
  if (automatic && !choice.has_prefix) best = chooser.as_they_are();
  if (best && chooser.fits_all(*best)) return *best;
  std::string clash;
  for (const NameMap& map : candidates) {
    const auto prefixes = choice.has_prefix ? std::vector<std::string>{choice.prefix} : map.prefixes();
    for (const std::string& prefix : prefixes) {
      auto mapped = chooser.apply(map, prefix, clash);
      if (!mapped || (automatic && mapped->fitting == 0)) continue;
      if (!best || score_of(*mapped) > score_of(*best)) {
        best = std::move(mapped);
        rival.reset();
      } else if (!rival && best->map != "none" && score_of(*mapped) == score_of(*best) &&
                 chooser.fitting_names(*mapped) != chooser.fitting_names(*best)) {
        rival = std::move(mapped);
      }
    }
  }
  if (!best && !clash.empty())
    throw DataError(path, "two tensors get the name " + printable(clash), "another name map may fit");
  if (!best) return chooser.as_they_are();
  if (rival && best->fitting > 0)
    throw DataError(path, fmt::format("its names fit {} and {} alike", text_of(*best), text_of(*rival)),
                    "choose one with --name-map");
  return *best;
}

}  // namespace vs::weights

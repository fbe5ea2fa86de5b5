#include "lib/annot/kinetics_name.h"

#include "lib/core/text.h"

namespace vs::annot {

std::optional<KineticsName> kinetics_name(std::string_view name) {
  const size_t second = name.rfind('_');
  if (second == std::string_view::npos || second == 0) return std::nullopt;
  const size_t first = name.rfind('_', second - 1);
  if (first == std::string_view::npos || first == 0) return std::nullopt;
  const auto start = parse_integer(name.substr(first + 1, second - first - 1));
  const auto end = parse_integer(name.substr(second + 1));
  if (!start || !end || *start < 0 || *end < 0) return std::nullopt;
  return KineticsName{std::string(name.substr(0, first)), *start, *end};
}

}  // namespace vs::annot

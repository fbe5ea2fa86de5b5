// Overrides: merge patches and --set.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/json.h"

namespace vs::store {

void merge_json(Json& target, const Json& patch) { target.merge_patch(patch); }

void set_json_value(Json& document, std::string_view assignment) {
  const std::string place = "--set " + printable(assignment);
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) throw UsageError(place, "has no value", "use --set a.b=VALUE");
  const std::string_view path = assignment.substr(0, equals);
  Json* at = &document;
  std::string walked;
  for (const std::string_view part : split(path, '.')) {
    const std::string key(part);
    const std::string within = walked.empty() ? "the document" : fmt::format("\"{}\"", walked);
    if (at->is_array()) {
      const auto index = parse_integer(key);
      if (!index || *index < 0 || *index >= static_cast<int64_t>(at->size()))
        throw UsageError(place,
                         fmt::format("{} is a list of {} values, \"{}\" is none of them", within, at->size(), key));
      at = &(*at)[static_cast<size_t>(*index)];
    } else if (at->is_object()) {
      const auto member = at->find(key);
      if (member == at->end()) {
        std::vector<std::string> known;
        for (const auto& entry : at->items()) known.push_back(entry.key());
        const auto nearest = nearest_word(key, known);
        std::string hint;
        if (!nearest && !known.empty()) hint = "known are " + join(known, ", ");
        throw UsageError(
            place,
            fmt::format("key \"{}\" unknown{}", key, nearest ? fmt::format(", nearest is \"{}\"", *nearest) : ""),
            hint);
      }
      at = &member.value();
    } else {
      throw UsageError(place, fmt::format("{} is a plain value, it has no \"{}\"", within, key));
    }
    if (!walked.empty()) walked += '.';
    walked += key;
  }
  const std::string text(assignment.substr(equals + 1));
  // Anything that is not JSON is a text as it stands, so that words need no quotes within quotes.
  if (Json::accept(text)) {
    try {
      *at = parse_json(JsonText(place, text));
    } catch (const DataError& error) {
      throw UsageError(error.place(), error.finding());
    }
  } else {
    if (!is_valid_utf8(text)) throw UsageError(place, "is not UTF-8");
    *at = text;
  }
}

}  // namespace vs::store

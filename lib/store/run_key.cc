// What two runs must have in common for one to go on where the other was killed.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "lib/store/item_log.h"
#include "lib/store/json.h"

namespace vs::store {
namespace {

std::string short_text(const Json& value) {
  const std::string text = json_line(value);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

std::optional<std::string> difference(const Json& before, const Json& now, const std::string& name) {
  if (before.is_object() && now.is_object()) {
    const auto below = [&](const std::string& key) { return name.empty() ? key : name + "." + key; };
    for (const auto& entry : now.items()) {
      const auto old = before.find(entry.key());
      if (old == before.end()) return below(entry.key()) + " was not set, is " + short_text(entry.value());
      if (auto found = difference(*old, entry.value(), below(entry.key()))) return found;
    }
    for (const auto& entry : before.items()) {
      if (!now.contains(entry.key())) return below(entry.key()) + " was " + short_text(entry.value()) + ", is not set";
    }
    return std::nullopt;
  }
  if (before == now) return std::nullopt;
  return name + " was " + short_text(before) + ", is " + short_text(now);
}

}  // namespace

Json run_key(const Manifest& manifest, const std::vector<Item>& items) {
  Json key = manifest.resume_key();
  key["items"] = {{"count", items.size()}, {"sha256", item_list_hash(items)}};
  return key;
}

std::optional<std::string> first_difference(const Json& before, const Json& now) { return difference(before, now, ""); }

}  // namespace vs::store

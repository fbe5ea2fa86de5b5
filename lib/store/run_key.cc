// What two runs must have in common for one to go on where the other was killed.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lib/core/text.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"
#include "lib/store/real_paths.h"

namespace vs::store {
namespace {

constexpr const char* kItems = "items";
/// Options that say which items there are and what they are called; the items themselves are compared.
constexpr std::array<std::string_view, 7> kItemOptions{"list",   "annotations", "from", "data_prefix",
                                                       "levels", "names",       "shard"};

/// A line an item: neither name holds a tab or a line end then.
std::string item_lines(const std::vector<Item>& items) {
  RealPaths real;
  std::string lines;
  for (const Item& item : items) lines += printable(item.id) + "\t" + printable(real.of(item.path)) + "\n";
  return lines;
}

/// "\"b\" (/v/b.mp4)"
std::string item_words(std::string_view line) {
  const size_t tab = std::min(line.find('\t'), line.size());
  return fmt::format("\"{}\" ({})", line.substr(0, tab), line.substr(std::min(tab + 1, line.size())));
}

std::string_view take_line(std::string_view& lines) {
  const size_t end = std::min(lines.find('\n'), lines.size());
  const std::string_view line = lines.substr(0, end);
  lines.remove_prefix(std::min(end + 1, lines.size()));
  return line;
}

std::optional<std::string> item_difference(std::string_view before, std::string_view now) {
  for (uint64_t number = 1; !before.empty() || !now.empty(); ++number) {
    const std::string_view old = take_line(before), line = take_line(now);
    if (old == line) continue;
    if (old.empty()) return fmt::format("video {}, {}, is new", number, item_words(line));
    if (line.empty()) return fmt::format("video {}, {}, is missing now", number, item_words(old));
    return fmt::format("video {} was {}, is {}", number, item_words(old), item_words(line));
  }
  return std::nullopt;
}

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
  if (name == kItems && before.is_string() && now.is_string())
    return item_difference(before.get_ref<const std::string&>(), now.get_ref<const std::string&>());
  return name + " was " + short_text(before) + ", is " + short_text(now);
}

}  // namespace

Json options_key(const Manifest& manifest) {
  Json key = manifest.resume_key();
  Json& parameters = key["parameters"];
  if (!parameters.is_object()) return key;
  for (const std::string_view name : kItemOptions) parameters.erase(std::string(name));
  return key;
}

Json run_key(const Manifest& manifest, const std::vector<Item>& items) {
  Json key = options_key(manifest);
  key[kItems] = item_lines(items);
  return key;
}

std::optional<std::string> first_difference(const Json& before, const Json& now) { return difference(before, now, ""); }

}  // namespace vs::store

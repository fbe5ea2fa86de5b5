#include "lib/weights/name_map.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/store/json.h"
#include "lib/store/share_folder.h"

namespace vs::weights {
namespace {

std::vector<std::string> strings(const store::Json& document, const char* key) {
  std::vector<std::string> values;
  if (!document.contains(key)) return values;
  for (const auto& value : document.at(key)) values.push_back(value.get<std::string>());
  return values;
}

}  // namespace

NameMap NameMap::read(const std::string& path) {
  const store::Json document = store::read_document(path, "name_map", 1);
  NameMap map;
  map.name_ = document.at("name").get<std::string>();
  map.description_ = document.at("description").get<std::string>();
  map.prefixes_ = strings(document, "prefixes");
  if (map.prefixes_.empty()) map.prefixes_.emplace_back();
  map.wrappers_ = strings(document, "wrappers");
  map.keeps_others_ = document.at("others") == "keep";
  if (document.contains("parameters")) {
    for (const auto& member : document.at("parameters").items())
      map.parameters_.emplace(member.key(), member.value().get<int64_t>());
  }
  NameTables tables;
  if (document.contains("tables")) {
    for (const auto& table : document.at("tables").items()) {
      for (const auto& member : table.value().items())
        tables[table.key()].emplace(member.key(), member.value().get<std::string>());
    }
  }
  try {
    for (const auto& entry : document.at("rules")) {
      Rule rule{NamePattern(entry.at("from").get<std::string>(), tables), {}};
      const auto& to = entry.at("to");
      if (to.is_string()) rule.to.emplace_back(to.get<std::string>(), NameTables{});
      if (to.is_array()) {
        for (const auto& target : to) rule.to.emplace_back(target.get<std::string>(), NameTables{});
      }
      map.rules_.push_back(std::move(rule));
    }
  } catch (DataError& error) {
    error.add_context("while reading the name map " + path);
    throw;
  }
  return map;
}

std::vector<std::string> NameMap::map(std::string_view name, std::string_view prefix,
                                      const NameCaptures& parameters) const {
  for (const Rule& rule : rules_) {
    const auto captures = rule.from.match(name, parameters);
    if (!captures) continue;
    std::vector<std::string> names;
    for (const NamePattern& to : rule.to) {
      std::string target = to.fill(*captures);
      // A leading "/" says that the name stands without the prefix.
      names.push_back(target.starts_with('/') ? target.substr(1) : std::string(prefix) + target);
    }
    return names;
  }
  if (keeps_others_) return {std::string(name)};
  return {};
}

std::vector<NameMap> read_name_maps() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(store::find_share("name_maps"))) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<NameMap> maps;
  for (const std::string& path : paths) maps.push_back(NameMap::read(path));
  return maps;
}

}  // namespace vs::weights

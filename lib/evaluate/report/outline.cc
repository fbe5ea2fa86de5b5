#include "lib/evaluate/report/outline.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/store/json.h"

namespace vs::evaluate {
namespace {

bool names(const OutlineSection& section, const std::string& recipe) {
  return std::any_of(section.systems.begin(), section.systems.end(),
                     [&](const OutlineSystem& system) { return system.recipe == recipe; });
}

}  // namespace

Outline read_outline(const std::string& path) {
  const store::Json document = store::read_document(path, "outline", 1);
  Outline outline{document.at("title"), document.value("text", ""), {}};
  for (const auto& one : document.at("sections")) {
    OutlineSection section{one.at("title"), one.value("text", ""), {}};
    for (const auto& system : one.at("systems")) {
      const std::string recipe = system.at("recipe");
      if (names(section, recipe))
        throw DataError(path, fmt::format("section \"{}\" has recipe {} twice", section.title, recipe));
      section.systems.push_back({recipe, system.at("name")});
    }
    outline.sections.push_back(std::move(section));
  }
  return outline;
}

Outline plain_outline(const std::string& title, const std::vector<std::string>& recipes) {
  OutlineSection section{.title = "Accuracy and cost", .systems = {}};
  for (const auto& recipe : recipes) {
    if (!names(section, recipe)) section.systems.push_back({recipe, recipe});
  }
  return {title, {}, {section}};
}

}  // namespace vs::evaluate

#include "lib/store/recipe_list.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "lib/core/error.h"
#include "lib/store/json.h"
#include "lib/store/recipe.h"

namespace vs::store {

int list_recipes(const cli::ProgramContext& context, const std::string& section) {
  Json list = Json::array();
  std::string text;
  for (const auto& name : recipe_names()) {
    const auto recipe = Recipe::load(name);
    if (!section.empty() && !recipe.document().contains(section)) continue;
    list.push_back({{"name", name}, {"title", recipe.title()}, {"shape", recipe.shape()}});
    text += fmt::format("{:<66} {}\n", name, recipe.title());
  }
  context.print(context.json() ? json_document({{"schema", "vs.recipes/1"}, {"recipes", list}}) : text);
  return kExitDone;
}

}  // namespace vs::store

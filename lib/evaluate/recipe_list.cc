#include "lib/evaluate/recipe_list.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "lib/core/error.h"
#include "lib/store/json.h"
#include "lib/store/recipe.h"

namespace vs::evaluate {

int list_recipes(const cli::ProgramContext& context) {
  store::Json list = store::Json::array();
  std::string text;
  for (const auto& name : store::recipe_names()) {
    const auto recipe = store::Recipe::load(name);
    if (!recipe.document().contains("data")) continue;
    list.push_back({{"name", name}, {"title", recipe.title()}, {"shape", recipe.shape()}});
    text += fmt::format("{:<66} {}\n", name, recipe.title());
  }
  context.print(context.json() ? store::json_document({{"schema", "vs.recipes/1"}, {"recipes", list}}) : text);
  return kExitDone;
}

}  // namespace vs::evaluate

#include "lib/store/recipe.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "tests/support/scratch.h"

namespace vs::store {
namespace {

std::string message_of(const std::string& name, const std::vector<std::string>& assignments = {}) {
  try {
    Recipe::load(name, assignments);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("every recipe is named as its file and fits its schema") {
  const auto names = recipe_names();
  CHECK(names.size() > 50);
  for (const auto& name : names) {
    CAPTURE(name);
    const Recipe recipe = Recipe::load(name);
    CHECK(recipe.document().at("name") == name);
    CHECK(!recipe.title().empty());
    CHECK(recipe.shape().size() >= 4);
  }
}

TEST_CASE("an unknown recipe names the nearest") {
  CHECK(message_of("DRCA-S-K4-225").find("did you mean DRCA-S-K4-224?") != std::string::npos);
  CHECK(message_of("xyz").find("--list") != std::string::npos);
  CHECK_THROWS_AS(Recipe::load("no/such.json"), UsageError);
}

TEST_CASE("values are set, unknown keys refused") {
  const Recipe recipe = Recipe::load("DRCA-S-K4-224", {"model.backbone.comp_k=2", "input.shape=[1,3,8,160,160]"});
  CHECK(recipe.model().at("backbone").at("comp_k") == 2);
  CHECK(recipe.shape() == std::vector<int64_t>{1, 3, 8, 160, 160});
  CHECK(message_of("DRCA-S-K4-224", {"model.backbon.comp_k=2"}).find("backbone") != std::string::npos);
  CHECK(message_of("DRCA-S-K4-224", {"input.shape=[0]"}).find("--set") != std::string::npos);
}

TEST_CASE("recipes from files: bad ones are told apart") {
  const test::Scratch scratch("recipe");
  const auto write = [&](const std::string& text) {
    const std::string path = scratch / "r.json";
    scratch.touch("r.json", text);
    return path;
  };
  const std::string good =
      R"({"schema": "vs.recipe/1", "name": "r", "title": "t", "model": {"type": "Recognizer2D"}, "input": {"shape": [1, 3, 8, 8]}})";
  CHECK(Recipe::load(write(good)).shape() == std::vector<int64_t>{1, 3, 8, 8});
  CHECK_THROWS_AS(Recipe::load(write("{")), DataError);
  CHECK_THROWS_AS(Recipe::load(write(R"({"schema": "vs.recipe/2"})")), DataError);
  CHECK_THROWS_AS(Recipe::load(write(R"({"schema": "vs.recipe/1", "name": "r", "title": "t"})")), DataError);
  std::string later = good;
  later.insert(later.size() - 1, R"(, "train": {"optimizer": {"type": "SGD", "lr": 0.1}, "epochs": 3}, "data": {})");
  CHECK_NOTHROW(Recipe::load(write(later)));
  later.replace(later.find("epochs"), 6, "epoch");
  CHECK_THROWS_AS(Recipe::load(write(later)), DataError);
}

TEST_CASE("models alone") {
  CHECK(Recipe::of_model(R"({"type": "A"})").model().at("type") == "A");
  CHECK(Recipe::of_model(R"({"type": "A", "k": 1})", {"model.k=2"}).model().at("k") == 2);
  CHECK_THROWS_AS(Recipe::of_model("no such file"), UsageError);
  CHECK_THROWS_AS(Recipe::of_model("{"), DataError);
}

}  // namespace
}  // namespace vs::store

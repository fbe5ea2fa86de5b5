#include "lib/store/recipe.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/json.h"
#include "lib/store/share_folder.h"

namespace vs::store {
namespace {

constexpr const char* kSuffix = ".json";

Json read_recipe(const std::string& path, const std::vector<std::string>& assignments) {
  const auto text = JsonText::read(path);
  Json document = parse_json(text);
  check_schema_number(document, "vs.recipe", 1, &text);
  validate_json(document, "recipe", &text);
  for (const auto& assignment : assignments) set_json_value(document, assignment);
  if (!assignments.empty()) {
    try {
      validate_json(document, "recipe");
    } catch (Error& error) {
      error.add_context("after --set " + join(assignments, " --set "));
      throw;
    }
  }
  return document;
}

}  // namespace

Recipe::Recipe(std::string name, Json document)
    : name_(std::move(name)), document_(std::make_unique<Json>(std::move(document))) {
  title_ = document_->value("title", std::string());
  if (document_->contains("input")) shape_ = document_->at("input").at("shape").get<std::vector<int64_t>>();
}

Recipe::Recipe(Recipe&&) noexcept = default;
Recipe::~Recipe() = default;

const Json& Recipe::model() const { return document_->at("model"); }

bool Recipe::is_path(const std::string& name_or_path) {
  return name_or_path.find('/') != std::string::npos || name_or_path.ends_with(kSuffix);
}

Recipe Recipe::load(const std::string& name_or_path, const std::vector<std::string>& assignments,
                    const std::string& option) {
  if (is_path(name_or_path)) {
    if (!std::filesystem::exists(name_or_path))
      throw UsageError(option + " " + printable(name_or_path), "does not exist");
    const std::string name = std::filesystem::path(name_or_path).stem().string();
    return {name, read_recipe(name_or_path, assignments)};
  }
  const auto names = recipe_names();
  if (std::find(names.begin(), names.end(), name_or_path) == names.end()) {
    const auto nearest = nearest_word(name_or_path, names);
    throw UsageError(option + " " + printable(name_or_path), "is no recipe",
                     nearest ? "did you mean " + *nearest + "?" : "vs-flops --list shows all");
  }
  return {name_or_path, read_recipe(find_share("recipes/" + name_or_path + kSuffix), assignments)};
}

Recipe Recipe::of_model(const std::string& text_or_path, const std::vector<std::string>& assignments) {
  const bool inline_text = trim(text_or_path).starts_with("{");
  if (!inline_text && !std::filesystem::exists(text_or_path))
    throw UsageError("--model " + printable(text_or_path), "is neither a JSON object nor a file that exists");
  const auto text = inline_text ? JsonText("--model", text_or_path) : JsonText::read(text_or_path);
  Json value = parse_json(text);
  if (value.is_object() && value.contains("schema")) return load(text_or_path, assignments);
  Json document{{"model", std::move(value)}};
  for (const auto& assignment : assignments) set_json_value(document, assignment);
  return {"model", std::move(document)};
}

std::vector<std::string> recipe_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(find_share("recipes"))) {
    if (entry.path().extension() == kSuffix) names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace vs::store

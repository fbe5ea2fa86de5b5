#include "lib/flops/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/json.h"
#include "lib/store/share_folder.h"

namespace vs::flops {
namespace {

using store::Json;
constexpr const char* kSuffix = ".json";
/// Of one size: more is a slip.
constexpr int64_t kMostAcross = int64_t{1} << 24;

bool is_path(const std::string& text) { return text.find('/') != std::string::npos || text.ends_with(kSuffix); }

Json read_recipe(const std::string& path, const std::vector<std::string>& assignments) {
  const auto text = store::JsonText::read(path);
  Json document = store::parse_json(text);
  store::check_schema_number(document, "vs.recipe", 1, &text);
  store::validate_json(document, "recipe", &text);
  for (const auto& assignment : assignments) store::set_json_value(document, assignment);
  if (!assignments.empty()) {
    try {
      store::validate_json(document, "recipe");
    } catch (Error& error) {
      error.add_context("after --set " + join(assignments, " --set "));
      throw;
    }
  }
  return document;
}

PublishedCost published_of(const Json& entry) {
  PublishedCost published;
  published.gflops = entry.at("gflops").get<double>();
  if (entry.contains("convention")) published.convention = convention_named(entry.at("convention"));
  published.source = entry.at("source").get<std::string>();
  published.shape = entry.value("shape", std::vector<int64_t>{});
  published.reason = entry.value("reason", std::string());
  return published;
}

}  // namespace

Recipe::Recipe(std::string name, Json document)
    : name_(std::move(name)), document_(std::make_unique<Json>(std::move(document))) {
  title_ = document_->value("title", std::string());
  if (document_->contains("input")) shape_ = document_->at("input").at("shape").get<std::vector<int64_t>>();
  for (const Json& entry : document_->value("published", Json::array())) published_.push_back(published_of(entry));
}

Recipe::Recipe(Recipe&&) noexcept = default;
Recipe::~Recipe() = default;

const Json& Recipe::model() const { return document_->at("model"); }

Recipe Recipe::load(const std::string& name_or_path, const std::vector<std::string>& assignments) {
  if (is_path(name_or_path)) {
    if (!std::filesystem::exists(name_or_path)) throw UsageError("--recipe " + name_or_path, "does not exist");
    const std::string name = std::filesystem::path(name_or_path).stem().string();
    return {name, read_recipe(name_or_path, assignments)};
  }
  const auto names = recipe_names();
  if (std::find(names.begin(), names.end(), name_or_path) == names.end()) {
    const auto nearest = nearest_word(name_or_path, names);
    throw UsageError("--recipe " + printable(name_or_path), "is no recipe",
                     nearest ? "did you mean " + *nearest + "?" : "--list shows all");
  }
  return {name_or_path, read_recipe(store::find_share("recipes/" + name_or_path + kSuffix), assignments)};
}

Recipe Recipe::of_model(const std::string& text_or_path, const std::vector<std::string>& assignments) {
  const bool inline_text = trim(text_or_path).starts_with("{");
  if (!inline_text && !std::filesystem::exists(text_or_path))
    throw UsageError("--model " + printable(text_or_path), "is neither a JSON object nor a file that exists");
  const auto text = inline_text ? store::JsonText("--model", text_or_path) : store::JsonText::read(text_or_path);
  Json value = store::parse_json(text);
  if (value.is_object() && value.contains("schema")) return load(text_or_path, assignments);
  Json document{{"model", std::move(value)}};
  for (const auto& assignment : assignments) store::set_json_value(document, assignment);
  return {"model", std::move(document)};
}

std::vector<std::string> recipe_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(store::find_share("recipes"))) {
    if (entry.path().extension() == kSuffix) names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<int64_t> parse_shape(const std::string& text, const std::string& place) {
  std::string plain = text;
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return c == ',' || c == 'x' || c == '\t'; }, ' ');
  std::vector<int64_t> shape;
  for (const auto word : split(plain, ' ')) {
    if (word.empty()) continue;
    const auto size = parse_integer(word);
    if (!size || *size < 1 || *size > kMostAcross)
      throw UsageError(place, fmt::format("\"{}\" is no size", printable(word)), "such as 1,3,8,224,224");
    shape.push_back(*size);
  }
  return shape;
}

std::vector<int64_t> input_shape(std::vector<int64_t> given) {
  if (given.size() == 1) return {1, 3, given[0], given[0]};
  if (given.size() == 2) return {1, 3, given[0], given[1]};
  if (given.size() == 4 || given.size() == 5) return given;
  throw UsageError("--shape", fmt::format("has {} sizes", given.size()), "give s, h,w, images,3,H,W or clips,3,T,H,W");
}

}  // namespace vs::flops

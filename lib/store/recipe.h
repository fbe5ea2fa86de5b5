// Recipes: documents of share/recipes that name a published experiment's model, input, data, training and test.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace vs::store {

/// One recipe, checked against its schema.
class Recipe {
 public:
  /// A name of share/recipes, or the path of a file (with a "/" or ending in .json). `assignments` are applied in order
  /// (`a.b=c`). Throws UsageError for an unknown name with the nearest one, DataError for a bad document. option: what
  /// messages say that the name came from.
  static Recipe load(const std::string& name_or_path, const std::vector<std::string>& assignments = {},
                     const std::string& option = "--recipe");
  /// True for what load() takes as a path.
  static bool is_path(const std::string& name_or_path);
  /// A model alone: JSON text beginning with "{", or the path of a file that holds it or a recipe.
  static Recipe of_model(const std::string& text_or_path, const std::vector<std::string>& assignments = {});

  Recipe(Recipe&&) noexcept;
  Recipe& operator=(Recipe&&) = delete;
  ~Recipe();

  const std::string& name() const { return name_; }
  const std::string& title() const { return title_; }
  const nlohmann::ordered_json& document() const { return *document_; }
  const nlohmann::ordered_json& model() const;
  /// One video without the batch axis: [M, 3, H, W] or [clips, 3, T, H, W]; empty if the recipe names none.
  const std::vector<int64_t>& shape() const { return shape_; }

 private:
  Recipe(std::string name, nlohmann::ordered_json document);

  std::string name_, title_;
  std::unique_ptr<nlohmann::ordered_json> document_;
  std::vector<int64_t> shape_;
};

/// Names of all recipes, sorted.
std::vector<std::string> recipe_names();

}  // namespace vs::store

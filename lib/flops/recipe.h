// Recipes: documents of share/recipes that name a published experiment's model, input and figures.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/flops/cost.h"

namespace vs::flops {

/// A cost that somebody published.
struct PublishedCost {
  double gflops = 0;  ///< as printed, whatever a FLOP was there
  /// How it was counted; nothing if that is not known.
  std::optional<Convention> convention;
  std::string source;
  std::vector<int64_t> shape;  ///< the input it holds for, if not the recipe's own
  std::string reason;          ///< why vs's figure may differ by more than 1 %; empty if it may not
};

/// One recipe, checked against its schema.
class Recipe {
 public:
  /// A name of share/recipes, or the path of a file (with a "/" or ending in .json). `assignments` are applied in order
  /// (`a.b=c`). Throws UsageError for an unknown name with the nearest one, DataError for a bad document.
  static Recipe load(const std::string& name_or_path, const std::vector<std::string>& assignments = {});
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
  const std::vector<PublishedCost>& published() const { return published_; }

 private:
  Recipe(std::string name, nlohmann::ordered_json document);

  std::string name_, title_;
  std::unique_ptr<nlohmann::ordered_json> document_;
  std::vector<int64_t> shape_;
  std::vector<PublishedCost> published_;
};

/// Names of all recipes, sorted.
std::vector<std::string> recipe_names();

/// Sizes of a tensor from text: numbers separated by commas, "x" or blanks. UsageError naming `place` for anything
/// else, sizes below 1 and more than 6 of them.
std::vector<int64_t> parse_shape(const std::string& text, const std::string& place);

/// The input of one video as get_flops of mmaction2 reads it: s is 1 x 3 x s x s, two numbers are 1 x 3 x h x w, more
/// are as they stand. UsageError for 3 numbers or more than 5.
std::vector<int64_t> input_shape(std::vector<int64_t> given);

}  // namespace vs::flops

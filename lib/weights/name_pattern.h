// Patterns of parameter names: fixed text, numbers, and a rest.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vs::weights {

using NameTables = std::map<std::string, std::map<std::string, std::string>>;
using NameCaptures = std::map<std::string, std::string, std::less<>>;

/// A pattern such as "layer{s}.{b}.conv{k}.{rest...}". `{s}` fits a number (as many digits as there are), `{s:table}` a
/// number that is a key of that table and stands for its value, `{=index}` the value of a parameter, `{rest...}` any
/// text of at least one character and only at the end. All else fits itself. There is nothing to try twice, so a match
/// takes time in the length of the name.
class NamePattern {
 public:
  /// Throws DataError, naming the pattern, if braces or a placeholder are malformed or a table is unknown.
  NamePattern(std::string_view text, const NameTables& tables);

  /// What the placeholders stand for if the whole of `name` fits. `parameters` holds the values of `{=...}`.
  std::optional<NameCaptures> match(std::string_view name, const NameCaptures& parameters) const;
  /// The pattern's text with what the placeholders stand for. Throws DataError if one is not among them.
  std::string fill(const NameCaptures& captures) const;

 private:
  enum class Piece { kText, kNumber, kTable, kParameter, kRest };
  struct Part {
    Piece piece = Piece::kText;
    std::string text;  ///< the text itself, or the placeholder's name
    std::map<std::string, std::string> table;
  };
  std::string text_;
  std::vector<Part> parts_;
};

}  // namespace vs::weights

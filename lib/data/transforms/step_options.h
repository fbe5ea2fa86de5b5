// Reading one step of a data pipeline: every key is used or refused.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/sampling/geometry.h"

namespace vs::data {

/// The JSON object of a step and where it stands, such as "pipeline.2". Getters throw UsageError naming the place for a
/// missing key, a wrong type or a value out of range. finish() refuses the keys that nobody asked for, with the nearest
/// one that was. Borrows the JSON.
class StepOptions {
 public:
  /// Throws UsageError unless `step` is an object with a text under "type".
  StepOptions(const nlohmann::ordered_json& step, std::string place);

  const std::string& type() const { return type_; }
  /// "pipeline.2.scale (Resize)": what messages name.
  std::string place_of(const std::string& key) const;

  /// Whether the key is there and not null.
  bool has(const std::string& key);
  /// The value under a key, null if it is not there.
  const nlohmann::ordered_json* value(const std::string& key);
  int64_t integer(const std::string& key, int64_t least, int64_t most = int64_t{1} << 31);
  int64_t integer_or(const std::string& key, int64_t otherwise, int64_t least, int64_t most = int64_t{1} << 31);
  double number_or(const std::string& key, double otherwise, double least, double most);
  bool flag_or(const std::string& key, bool otherwise);
  std::string text_or(const std::string& key, const std::string& otherwise);
  /// One of `words`, the first of them if the key is not there.
  std::string word(const std::string& key, const std::vector<std::string>& words);
  /// Finite numbers; `size` 0 takes any number of them but none.
  std::vector<double> numbers(const std::string& key, size_t size = 0);
  std::vector<double> numbers_or(const std::string& key, const std::vector<double>& otherwise, size_t size = 0);
  /// A side for a square, or [width, height].
  sampling::Size size(const std::string& key);

  /// Keys that mean nothing here (how files are read, what else is collected) are passed by.
  void pass(std::initializer_list<const char*> keys);
  /// "lazy": true is refused: it crops once and resizes once, which gives other pixels.
  void refuse_lazy();
  /// Throws UsageError for a key that was not asked for.
  void finish() const;
  [[noreturn]] void refuse(const std::string& key, const std::string& finding, const std::string& hint = {}) const;

 private:
  const nlohmann::ordered_json& need(const std::string& key);
  std::vector<double> numbers_of(const nlohmann::ordered_json& value, const std::string& key, size_t size) const;

  const nlohmann::ordered_json* step_;
  std::string place_, type_;
  std::vector<std::string> asked_{"type"};
};

/// Throws UsageError: `word` is none of `known`, with the nearest one or all of them.
[[noreturn]] void refuse_word(const std::string& place, const std::string& word, const std::vector<std::string>& known);

}  // namespace vs::data

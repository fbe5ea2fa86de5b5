// Reading the objects that describe networks: every key is used or refused.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace vs::nn {

/// A JSON object of a model description and where it stands, such as "model.backbone". Getters throw UsageError naming
/// the place for a missing key, a wrong type or a value out of range. finish() refuses the keys that nobody asked for,
/// with the nearest one that was. Borrows the JSON.
class Config {
 public:
  Config(const nlohmann::ordered_json& object, std::string place);

  const std::string& place() const { return place_; }
  /// "model.backbone.depth": what messages name.
  std::string place_of(const std::string& key) const { return place_ + "." + key; }
  /// There, and not null. Does not count as asked for.
  bool has(const std::string& key) const;

  std::string text(const std::string& key);
  std::string text(const std::string& key, const std::string& otherwise);
  int64_t integer(const std::string& key, int64_t least, int64_t most = int64_t{1} << 40);
  int64_t integer_or(const std::string& key, int64_t otherwise, int64_t least, int64_t most = int64_t{1} << 40);
  double number_or(const std::string& key, double otherwise, double least, double most);
  bool flag_or(const std::string& key, bool otherwise);
  /// A list; one number stands for `size` of it where size > 0, and another length is refused then.
  std::vector<int64_t> integers(const std::string& key, size_t size = 0);
  std::vector<int64_t> integers_or(const std::string& key, const std::vector<int64_t>& otherwise, size_t size = 0);
  /// The object under a key, which its reader finishes.
  Config object(const std::string& key);
  /// Of these words, "" excepted; another one is refused with the nearest.
  std::string word(const std::string& key, const std::string& otherwise, const std::vector<std::string>& words);
  /// Keys that mean nothing to the network itself (training, where weights come from) are passed by.
  void pass(std::initializer_list<const char*> keys);
  void finish() const;

 private:
  const nlohmann::ordered_json* find(const std::string& key);
  const nlohmann::ordered_json& need(const std::string& key);
  [[noreturn]] void refuse(const std::string& key, const std::string& finding) const;

  const nlohmann::ordered_json* object_;
  std::string place_;
  std::vector<std::string> asked_;
};

}  // namespace vs::nn

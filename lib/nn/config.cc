#include "lib/nn/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::nn {

using Json = nlohmann::ordered_json;

Config::Config(const Json& object, std::string place) : object_(&object), place_(std::move(place)) {
  if (!object.is_object()) throw UsageError(place_, "is no object");
}

void Config::refuse(const std::string& key, const std::string& finding) const {
  throw UsageError(place_of(key), finding);
}

const Json* Config::find(const std::string& key) {
  asked_.push_back(key);
  const auto at = object_->find(key);
  return at == object_->end() || at->is_null() ? nullptr : &*at;
}

const Json& Config::need(const std::string& key) {
  const Json* value = find(key);
  if (!value) refuse(key, "is missing");
  return *value;
}

bool Config::has(const std::string& key) const {
  const auto at = object_->find(key);
  return at != object_->end() && !at->is_null();
}

std::string Config::text(const std::string& key) {
  const Json& value = need(key);
  if (!value.is_string()) refuse(key, "is no text");
  return value.get<std::string>();
}

std::string Config::text(const std::string& key, const std::string& otherwise) {
  return find(key) ? text(key) : otherwise;
}

int64_t Config::integer(const std::string& key, int64_t least, int64_t most) {
  const Json& value = need(key);
  if (!value.is_number_integer()) refuse(key, "is no integer");
  const bool beyond = value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{INT64_MAX};
  if (beyond || value.get<int64_t>() < least || value.get<int64_t>() > most)
    refuse(key, fmt::format("{} is not in {} to {}", value.dump(), least, most));
  return value.get<int64_t>();
}

int64_t Config::integer_or(const std::string& key, int64_t otherwise, int64_t least, int64_t most) {
  return find(key) ? integer(key, least, most) : otherwise;
}

double Config::number_or(const std::string& key, double otherwise, double least, double most) {
  const Json* value = find(key);
  if (!value) return otherwise;
  if (!value->is_number()) refuse(key, "is no number");
  const double number = value->get<double>();
  if (!(number >= least && number <= most)) refuse(key, fmt::format("{} is not in {} to {}", number, least, most));
  return number;
}

bool Config::flag_or(const std::string& key, bool otherwise) {
  const Json* value = find(key);
  if (!value) return otherwise;
  if (!value->is_boolean()) refuse(key, "is neither true nor false");
  return value->get<bool>();
}

std::vector<int64_t> Config::integers(const std::string& key, size_t size) {
  const Json& value = need(key);
  constexpr int64_t kMost = int64_t{1} << 31;
  const auto one = [&](const Json& element) {
    if (!element.is_number_integer()) refuse(key, "holds something that is no integer");
    const bool beyond = element.is_number_unsigned() && element.get<uint64_t>() > uint64_t{kMost};
    if (beyond || element.get<int64_t>() < -kMost) refuse(key, fmt::format("{} is too large", element.dump()));
    return element.get<int64_t>();
  };
  if (size > 0 && value.is_number()) return std::vector<int64_t>(size, one(value));
  if (!value.is_array()) refuse(key, "is no list of integers");
  if (size > 0 && value.size() != size) refuse(key, fmt::format("has {} elements, not {}", value.size(), size));
  std::vector<int64_t> list;
  for (const Json& element : value) list.push_back(one(element));
  return list;
}

std::vector<int64_t> Config::integers_or(const std::string& key, const std::vector<int64_t>& otherwise, size_t size) {
  return find(key) ? integers(key, size) : otherwise;
}

Config Config::object(const std::string& key) { return Config(need(key), place_of(key)); }

std::string Config::word(const std::string& key, const std::string& otherwise, const std::vector<std::string>& words) {
  std::string value = text(key, otherwise);
  if (std::find(words.begin(), words.end(), value) != words.end()) return value;
  const auto nearest = nearest_word(value, words);
  throw UsageError(
      place_of(key), fmt::format("\"{}\" is not known", printable(value)),
      nearest ? fmt::format("did you mean \"{}\"?", *nearest) : fmt::format("known are {}", fmt::join(words, ", ")));
}

void Config::pass(std::initializer_list<const char*> keys) { asked_.insert(asked_.end(), keys.begin(), keys.end()); }

void Config::finish() const {
  for (const auto& entry : object_->items()) {
    if (std::find(asked_.begin(), asked_.end(), entry.key()) != asked_.end()) continue;
    const auto nearest = nearest_word(entry.key(), asked_);
    throw UsageError(place_of(printable(entry.key())), "is no key of this part",
                     nearest ? fmt::format("did you mean \"{}\"?", *nearest) : "");
  }
}

}  // namespace vs::nn

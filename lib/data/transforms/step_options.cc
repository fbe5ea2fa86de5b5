#include "lib/data/transforms/step_options.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::data {

using Json = nlohmann::ordered_json;

void refuse_word(const std::string& place, const std::string& word, const std::vector<std::string>& known) {
  const auto nearest = nearest_word(word, known);
  throw UsageError(place, fmt::format("\"{}\" is not known", printable(word)),
                   nearest ? fmt::format("did you mean \"{}\"?", *nearest) : "known are " + join(known, ", "));
}

StepOptions::StepOptions(const Json& step, std::string place) : step_(&step), place_(std::move(place)) {
  if (!step.is_object()) throw UsageError(place_, "a step is an object such as {\"type\": \"CenterCrop\", ...}");
  const auto at = step.find("type");
  if (at == step.end() || !at->is_string()) throw UsageError(place_, "names no \"type\"");
  type_ = at->get<std::string>();
}

std::string StepOptions::place_of(const std::string& key) const {
  return fmt::format("{}.{} ({})", place_, key, printable(type_));
}

void StepOptions::refuse(const std::string& key, const std::string& finding, const std::string& hint) const {
  throw UsageError(place_of(key), finding, hint);
}

const Json* StepOptions::value(const std::string& key) {
  asked_.push_back(key);
  const auto at = step_->find(key);
  return at == step_->end() || at->is_null() ? nullptr : &*at;
}

bool StepOptions::has(const std::string& key) { return value(key) != nullptr; }

const Json& StepOptions::need(const std::string& key) {
  const Json* found = value(key);
  if (found) return *found;
  std::vector<std::string> keys;
  for (const auto& entry : step_->items()) keys.push_back(entry.key());
  const auto nearest = nearest_word(key, keys);
  refuse(key, "is missing", nearest ? fmt::format("there is \"{}\"", printable(*nearest)) : "");
}

int64_t StepOptions::integer(const std::string& key, int64_t least, int64_t most) {
  const Json& number = need(key);
  if (!number.is_number_integer()) refuse(key, "is no integer");
  const bool beyond = number.is_number_unsigned() && number.get<uint64_t>() > uint64_t{INT64_MAX};
  if (beyond || number.get<int64_t>() < least || number.get<int64_t>() > most)
    refuse(key, fmt::format("{} is not in {} to {}", number.dump(), least, most));
  return number.get<int64_t>();
}

int64_t StepOptions::integer_or(const std::string& key, int64_t otherwise, int64_t least, int64_t most) {
  return has(key) ? integer(key, least, most) : otherwise;
}

double StepOptions::number_or(const std::string& key, double otherwise, double least, double most) {
  const Json* found = value(key);
  if (!found) return otherwise;
  if (!found->is_number()) refuse(key, "is no number");
  const double number = found->get<double>();
  if (!(number >= least && number <= most)) refuse(key, fmt::format("{} is not in {} to {}", number, least, most));
  return number;
}

bool StepOptions::flag_or(const std::string& key, bool otherwise) {
  const Json* found = value(key);
  if (!found) return otherwise;
  if (!found->is_boolean()) refuse(key, "is neither true nor false");
  return found->get<bool>();
}

std::string StepOptions::text_or(const std::string& key, const std::string& otherwise) {
  const Json* found = value(key);
  if (!found) return otherwise;
  if (!found->is_string()) refuse(key, "is no text");
  return found->get<std::string>();
}

std::string StepOptions::word(const std::string& key, const std::vector<std::string>& words) {
  std::string text = text_or(key, words.front());
  if (std::find(words.begin(), words.end(), text) == words.end()) refuse_word(place_of(key), text, words);
  return text;
}

std::vector<double> StepOptions::numbers_of(const Json& list, const std::string& key, size_t size) const {
  if (!list.is_array() || list.empty()) refuse(key, "is no list of numbers");
  if (size > 0 && list.size() != size) refuse(key, fmt::format("has {} numbers, not {}", list.size(), size));
  std::vector<double> numbers;
  for (const Json& element : list) {
    if (!element.is_number() || !std::isfinite(element.get<double>())) refuse(key, "holds something that is no number");
    numbers.push_back(element.get<double>());
  }
  return numbers;
}

std::vector<double> StepOptions::numbers(const std::string& key, size_t size) {
  return numbers_of(need(key), key, size);
}

std::vector<double> StepOptions::numbers_or(const std::string& key, const std::vector<double>& otherwise, size_t size) {
  const Json* found = value(key);
  return found ? numbers_of(*found, key, size) : otherwise;
}

sampling::Size StepOptions::size(const std::string& key) {
  const Json& found = need(key);
  const auto side = [&](const Json& number) {
    if (!number.is_number_integer()) refuse(key, "is neither a side nor [width, height]");
    const bool beyond = number.is_number_unsigned() && number.get<uint64_t>() > uint64_t{sampling::kMaxSide};
    if (beyond || number.get<int64_t>() < 1 || number.get<int64_t>() > sampling::kMaxSide)
      refuse(key, fmt::format("{} is not in 1 to {}", number.dump(), sampling::kMaxSide));
    return number.get<int64_t>();
  };
  if (!found.is_array()) return {side(found), side(found)};
  if (found.size() != 2) refuse(key, fmt::format("has {} numbers, not width and height", found.size()));
  return {side(found[0]), side(found[1])};
}

void StepOptions::pass(std::initializer_list<const char*> keys) {
  asked_.insert(asked_.end(), keys.begin(), keys.end());
}

void StepOptions::refuse_lazy() {
  if (flag_or("lazy", false)) refuse("lazy", "is not offered: it gives other pixels", "leave it out");
}

void StepOptions::finish() const {
  for (const auto& entry : step_->items()) {
    if (std::find(asked_.begin(), asked_.end(), entry.key()) != asked_.end()) continue;
    const auto nearest = nearest_word(entry.key(), asked_);
    refuse(printable(entry.key()), "is no key of this step",
           nearest ? fmt::format("did you mean \"{}\"?", *nearest) : "");
  }
}

}  // namespace vs::data

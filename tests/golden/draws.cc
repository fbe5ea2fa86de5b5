#include "tests/golden/draws.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <regex>
#include <stdexcept>

#include "tests/golden/golden.h"

namespace vs::golden {

double ListedDraws::take() {
  if (next_ == draws_.size()) throw std::runtime_error("more random numbers drawn than the case gives");
  return draws_[next_++];
}

int64_t ListedDraws::below(int64_t count) {
  if (count < 1) throw std::invalid_argument("random integer below a count under 1");
  return static_cast<int64_t>(std::floor(take() * static_cast<double>(count)));
}

std::vector<int64_t> ListedDraws::choose(int64_t count, int64_t chosen) {
  std::vector<double> keys;
  for (int64_t i = 0; i < count; ++i) keys.push_back(take());
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return keys[static_cast<size_t>(a)] < keys[static_cast<size_t>(b)]; });
  order.resize(static_cast<size_t>(chosen));
  return order;
}

ListedDraws keyed_draws(const std::string& key, uint64_t count) { return ListedDraws(uniform_draws(key, count)); }

std::vector<std::string> stated_keys(const std::string& text) {
  static const std::regex pattern(R"(\bu\(["']([^"']+)["'])");
  std::vector<std::string> keys;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) keys.push_back((*at)[1]);
  return keys;
}

std::string filled_in(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) {
    const std::string mark = "<" + name + ">";
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
      text.replace(at, mark.size(), value);
  }
  return text;
}

}  // namespace vs::golden

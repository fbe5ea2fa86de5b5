// Random numbers as golden cases give them: a list of u in [0, 1) that replaces the reference's draws one by one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/core/random.h"

namespace vs::golden {

/// randint(n) = floor(u n); uniform = u; choice of k from n takes n draws and gives the positions of the k smallest.
class ListedDraws final : public RandomSource {
 public:
  explicit ListedDraws(std::vector<double> draws) : draws_(std::move(draws)) {}

  double uniform() override { return take(); }
  int64_t below(int64_t count) override;
  std::vector<int64_t> choose(int64_t count, int64_t chosen) override;

 private:
  double take();
  std::vector<double> draws_;
  size_t next_ = 0;
};

/// The draws u[i] = (u(key, i) + 1) / 2, i < count.
ListedDraws keyed_draws(const std::string& key, uint64_t count);

/// Every key that `text` states as u("key", ...) or u('key', ...), in order.
std::vector<std::string> stated_keys(const std::string& text);

/// `text` with every <name> replaced by values[name]; names that are not listed stay.
std::string filled_in(std::string text, const std::map<std::string, std::string>& values);

}  // namespace vs::golden

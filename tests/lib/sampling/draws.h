// A list of numbers in place of random ones, so that a test can say what is drawn.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "lib/core/random.h"

namespace vs::sampling {

/// uniform() gives the next u, below(n) floor(u n). Throws std::out_of_range where more are drawn than listed.
class ListedDraws final : public RandomSource {
 public:
  explicit ListedDraws(std::vector<double> draws) : draws_(std::move(draws)) {}
  double uniform() override { return draws_.at(next_++); }
  int64_t below(int64_t count) override { return static_cast<int64_t>(uniform() * static_cast<double>(count)); }
  size_t used() const { return next_; }

 private:
  std::vector<double> draws_;
  size_t next_ = 0;
};

}  // namespace vs::sampling

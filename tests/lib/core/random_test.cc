#include "lib/core/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

namespace vs {
namespace {

using Numbers = std::vector<int64_t>;

Numbers draw(RandomSource& random, const Numbers& bounds) {
  Numbers drawn;
  for (const int64_t bound : bounds) drawn.push_back(random.below(bound));
  return drawn;
}

TEST_CASE("hash and mixer: published values") {
  CHECK(fnv1a64("") == 0xcbf29ce484222325);
  CHECK(fnv1a64("a") == 0xaf63dc4c8601ec8c);
  CHECK(fnv1a64("foobar") == 0x85944171f73967e8);
  CHECK(splitmix64(0) == 0xe220a8397b1dcdaf);
}

TEST_CASE("numpy: the legacy stream of RandomState") {
  NumpyRandom zero(0);
  CHECK(zero.uniform() == 0.5488135039273248);
  CHECK(zero.uniform() == 0.7151893663724195);
  CHECK(draw(zero, {1, 5, 100, int64_t{1} << 31, int64_t{1} << 32, int64_t{1} << 33, (int64_t{1} << 40) + 3}) ==
        Numbers{0, 3, 67, 1491434855, 1819583497, 7069061397, 1041261508388});
  Numbers values(8);
  std::iota(values.begin(), values.end(), int64_t{0});
  shuffle(values, zero);
  CHECK(values == Numbers{3, 1, 2, 4, 5, 0, 6, 7});
  CHECK(zero.choose(11, 5) == Numbers{2, 3, 8, 4, 5});
  CHECK(zero.bits() == 2783877012u);
  CHECK(zero.bits() == 86837363u);

  NumpyRandom largest(4294967295u);
  CHECK(largest.uniform() == 0.0976320289940138);
}

TEST_CASE("Python: the stream of random.Random") {
  PythonRandom small(255);
  CHECK(small.uniform() == 0.055298181805084945);
  CHECK(small.uniform() == 0.6404929208469637);
  CHECK(draw(small, {1, 5, 100, int64_t{1} << 31, int64_t{1} << 33, (int64_t{1} << 40) + 3}) ==
        Numbers{0, 2, 78, 543774598, 5399066462, 643811902813});
  Numbers values(8);
  std::iota(values.begin(), values.end(), int64_t{0});
  shuffle(values, small);
  CHECK(values == Numbers{5, 0, 6, 2, 3, 4, 1, 7});

  PythonRandom two_words((uint64_t{1} << 40) + 7);
  CHECK(two_words.uniform() == 0.6137037779936511);
  CHECK(PythonRandom(0).uniform() == 0.8444218515250481);
}

TEST_CASE("item streams depend on seed, epoch and item, and on nothing else") {
  CHECK(ItemRandom(1, 2, "a").bits() == ItemRandom(1, 2, "a").bits());
  std::set<uint64_t> first_words;
  for (uint64_t seed = 0; seed < 20; ++seed)
    for (uint64_t epoch = 0; epoch < 20; ++epoch)
      for (const char* item : {"", "a", "b", "ab"}) first_words.insert(ItemRandom(seed, epoch, item).bits());
  CHECK(first_words.size() == 1600);
}

TEST_CASE("item streams are even") {
  ItemRandom random(7, 0, "video");
  std::vector<int> counts(6, 0);
  double sum = 0;
  for (int i = 0; i < 60000; ++i) {
    ++counts.at(static_cast<size_t>(random.below(6)));
    const double u = random.uniform();
    REQUIRE(u >= 0);
    REQUIRE(u < 1);
    sum += u;
  }
  // Six standard deviations of a binomial count, and of the mean of uniform numbers.
  for (const int count : counts) CHECK(std::abs(count - 10000) < 550);
  CHECK(std::abs(sum / 60000 - 0.5) < 0.0071);
  for (int i = 0; i < 100; ++i) CHECK(random.below(int64_t{1} << 62) < (int64_t{1} << 62));
}

TEST_CASE("choice without replacement") {
  ItemRandom random(3, 1, "x");
  Numbers all = random.choose(9, 9);
  std::sort(all.begin(), all.end());
  CHECK(all == Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(random.choose(0, 0).empty());
  CHECK(random.choose(5, 0).empty());
  CHECK_THROWS_AS(random.choose(2, 3), std::invalid_argument);
  CHECK_THROWS_AS(random.choose(2, -1), std::invalid_argument);
}

TEST_CASE("one possible result: 0, and numpy draws nothing for it") {
  NumpyRandom a(5), b(5);
  CHECK(a.below(1) == 0);
  CHECK(a.bits() == b.bits());
  CHECK(ItemRandom(1, 1, "").below(1) == 0);
  CHECK_THROWS_AS(a.below(0), std::invalid_argument);
  CHECK_THROWS_AS(PythonRandom(1).below(0), std::invalid_argument);
  CHECK_THROWS_AS(ItemRandom(1, 1, "").below(-3), std::invalid_argument);
  CHECK_THROWS_AS(Mt19937(std::vector<uint32_t>{}), std::invalid_argument);
}

}  // namespace
}  // namespace vs

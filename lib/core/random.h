// Random numbers with a stated stream: one of our own per item, and those of numpy's and Python's generators.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace vs {

/// FNV-1a, 64 bits, of the bytes of `text`.
uint64_t fnv1a64(std::string_view text);

/// One step of SplitMix64: a well mixed word from any word.
uint64_t splitmix64(uint64_t z);

/// Where random numbers come from. It is passed in; nothing here has global state.
class RandomSource {
 public:
  virtual ~RandomSource() = default;

  /// A number in [0, 1).
  virtual double uniform() = 0;
  /// An integer in [0, count), each equally likely. Throws std::invalid_argument for count < 1.
  virtual int64_t below(int64_t count) = 0;
  /// `chosen` distinct positions of 0 .. count-1 in random order; 0 <= chosen <= count, else std::invalid_argument.
  ///
  /// Shuffles all positions, also for chosen = 0, and takes the first: numpy's legacy choice without replacement.
  virtual std::vector<int64_t> choose(int64_t count, int64_t chosen);
};

/// Shuffles in place from the last element down, as numpy's legacy generator and Python's random do.
template <class T>
void shuffle(std::vector<T>& values, RandomSource& random) {
  for (size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[static_cast<size_t>(random.below(static_cast<int64_t>(i)))]);
}

/// The stream of one item: it depends on (seed, epoch, item) alone, so neither threads nor order change a result.
class ItemRandom final : public RandomSource {
 public:
  ItemRandom(uint64_t seed, uint64_t epoch, std::string_view item);

  /// The next 64 random bits.
  uint64_t bits();
  double uniform() override;
  int64_t below(int64_t count) override;

 private:
  uint64_t state_;
};

/// MT19937 (Matsumoto and Nishimura, 1998).
class Mt19937 {
 public:
  /// Seeded by one word, as numpy's RandomState(seed).
  explicit Mt19937(uint32_t seed);
  /// Seeded by an array of words, at least one, as Python's random.seed.
  explicit Mt19937(const std::vector<uint32_t>& key);

  /// The next 32 bits.
  uint32_t bits();
  /// 53 bits as a number in [0, 1).
  double uniform();

 private:
  void twist();
  static constexpr size_t kWords = 624;
  std::array<uint32_t, kWords> words_;
  size_t position_ = kWords;
};

/// numpy.random.RandomState, whose stream is frozen: random_sample, randint, choice without replacement, shuffle.
class NumpyRandom final : public RandomSource {
 public:
  explicit NumpyRandom(uint32_t seed) : engine_(seed) {}

  uint32_t bits() { return engine_.bits(); }
  double uniform() override { return engine_.uniform(); }
  /// randint(count): masked bits, drawn again while too large; nothing is drawn for count 1.
  int64_t below(int64_t count) override;

 private:
  Mt19937 engine_;
};

/// Python's random.Random(seed) for a seed that is not negative: random, randrange, randint, choice, shuffle.
class PythonRandom final : public RandomSource {
 public:
  explicit PythonRandom(uint64_t seed);

  double uniform() override { return engine_.uniform(); }
  /// randrange(count): as many bits as count has, drawn again while too large; bits are drawn for count 1 too.
  int64_t below(int64_t count) override;

 private:
  Mt19937 engine_;
};

}  // namespace vs

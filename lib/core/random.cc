#include "lib/core/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace vs {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;

void check_count(int64_t count) {
  if (count < 1) throw std::invalid_argument("random integer below a count under 1");
}

}  // namespace

uint64_t fnv1a64(std::string_view text) {
  uint64_t hash = 14695981039346656037ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash;
}

uint64_t splitmix64(uint64_t z) {
  z += kGolden;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

std::vector<int64_t> RandomSource::choose(int64_t count, int64_t chosen) {
  if (chosen < 0 || chosen > count) throw std::invalid_argument("more distinct positions asked for than there are");
  std::vector<int64_t> positions(static_cast<size_t>(count));
  std::iota(positions.begin(), positions.end(), int64_t{0});
  shuffle(positions, *this);
  positions.resize(static_cast<size_t>(chosen));
  return positions;
}

ItemRandom::ItemRandom(uint64_t seed, uint64_t epoch, std::string_view item)
    : state_(splitmix64(splitmix64(splitmix64(seed) ^ epoch) ^ fnv1a64(item))) {}

uint64_t ItemRandom::bits() {
  const uint64_t word = splitmix64(state_);
  state_ += kGolden;
  return word;
}

double ItemRandom::uniform() { return std::ldexp(static_cast<double>(bits() >> 11), -53); }

int64_t ItemRandom::below(int64_t count) {
  check_count(count);
  // The upper half of a 64 x 64 bit product; the few low halves that would favour some results are drawn again (Lemire,
  // 2019).
  const uint64_t range = static_cast<uint64_t>(count);
  const uint64_t unfair = (0 - range) % range;
  Wide product = Wide{bits()} * range;
  while (static_cast<uint64_t>(product) < unfair) product = Wide{bits()} * range;
  return static_cast<int64_t>(product >> 64);
}

Mt19937::Mt19937(uint32_t seed) {
  words_[0] = seed;
  for (size_t i = 1; i < kWords; ++i)
    words_[i] = 1812433253u * (words_[i - 1] ^ (words_[i - 1] >> 30)) + static_cast<uint32_t>(i);
}

Mt19937::Mt19937(const std::vector<uint32_t>& key) : Mt19937(19650218u) {
  if (key.empty()) throw std::invalid_argument("empty seed array");
  size_t i = 1, j = 0;
  for (size_t k = std::max(kWords, key.size()); k > 0; --k) {
    const uint32_t before = words_[i - 1];
    words_[i] = (words_[i] ^ ((before ^ (before >> 30)) * 1664525u)) + key[j] + static_cast<uint32_t>(j);
    if (++i == kWords) {
      words_[0] = words_[kWords - 1];
      i = 1;
    }
    if (++j == key.size()) j = 0;
  }
  for (size_t k = kWords - 1; k > 0; --k) {
    const uint32_t before = words_[i - 1];
    words_[i] = (words_[i] ^ ((before ^ (before >> 30)) * 1566083941u)) - static_cast<uint32_t>(i);
    if (++i == kWords) {
      words_[0] = words_[kWords - 1];
      i = 1;
    }
  }
  words_[0] = 0x80000000u;
}

void Mt19937::twist() {
  for (size_t i = 0; i < kWords; ++i) {
    const uint32_t y = (words_[i] & 0x80000000u) | (words_[(i + 1) % kWords] & 0x7fffffffu);
    words_[i] = words_[(i + 397) % kWords] ^ (y >> 1) ^ ((y & 1u) != 0 ? 0x9908b0dfu : 0u);
  }
  position_ = 0;
}

uint32_t Mt19937::bits() {
  if (position_ == kWords) twist();
  uint32_t y = words_[position_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

double Mt19937::uniform() {
  const uint32_t high = bits() >> 5, low = bits() >> 6;
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

int64_t NumpyRandom::below(int64_t count) {
  check_count(count);
  const uint64_t last = static_cast<uint64_t>(count) - 1;
  if (last == 0) return 0;
  const uint64_t mask = ~uint64_t{0} >> std::countl_zero(last);
  uint64_t value = 0;
  do {
    if (last <= 0xffffffffu) {
      value = engine_.bits() & mask;
    } else {
      value = uint64_t{engine_.bits()} << 32;
      value = (value | engine_.bits()) & mask;
    }
  } while (value > last);
  return static_cast<int64_t>(value);
}

PythonRandom::PythonRandom(uint64_t seed)
    : engine_(seed >> 32 != 0 ? std::vector<uint32_t>{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}
                              : std::vector<uint32_t>{static_cast<uint32_t>(seed)}) {}

int64_t PythonRandom::below(int64_t count) {
  check_count(count);
  const uint64_t range = static_cast<uint64_t>(count);
  const int width = std::bit_width(range);
  uint64_t value = 0;
  do {
    if (width <= 32) {
      value = engine_.bits() >> (32 - width);
    } else {
      value = engine_.bits();
      value |= uint64_t{engine_.bits() >> (64 - width)} << 32;
    }
  } while (value >= range);
  return static_cast<int64_t>(value);
}

}  // namespace vs

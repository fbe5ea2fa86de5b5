#include "lib/core/fast_hash.h"

#include <doctest/doctest.h>

#include <string_view>

using vs::FastHash;

namespace {

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("XXH3-128 of xxh128sum, in pieces or at once") {
  // The value of no bytes is that of the algorithm's own test vectors.
  CHECK(FastHash().finish() == "99aa06d3014798d86001c324468d497f");
  FastHash whole, pieces;
  whole.update(bytes_of("eight frames"));
  pieces.update(bytes_of("eight "));
  pieces.update(bytes_of("frames"));
  const std::string sum = whole.finish();
  CHECK(sum == pieces.finish());
  CHECK(sum.size() == FastHash::kTextSize);
  FastHash other;
  other.update(bytes_of("eight framez"));
  CHECK(other.finish() != sum);
}

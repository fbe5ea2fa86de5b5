#include "lib/flops/input_shape.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::flops {
namespace {

/// Of one size: more is a slip.
constexpr int64_t kMostAcross = int64_t{1} << 24;

}  // namespace

std::vector<int64_t> parse_shape(const std::string& text, const std::string& place) {
  std::string plain = text;
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return c == ',' || c == 'x' || c == '\t'; }, ' ');
  std::vector<int64_t> shape;
  for (const auto word : split(plain, ' ')) {
    if (word.empty()) continue;
    const auto size = parse_integer(word);
    if (!size || *size < 1 || *size > kMostAcross)
      throw UsageError(place, fmt::format("\"{}\" is no size", printable(word)), "such as 1,3,8,224,224");
    shape.push_back(*size);
  }
  return shape;
}

std::vector<int64_t> input_shape(std::vector<int64_t> given) {
  if (given.size() == 1) return {1, 3, given[0], given[0]};
  if (given.size() == 2) return {1, 3, given[0], given[1]};
  if (given.size() == 4 || given.size() == 5) return given;
  throw UsageError("--shape", fmt::format("has {} sizes", given.size()), "give s, h,w, images,3,H,W or clips,3,T,H,W");
}

}  // namespace vs::flops

#include "lib/media/image_size.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/media/image.h"

namespace vs::media {
namespace {

/// a * b / c, halves up; all positive.
int64_t near_quotient(int64_t a, int64_t b, int64_t c) { return (2 * a * b + c) / (2 * c); }

/// The other side when a side of length `base` becomes `wanted`.
int64_t other_side(SideRounding rounding, int64_t wanted, int64_t base, int64_t other) {
  const auto base_real = static_cast<double>(base);
  const auto other_real = static_cast<double>(other);
  const auto wanted_real = static_cast<double>(wanted);
  switch (rounding) {
    case SideRounding::kEven:
      return 2 * near_quotient(wanted, other, 2 * base);
    case SideRounding::kNear:
      return near_quotient(wanted, other, base);
    case SideRounding::kCut:
      return static_cast<int64_t>((wanted_real / base_real) * other_real);
    case SideRounding::kRound:
      return std::llround(other_real / base_real * wanted_real);
    case SideRounding::kFactor:
      return static_cast<int64_t>(std::floor(other_real * (wanted_real / base_real) + 0.5));
  }
  return other;
}

}  // namespace

Size output_size(const SizePolicy& policy, Size input) {
  int64_t width = input.width, height = input.height;
  const bool keep = policy.only_smaller && [&] {
    switch (policy.kind) {
      case SizePolicy::Kind::kShortSide:
        return std::min(input.width, input.height) <= policy.side;
      case SizePolicy::Kind::kHeight:
        return input.height <= policy.side;
      case SizePolicy::Kind::kExact:
        return input.width <= policy.width && input.height <= policy.height;
      case SizePolicy::Kind::kKeep:
        break;
    }
    return true;
  }();
  if (!keep) {
    if (policy.kind == SizePolicy::Kind::kExact) {
      width = policy.width;
      height = policy.height;
    } else if (policy.kind == SizePolicy::Kind::kHeight ||
               (policy.kind == SizePolicy::Kind::kShortSide && input.width > input.height)) {
      width = std::max<int64_t>(1, other_side(policy.rounding, policy.side, input.height, input.width));
      height = policy.side;
    } else if (policy.kind == SizePolicy::Kind::kShortSide) {
      width = policy.side;
      height = std::max<int64_t>(1, other_side(policy.rounding, policy.side, input.width, input.height));
    }
  }
  if (!image_size_ok(width, height)) {
    throw DataError(fmt::format("picture of {}x{}", input.width, input.height),
                    fmt::format("would come out as {}x{}, more than vs handles", width, height),
                    "ask for a smaller size");
  }
  return {static_cast<int>(width), static_cast<int>(height)};
}

SideRounding parse_side_rounding(const std::string& name, const std::string& option) {
  if (name == "even") return SideRounding::kEven;
  if (name == "near") return SideRounding::kNear;
  if (name == "cut") return SideRounding::kCut;
  if (name == "round") return SideRounding::kRound;
  throw UsageError(option + " " + printable(name), "is not a rule of rounding", "even, near, cut or round");
}

Size parse_size(const std::string& text, const std::string& option) {
  const auto parts = split(text, 'x');
  if (parts.size() == 2) {
    const auto width = parse_integer(parts[0]);
    const auto height = parse_integer(parts[1]);
    if (width && height && *width >= 1 && *height >= 1 && *width <= kMaxImageSide && *height <= kMaxImageSide &&
        image_size_ok(*width, *height)) {
      return {static_cast<int>(*width), static_cast<int>(*height)};
    }
  }
  throw UsageError(option + " " + printable(text), "is not a size", "width x height, such as 340x256");
}

}  // namespace vs::media

#include "lib/cuda/kernels/temporal_shift.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "tests/lib/cuda/numbers.h"

namespace vs::cuda {
namespace {

using testing::random_bytes;

int64_t place_of(const ShiftShape& shape, int64_t image, int64_t channel, int64_t position) {
  const int64_t of_image = shape.layout == ImageLayout::kChannelsFirst ? channel * shape.positions + position
                                                                       : position * shape.channels + channel;
  return (image * shape.channels * shape.positions + of_image) * shape.element_bytes;
}

/// The definition, element by element.
std::vector<uint8_t> naive_shift(const std::vector<uint8_t>& x, const ShiftShape& shape, ShiftDirection direction) {
  std::vector<uint8_t> result(x.size(), 0);
  const int64_t fold = shape.channels / shape.divisor;
  for (int64_t image = 0; image < shape.videos * shape.segments; ++image) {
    for (int64_t channel = 0; channel < shape.channels; ++channel) {
      int64_t step = channel < fold ? 1 : channel < 2 * fold ? -1 : 0;
      if (direction == ShiftDirection::kBackward) step = -step;
      const int64_t segment = image % shape.segments + step;
      if (segment < 0 || segment >= shape.segments) continue;
      for (int64_t position = 0; position < shape.positions; ++position) {
        for (int64_t byte = 0; byte < shape.element_bytes; ++byte)
          result[static_cast<std::size_t>(place_of(shape, image, channel, position) + byte)] =
              x[static_cast<std::size_t>(place_of(shape, image + step, channel, position) + byte)];
      }
    }
  }
  return result;
}

/// Both kernels against the definition, at an address `offset` elements beyond one that is aligned to 16.
void compare(const ShiftShape& shape, int64_t offset) {
  const auto bytes =
      static_cast<std::size_t>(shape.videos * shape.segments * shape.channels * shape.positions * shape.element_bytes);
  const auto skipped = static_cast<std::size_t>(offset * shape.element_bytes);
  const std::vector<uint8_t> x = random_bytes(bytes, 7);
  for (const ShiftDirection direction : {ShiftDirection::kForward, ShiftDirection::kBackward}) {
    const std::vector<uint8_t> want = naive_shift(x, shape, direction);
    std::vector<uint8_t> source(skipped, 0), result(skipped + bytes, 99);
    source.insert(source.end(), x.begin(), x.end());
    temporal_shift(source.data() + skipped, result.data() + skipped, shape, direction, nullptr);
    CHECK(std::vector<uint8_t>(result.begin() + static_cast<std::ptrdiff_t>(skipped), result.end()) == want);
    temporal_shift_in_place(source.data() + skipped, shape, direction, nullptr);
    CHECK(std::vector<uint8_t>(source.begin() + static_cast<std::ptrdiff_t>(skipped), source.end()) == want);
  }
}

TEST_CASE("temporal shift: layouts, element sizes, addresses and odd counts") {
  for (const ImageLayout layout : {ImageLayout::kChannelsFirst, ImageLayout::kChannelsLast}) {
    for (const int element_bytes : {1, 2, 4, 8}) {
      for (const auto& [channels, positions] : {std::pair<int64_t, int64_t>{64, 16}, {17, 15}, {24, 49}, {8, 1}}) {
        for (const int64_t offset : {0, 1, 3}) {
          compare({.videos = 3,
                   .segments = 5,
                   .channels = channels,
                   .positions = positions,
                   .divisor = 8,
                   .element_bytes = element_bytes,
                   .layout = layout},
                  offset);
        }
      }
    }
  }
}

TEST_CASE("temporal shift: more segments than are loaded at a time, and only one") {
  for (const int64_t segments : {1, 2, 7, 8, 9, 16, 21}) {
    compare({.videos = 2, .segments = segments, .channels = 12, .positions = 6, .divisor = 3}, 0);
    compare({.videos = 2,
             .segments = segments,
             .channels = 12,
             .positions = 6,
             .divisor = 3,
             .layout = ImageLayout::kChannelsLast},
            0);
  }
}

TEST_CASE("temporal shift: more work than a grid has threads") {
  compare({.videos = 7, .segments = 2, .channels = 9, .positions = 401, .divisor = 3, .element_bytes = 2}, 1);
}

TEST_CASE("temporal shift: no fold copies, divisor 1 and 2 move all") {
  for (const int64_t divisor : {1, 2, 8}) {
    for (const ImageLayout layout : {ImageLayout::kChannelsFirst, ImageLayout::kChannelsLast})
      compare({.videos = 2, .segments = 4, .channels = 7, .positions = 5, .divisor = divisor, .layout = layout}, 0);
  }
}

TEST_CASE("temporal shift: nothing to do") {
  for (const ShiftShape& shape :
       {ShiftShape{}, ShiftShape{.videos = 1, .segments = 2}, ShiftShape{.videos = 1, .channels = 8}}) {
    temporal_shift(nullptr, nullptr, shape, ShiftDirection::kForward, nullptr);
    temporal_shift_in_place(nullptr, shape, ShiftDirection::kBackward, nullptr);
  }
  CHECK_THROWS_AS(temporal_shift(nullptr, nullptr, {.element_bytes = 3}, ShiftDirection::kForward, nullptr),
                  std::logic_error);
  CHECK_THROWS_AS(temporal_shift(nullptr, nullptr, {.videos = kMostShiftedImages + 1, .channels = 1, .positions = 1},
                                 ShiftDirection::kForward, nullptr),
                  std::logic_error);
  CHECK_THROWS_AS(temporal_shift_in_place(nullptr, {.segments = 0}, ShiftDirection::kForward, nullptr),
                  std::logic_error);
}

}  // namespace
}  // namespace vs::cuda

#include "lib/media/image_reduce.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace vs::media {
namespace {

/// The same in real numbers.
double expected(const std::vector<uint8_t>& plane, int width, int rows, int output_rows, int x, int y) {
  const double ratio = double(rows) / output_rows, middle = (y + 0.5) * ratio - 0.5;
  double sum = 0, weights = 0;
  for (int row = 0; row < rows; ++row) {
    const double weight = std::max(0.0, 1 - std::abs(row - middle) / ratio);
    sum += weight * plane[static_cast<std::size_t>(row * width + x)];
    weights += weight;
  }
  return sum / weights;
}

}  // namespace

TEST_CASE("rows are means under a triangle, in blocks and beside them alike") {
  std::mt19937 random(1);
  for (const auto& [rows, output_rows] : {std::pair{72, 25}, {50, 50}, {7, 1}, {1, 1}, {41, 20}, {300, 2}}) {
    CAPTURE(rows);
    CAPTURE(output_rows);
    const int width = 131;  // two blocks of 64 and three columns
    std::vector<uint8_t> plane(static_cast<std::size_t>(rows * width));
    for (auto& sample : plane) sample = static_cast<uint8_t>(random());
    std::vector<uint8_t> output(static_cast<std::size_t>(output_rows * width));
    const RowReducer reducer(rows, output_rows);
    CHECK(reducer.output_rows() == output_rows);
    reducer.run(plane.data(), width, width, output.data(), width);
    double largest = 0, bias = 0;
    for (int y = 0; y < output_rows; ++y) {
      for (int x = 0; x < width; ++x) {
        const double error =
            output[static_cast<std::size_t>(y * width + x)] - expected(plane, width, rows, output_rows, x, y);
        largest = std::max(largest, std::abs(error));
        bias += error;
      }
    }
    CHECK(largest <= 0.6);
    CHECK(std::abs(bias / (output_rows * width)) < 0.05);
    // Columns outside blocks give what columns inside do.
    std::vector<uint8_t> alone(static_cast<std::size_t>(output_rows));
    reducer.run(plane.data() + 5, width, 1, alone.data(), 1);
    for (int y = 0; y < output_rows; ++y) {
      CHECK(alone[static_cast<std::size_t>(y)] == output[static_cast<std::size_t>(y * width + 5)]);
    }
  }
}

TEST_CASE("flat planes stay what they are, white ones too") {
  for (int value : {0, 1, 16, 128, 235, 254, 255}) {
    const std::vector<uint8_t> plane(64 * 90, static_cast<uint8_t>(value));
    std::vector<uint8_t> output(64 * 31);
    RowReducer(90, 31).run(plane.data(), 64, 64, output.data(), 64);
    CHECK(*std::min_element(output.begin(), output.end()) == value);
    CHECK(*std::max_element(output.begin(), output.end()) == value);
  }
}

}  // namespace vs::media

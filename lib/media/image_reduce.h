// Fewer rows: the vertical half of a bilinear reduction, done first, so that the horizontal half has fewer rows to go
// over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vs::media {

/// One reduction of a plane's height. Equal results on every machine: integers only.
class RowReducer {
 public:
  /// rows and output_rows of at least 1, output_rows <= rows.
  RowReducer(int rows, int output_rows);

  int rows() const { return rows_; }
  int output_rows() const { return static_cast<int>(taps_.size()); }

  /// Each output row is the mean of the input rows under a triangle that reaches one output row to either side, rounded
  /// to the nearest but for ties. `width` samples a row.
  void run(const uint8_t* input, std::ptrdiff_t stride, int width, uint8_t* output, std::ptrdiff_t output_stride) const;

 private:
  /// The rows under one triangle; weights in 1/65536.
  struct Taps {
    int first = 0;
    std::vector<uint16_t> weights;
  };
  int rows_;
  std::vector<Taps> taps_;
};

}  // namespace vs::media

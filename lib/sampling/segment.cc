#include "lib/sampling/segment.h"

#include "lib/sampling/checks.h"

namespace vs::sampling {
namespace {

__extension__ using Wide = __int128;

/// floor(a * b / c) for a, b >= 0, c > 0, the result at most a or b.
int64_t scaled(int64_t a, int64_t b, int64_t c, int64_t add = 0) {
  return static_cast<int64_t>((Wide{a} * b + add) / c);
}

}  // namespace

std::vector<int64_t> segment_centers(int64_t num_frames, int64_t num_segments) {
  check_num_frames(num_frames);
  check_argument("num_segments", num_segments);
  check_product("num_segments", num_segments, 1);
  std::vector<int64_t> indices;
  for (int64_t k = 0; k < num_segments; ++k) indices.push_back(scaled(2 * k + 1, num_frames, 2 * num_segments));
  return indices;
}

std::vector<int64_t> evenly_spaced(int64_t num_frames, int64_t count) {
  check_num_frames(num_frames);
  check_argument("num_frames", count);
  check_product("num_frames", count, 1);
  if (count == 1) return {(num_frames - 1) / 2};
  std::vector<int64_t> indices;
  for (int64_t j = 0; j < count; ++j) indices.push_back(scaled(2 * j, num_frames - 1, 2 * (count - 1), count - 1));
  return indices;
}

std::vector<int64_t> every_nth(int64_t num_frames, int64_t step, int64_t first) {
  check_num_frames(num_frames);
  check_argument("every", step);
  check_argument("first", first, 0);
  std::vector<int64_t> indices;
  for (int64_t i = first; i < num_frames; i += step) indices.push_back(i);
  return indices;
}

}  // namespace vs::sampling

#include "lib/nn/noise_tape.h"

#include <doctest/doctest.h>

namespace vs::nn {
namespace {

const at::TensorOptions kFloats = at::device(at::kCPU).dtype(at::kFloat);

/// Some of the draws as work asks for them.
std::vector<at::Tensor> drawn(NoiseSource& noise) {
  return {noise.uniform({3, 1, 1}, kFloats), noise.normal({2, 40}, kFloats.dtype(at::kBFloat16)),
          noise.uniform({}, kFloats), noise.normal({0, 4}, kFloats), noise.uniform({17}, kFloats.dtype(at::kDouble))};
}

void check_equal(const std::vector<at::Tensor>& found, const std::vector<at::Tensor>& want) {
  REQUIRE(found.size() == want.size());
  for (size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK((found[i].scalar_type() == want[i].scalar_type()));
    CHECK(at::equal(found[i], want[i]));
  }
}

std::vector<Draw> noted_draws() {
  SeededNoise source(1);
  NotedNoise noted(source);
  SeededNoise other(1);
  check_equal(drawn(noted), drawn(other));
  return noted.draws();
}

}  // namespace

TEST_CASE("a tape gives what its source would give, each time anew") {
  NoiseTape tape(noted_draws(), at::kCPU);
  for (const uint64_t seed : {2, 3}) {
    SeededNoise source(seed), other(seed);
    tape.refill(source);
    for (int run = 0; run < 2; ++run) {
      tape.rewind();
      SeededNoise same(seed);
      check_equal(drawn(tape), drawn(same));
    }
    // What comes after the draws is not touched.
    drawn(other);
    CHECK(at::equal(source.uniform({4}, kFloats), other.uniform({4}, kFloats)));
  }
}

TEST_CASE("a tape's draws lie at fixed places") {
  NoiseTape tape(noted_draws(), at::kCPU);
  SeededNoise first(4), second(5);
  tape.refill(first);
  const at::Tensor place = tape.uniform({3, 1, 1}, kFloats), before = place.clone();
  tape.refill(second);
  tape.rewind();
  CHECK(at::equal(place, tape.uniform({3, 1, 1}, kFloats)));
  CHECK_FALSE(at::equal(place, before));
}

TEST_CASE("a tape refuses draws that it does not know") {
  NoiseTape tape({{Draw::Kind::kUniform, {2}}}, at::kCPU);
  CHECK_THROWS_AS(tape.normal({2}, kFloats), c10::Error);
  CHECK_THROWS_AS(tape.uniform({3}, kFloats), c10::Error);
  CHECK_THROWS_AS(tape.uniform({2}, kFloats.device(at::kMeta)), c10::Error);
  (void)tape.uniform({2}, kFloats);
  CHECK_THROWS_AS(tape.uniform({2}, kFloats), c10::Error);
  NoiseTape none({}, at::kCPU);
  SeededNoise source(1);
  none.refill(source);
  CHECK_THROWS_AS(none.uniform({}, kFloats), c10::Error);
}

}  // namespace vs::nn

// What of the systems a device records, and that what it replays depends on nothing but the input.
#include "lib/nn/recorded_function.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/gpu/example_systems.h"
#include "tests/gpu/watched_backend.h"
#include "tests/lib/cuda/device.h"

namespace vs::cuda {
namespace {

using testing::built;
using testing::distance;
using testing::Example;
using testing::examples;
using testing::OwnKernels;
using testing::values_of;
using testing::video_batch;
using testing::Watched;

}  // namespace

TEST_CASE("every system is recorded, and replayed it scores other videos as without") {
  const OwnKernels kernels;
  for (const Example& example : examples()) {
    CAPTURE(example.recipe);
    const at::Tensor imgs = video_batch(example), others = imgs.flip(-1) * 0.5;
    const auto system = built(example);
    system->move(kernels.device());
    const systems::Result want = system->run(others);
    system->prepare({});
    const Watched watched(kernels.device());
    for (int run = 0; run < 2; ++run) (void)system->run(imgs);
    CHECK(watched.recorded == 1);
    CHECK(watched.refusals == std::vector<std::string>());
    const systems::Result found = system->run(others);
    CHECK(watched.recorded == 1);
    CHECK(distance(values_of(found), values_of(want)) < 1e-4);
    CHECK(found.picks == want.picks);
    REQUIRE(found.patches.size() == want.patches.size());
    for (size_t video = 0; video < want.patches.size(); ++video) {
      REQUIRE(found.patches[video].size() == want.patches[video].size());
      for (size_t i = 0; i < want.patches[video].size(); ++i)
        CHECK(found.patches[video][i].x == doctest::Approx(want.patches[video][i].x).epsilon(1e-3));
    }
  }
}

}  // namespace vs::cuda

#include "lib/nn/loading.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/nn/layers/conv.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/norm.h"
#include "tests/support/scratch.h"

using namespace vs;
using namespace vs::nn;

namespace {

class Small : public Module {
 public:
  explicit Small(int64_t classes = 4, Axes kernel = {3, 3})
      : conv(child<Conv>("conv", ConvOptions{.in_channels = 3, .out_channels = 5, .kernel = std::move(kernel)})),
        norm(child<BatchNorm>("norm", 5)),
        head(child<Linear>("head", 5, classes)) {}
  Conv& conv;
  BatchNorm& norm;
  Linear& head;
};

}  // namespace

TEST_CASE("what is saved is loaded again") {
  const test::Scratch scratch("vs-loading-test");
  Small saved, loaded;
  initialise(saved, 7);
  save_weights(saved, scratch / "w.safetensors", {{"made", "by a test"}});
  const LoadReport report = load_weights(loaded, scratch / "w.safetensors");
  CHECK(report.match.matched.size() == saved.entries().size());
  const auto before = saved.entries(), after = loaded.entries();
  for (size_t i = 0; i < before.size(); ++i) CHECK(at::equal(*before[i].tensor, *after[i].tensor));
  CHECK(json_of(report).at("format") == "safetensors");
}

TEST_CASE("start values depend on seed and name only") {
  Small one, two, other;
  initialise(one, 7);
  initialise(two, 7);
  initialise(other, 8);
  CHECK(at::equal(one.conv.weight(), two.conv.weight()));
  CHECK(!at::equal(one.conv.weight(), other.conv.weight()));
  CHECK(at::equal(one.norm.running_var(), at::ones({5})));
  CHECK(at::equal(one.head.bias(), at::zeros({4})));
}

TEST_CASE("another class count is an error, unless the head is replaced") {
  const test::Scratch scratch("vs-loading-test");
  Small saved(4), other(6);
  initialise(saved, 1);
  initialise(other, 2);
  save_weights(saved, scratch / "w.safetensors");
  const at::Tensor before = other.conv.weight().clone(), head = other.head.weight().clone();
  CHECK_THROWS_AS(load_weights(other, scratch / "w.safetensors"), DataError);
  CHECK(at::equal(before, other.conv.weight()));
  const LoadReport report = load_weights(other, scratch / "w.safetensors", {.match = {.replaced_heads = {"head."}}});
  CHECK(report.match.replaced == std::vector<std::string>{"head.weight", "head.bias"});
  CHECK(at::equal(saved.conv.weight(), other.conv.weight()));
  CHECK(at::equal(head, other.head.weight()));
}

TEST_CASE("kernels over images become kernels over clips") {
  const test::Scratch scratch("vs-loading-test");
  Small images, clips(4, {2, 3, 3});
  initialise(images, 1);
  save_weights(images, scratch / "w.safetensors");
  const LoadReport report = load_weights(clips, scratch / "w.safetensors");
  CHECK(report.match.adapted == std::vector<std::string>{"conv.weight"});
  CHECK(at::allclose(clips.conv.weight().sum(2), images.conv.weight()));
  CHECK_THROWS_AS(load_weights(clips, scratch / "w.safetensors", {.inflate = false}), DataError);
}

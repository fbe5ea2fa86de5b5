// Distances between student and teacher against numbers of PyTorch 2.11, and what cannot be compared.
#include "lib/train/tasks/distillation_terms.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/lib/nn/refusal.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;
using nn::testing::is_refused;

/// sin(0.7 i + k) in row-major order.
at::Tensor wave(at::IntArrayRef shape, double k) {
  int64_t count = 1;
  for (const int64_t extent : shape) count *= extent;
  return (at::arange(count, at::kDouble) * 0.7 + k).sin().view(shape);
}

at::Tensor student(at::IntArrayRef shape) { return wave(shape, 1).set_requires_grad(true); }

/// The first four values and the sum.
void check_gradient(const at::Tensor& tensor, const std::vector<double>& first, double sum) {
  const at::Tensor values = tensor.grad().flatten();
  for (size_t i = 0; i < first.size(); ++i) {
    CAPTURE(i);
    CHECK(values[static_cast<int64_t>(i)].item<double>() == doctest::Approx(first[i]).epsilon(1e-9));
  }
  CHECK(std::abs(values.sum().item<double>() - sum) < 1e-9);
}

double distance(const DistillationTerm& term, const Sight& sight, const at::Tensor& target,
                nn::Linear* classifier = nullptr, Adaptation* adaptation = nullptr) {
  const at::Tensor found = distillation_distance(term, sight, target, classifier, adaptation);
  found.backward();
  return found.item<double>();
}

Sight of_maps(const at::Tensor& maps) { return {maps, true, {}}; }
Sight of_scores(const at::Tensor& scores) { return {{}, true, scores}; }

/// A layer with waves 5 and 6 as weight and bias.
void fill(nn::Module& layer) {
  layer.materialize(at::kDouble);
  double k = 5;
  for (const nn::Entry& entry : layer.entries()) entry.tensor->copy_(wave(entry.tensor->sizes(), k++));
  layer.require_gradients(true);
}

}  // namespace

TEST_CASE("scores: row by row, or of the mean row") {
  const DistillationTerm term{DistilledPart::kScores, 1, 4};
  at::Tensor own = student({2, 1, 5});
  CHECK(distance(term, of_scores(own), wave({2, 1, 5}, 2) * 2) == doctest::Approx(0.3682190696754706));
  check_gradient(own, {-0.19129447733, -0.0384521387858, 0.0708248901724, 0.0954281306579}, 0);
  own = student({2, 2, 5});
  CHECK(distance(term, of_scores(own), wave({2, 1, 5}, 2) * 2) == doctest::Approx(0.943580461452407));
  check_gradient(own, {-0.1249192449, -0.0510142782317, 0.0259679551591, 0.0707447595754}, 0);
}

TEST_CASE("features: maps on the teacher's grid, frames averaged, clips joined") {
  const DistillationTerm term{DistilledPart::kFeatures};
  at::Tensor own = student({2, 1, 3, 4, 2, 2});
  CHECK(distance(term, of_maps(own), wave({2, 1, 3, 2, 3, 3}, 2)) == doctest::Approx(0.5177769635506159));
  check_gradient(own, {-0.00301941483279, 0.00585334507025, 0.00253660549148, -0.00868564077933}, 0.00968798420486211);
  own = student({1, 2, 2, 2, 1, 1});
  CHECK(distance(term, of_maps(own), wave({1, 1, 2, 4, 1, 1}, 2)) == doctest::Approx(0.6719201799078824));
  check_gradient(own, {-0.0169566105044, 0.141071232555, 0.417906947347, 0.186780247001}, 0.1617389469884653);
  // The same maps are no distance apart.
  own = student({2, 1, 3, 2, 2, 2});
  CHECK(distance(term, of_maps(own), own.detach()) == 0);
}

TEST_CASE("features of another width: through a layer that learns") {
  const DistillationTerm term{DistilledPart::kFeatures};
  Adaptation adaptation({term}, 3, 2);
  fill(adaptation);
  const at::Tensor own = student({2, 1, 3, 4, 2, 2});
  CHECK(distance(term, of_maps(own), wave({2, 1, 2, 2, 3, 3}, 2), nullptr, &adaptation) ==
        doctest::Approx(0.6496132852195289));
  check_gradient(own, {0.0276924440852, 0.0220653323368, 0.0179428251124, 0.017462704379}, 1.4126106828953382);
  const auto entries = adaptation.entries();
  CHECK(entries.front().name == "features.weight");
  check_gradient(*entries[0].tensor, {-0.00399085543679, -0.0107669416845, -0.000380627624036, -0.0174730170559},
                 0.02526380052478438);
  check_gradient(*entries[1].tensor, {-0.240493545383, 0.426598896035}, 0.18610535065188025);
  CHECK(adaptation.layer(DistilledPart::kPooledFeatures) == nullptr);
}

TEST_CASE("pooled features and scores of maps") {
  at::Tensor own = student({2, 2, 3, 2, 2, 2});
  CHECK(distance({DistilledPart::kPooledFeatures}, of_maps(own), wave({2, 1, 3}, 2)) ==
        doctest::Approx(0.49113067684546713));
  check_gradient(own, {-0.0180761804854, -0.0180761804854, -0.0180761804854, -0.0180761804854}, 0.4946546170819305);

  nn::Module head;
  auto& classifier = head.child<nn::Linear>("fc_cls", 3, 5);
  fill(classifier);
  own = student({2, 1, 3, 2, 2, 2});
  CHECK(distance({DistilledPart::kScoreMaps, 1, 2}, of_maps(own), wave({2, 1, 5, 2, 3, 3}, 2), &classifier) ==
        doctest::Approx(0.14108903643050158));
  check_gradient(own, {0.00838566751917, 0.0106015402676, 0.0106932012287, 0.00858270135476}, 0.05098702245795492);
  check_gradient(*classifier.entries()[0].tensor,
                 {-0.0153596142315, -0.0163170363463, -0.0099502590257, 0.0234260822097}, 0);
  check_gradient(*classifier.entries()[1].tensor, {-0.031097277508, 0.00234112510036, 0.0075725186325, 0.0110759484809},
                 0);
}

TEST_CASE("targets are what the teacher saw") {
  nn::Module head;
  auto& classifier = head.child<nn::Linear>("fc_cls", 3, 5);
  fill(classifier);
  const at::NoGradGuard no_gradients;
  const Sight sight{wave({2, 1, 3, 2, 2, 2}, 1), true, wave({2, 1, 5}, 3)};
  CHECK(at::equal(distillation_target(DistilledPart::kScores, sight, nullptr), sight.scores));
  CHECK(at::equal(distillation_target(DistilledPart::kFeatures, sight, nullptr), sight.maps));
  CHECK(distillation_target(DistilledPart::kPooledFeatures, sight, nullptr).sizes() == at::IntArrayRef({2, 1, 3}));
  const at::Tensor maps = distillation_target(DistilledPart::kScoreMaps, sight, &classifier);
  CHECK(maps.sizes() == at::IntArrayRef({2, 1, 5, 2, 2, 2}));
  const at::Tensor one = classifier(sight.maps.select(0, 1).select(0, 0).select(1, 1).select(1, 0).select(1, 1));
  CHECK(at::allclose(maps.select(0, 1).select(0, 0).select(1, 1).select(1, 0).select(1, 1), one));
}

TEST_CASE("what cannot be brought together is refused") {
  const at::Tensor own = wave({1, 1, 2, 3, 1, 1}, 1);
  const auto compare = [&](const DistillationTerm& term, const Sight& sight, const at::Tensor& target) {
    return [=] { distillation_distance(term, sight, target, nullptr, nullptr); };
  };
  CHECK(is_refused(compare({DistilledPart::kFeatures}, of_maps(own), wave({1, 1, 2, 2, 1, 1}, 1)),
                   "have 3 frames, the teacher's 2"));
  CHECK(is_refused(compare({DistilledPart::kFeatures}, of_maps(own), wave({1, 1, 4, 3, 1, 1}, 1)), "the teacher ["));
  Sight tokens = of_maps(own);
  tokens.has_positions = false;
  CHECK(is_refused(compare({DistilledPart::kFeatures}, tokens, own), "the student gives no maps"));
  CHECK(is_refused([&] { distillation_target(DistilledPart::kScoreMaps, tokens, nullptr); },
                   "the teacher gives no maps"));
  CHECK(is_refused(compare({DistilledPart::kScores}, of_scores(wave({1, 1, 3}, 1)), wave({1, 1, 4}, 1)),
                   "the teacher ["));
}

TEST_CASE("terms of a recipe") {
  const auto terms =
      read_distillation_terms({{{"part", "pooled"}}, {{"part", "scores"}, {"weight", 2}, {"temperature", 3}}}, "t");
  CHECK(terms.size() == 2);
  CHECK(terms[0].part == DistilledPart::kPooledFeatures);
  CHECK(terms[0].weight == 1);
  CHECK(terms[1].temperature == 3);
  const auto read = [](const Json& list) { return [=] { read_distillation_terms(list, "t"); }; };
  CHECK(is_refused(read(Json::array()), "t: is no list of terms"));
  CHECK(is_refused(read({{{"part", "pooled"}}, {{"part", "pooled"}}}), "stands there twice"));
  CHECK(is_refused(read(Json::array({{{"part", "score"}}})), "scores"));
  CHECK(is_refused(read(Json::array({{{"part", "scores"}, {"temperature", 0}}})), "temperature"));
  CHECK(is_refused(read(Json::array({{{"weight", 1}}})), "part: is missing"));
}

}  // namespace vs::train

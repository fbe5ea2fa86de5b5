#include "lib/weights/matching.h"

#include <doctest/doctest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"

namespace {

using namespace vs;
using weights::match_names;
using weights::MatchOptions;
using weights::NamedShape;
using Names = std::vector<std::string>;

const std::vector<NamedShape> kNetwork{{"backbone.conv.weight", {8, 3, 3, 3}},  {"backbone.bn.weight", {8}},
                                       {"backbone.bn.num_batches_tracked", {}}, {"head.hidden.weight", {16, 8}},
                                       {"head.fc.weight", {200, 16}},           {"head.fc.bias", {200}}};

/// The network's own tensors with some replaced; an empty shape list takes one out.
std::vector<NamedShape> with(std::vector<NamedShape> changes, const Names& without = {}) {
  std::vector<NamedShape> found;
  for (NamedShape tensor : kNetwork) {
    if (std::find(without.begin(), without.end(), tensor.name) != without.end()) continue;
    for (const auto& change : changes) {
      if (change.name == tensor.name) tensor.shape = change.shape;
    }
    found.push_back(tensor);
  }
  return found;
}

std::string refusal(const weights::MatchReport& report) {
  try {
    weights::require_complete(report, "w.pth");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("equal names and shapes match; names beyond are reported only") {
  auto found = kNetwork;
  found.push_back({"optimizer.lr", {}});
  const auto report = match_names(kNetwork, found);
  CHECK(report.matched.size() == 6);
  CHECK(report.unexpected == Names{"optimizer.lr"});
  CHECK(report.complete());
  CHECK(refusal(report).empty());
  CHECK(weights::summary_of(report) == "6 of 6 tensors loaded, 1 unexpected");
  CHECK(match_names({}, {}).complete());
}

TEST_CASE("missing and wrongly shaped tensors are an error that names them") {
  const auto report =
      match_names(kNetwork, with({{"head.fc.weight", {400, 16}}, {"head.fc.bias", {400}}}, {"backbone.bn.weight"}));
  CHECK(report.missing == Names{"backbone.bn.weight"});
  REQUIRE(report.wrongly_shaped.size() == 2);
  CHECK(report.wrongly_shaped[0] == weights::WrongShape{"head.fc.weight", {200, 16}, {400, 16}});
  CHECK_FALSE(report.complete());
  CHECK(
      refusal(report) ==
      "w.pth: 1 tensor missing: backbone.bn.weight; 2 of another shape: head.fc.weight [400, 16] instead of [200, 16], "
      "head.fc.bias [400] instead of [200] (--partial lists what may be missing)");
  // Long lists are cut.
  std::vector<NamedShape> many;
  for (int i = 0; i < 100; ++i) many.push_back({"p" + std::to_string(i), {}});
  const std::string text = refusal(match_names(many, {}));
  CHECK(text.find("100 tensors missing: p0, p1, p2, p3, p4 and 95 more") != std::string::npos);
  CHECK(text.find("no tensor fits") != std::string::npos);
}

TEST_CASE("counters and computed buffers may be missing") {
  const auto report = match_names(kNetwork, with({}, {"backbone.bn.num_batches_tracked", "head.hidden.weight"}),
                                  {.computed = {"*.hidden.weight"}});
  CHECK(report.complete());
  CHECK(report.optional == Names{"backbone.bn.num_batches_tracked", "head.hidden.weight"});
  // Where it is there, a computed buffer must fit.
  CHECK_FALSE(match_names(kNetwork, with({{"head.hidden.weight", {1}}}), {.computed = {"*.hidden.weight"}}).complete());
}

TEST_CASE("partial loading allows what its patterns fit, and only that") {
  const auto found = with({{"head.fc.bias", {3}}}, {"head.fc.weight"});
  const auto report = match_names(kNetwork, found, {.partial = {"head.fc.*"}});
  CHECK(report.complete());
  CHECK(report.partial == Names{"head.fc.weight", "head.fc.bias"});
  CHECK(report.matched.size() == 4);
  CHECK_FALSE(match_names(kNetwork, found, {.partial = {"head.fc.w*"}}).complete());
  const auto typo = match_names(kNetwork, found, {.partial = {"heads.*", "*"}});
  CHECK(typo.unused_patterns == Names{"heads.*"});
  CHECK_THROWS_AS(weights::require_complete(typo, "w.pth"), UsageError);
}

TEST_CASE("a replaced head keeps the layers that fit and leaves those of another class count") {
  const MatchOptions options{.replaced_heads = {"head."}};
  const auto report = match_names(kNetwork, with({{"head.fc.weight", {400, 16}}, {"head.fc.bias", {400}}}), options);
  CHECK(report.complete());
  CHECK(report.replaced == Names{"head.fc.weight", "head.fc.bias"});
  CHECK(report.matched.size() == 4);
  // Only the weight says so: the bias is replaced with it.
  CHECK(match_names(kNetwork, with({{"head.fc.weight", {400, 16}}}), options).replaced.size() == 2);
  // No head in the checkpoint at all.
  CHECK(match_names(kNetwork, with({}, {"head.fc.weight", "head.fc.bias", "head.hidden.weight"}), options)
            .replaced.size() == 3);
  // Another width is no other class count.
  const auto wide = match_names(kNetwork, with({{"head.fc.weight", {200, 32}}}), options);
  CHECK(wide.wrongly_shaped.size() == 1);
  // The same class count: nothing is replaced.
  CHECK(match_names(kNetwork, kNetwork, options).replaced.empty());
  // Outside the head nothing is.
  CHECK_FALSE(match_names(kNetwork, with({{"backbone.bn.weight", {9}}}), options).complete());
  CHECK(match_names(kNetwork, kNetwork, {.replaced_heads = {"heat."}}).unused_patterns == Names{"heat."});
}

TEST_CASE("shapes that the caller adapts are loaded") {
  const auto inflate = [](const NamedShape& expected, const NamedShape& found) {
    return expected.shape.size() == 4 && found.shape.size() == 3;
  };
  const auto report = match_names(kNetwork, with({{"backbone.conv.weight", {8, 3, 3}}}), {.adaptable = inflate});
  CHECK(report.complete());
  CHECK(report.adapted == Names{"backbone.conv.weight"});
  CHECK(weights::summary_of(report) == "6 of 6 tensors loaded, 1 of them adapted");
}

TEST_CASE("the report as JSON names everything but what matched") {
  const auto report = match_names(kNetwork, with({{"head.fc.bias", {3}}}, {"backbone.bn.weight"}));
  CHECK(weights::json_of(report).dump() ==
        R"({"matched":4,"adapted":[],"missing":["backbone.bn.weight"],"wrongly_shaped":[{"name":"head.fc.bias",)"
        R"("expected":[200],"found":[3]}],"partial":[],"replaced":[],"optional":[],"unexpected":[]})");
}

TEST_CASE("names twice are our own fault") {
  CHECK_THROWS_AS(match_names({{"a", {}}, {"a", {}}}, {}), std::logic_error);
  CHECK_THROWS_AS(match_names({}, {{"a", {}}, {"a", {}}}), std::logic_error);
}

TEST_CASE("patterns") {
  using weights::fits_pattern;
  CHECK(fits_pattern("a.b.c", "a.*"));
  CHECK(fits_pattern("a.b.c", "*c"));
  CHECK(fits_pattern("a.b.c", "*"));
  CHECK(fits_pattern("a.b.c", "a?b?c"));
  CHECK(fits_pattern("a.b.c", "*.b.*"));
  CHECK(fits_pattern("", "*"));
  CHECK(fits_pattern("", ""));
  CHECK_FALSE(fits_pattern("a.b.c", "a"));
  CHECK_FALSE(fits_pattern("a.b.c", "?"));
  CHECK_FALSE(fits_pattern("", "?"));
  CHECK_FALSE(fits_pattern("a", ""));
  CHECK_FALSE(fits_pattern(std::string(10000, 'a'), std::string(100, '*') + "b"));
}

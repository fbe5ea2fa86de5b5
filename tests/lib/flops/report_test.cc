#include "lib/flops/report.h"

#include "lib/nn/weights_options.h"

// After LibTorch, whose CHECK it replaces.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "lib/core/error.h"
#include "lib/flops/published.h"
#include "lib/store/json.h"

namespace vs::flops {
namespace {

CostNode example() {
  CostNode leaf{.name = "conv, \"1\"", .kind = "Conv2d", .parameters = 1500, .output = {1, 8, 4, 4}};
  leaf.own = leaf.cost = {{2000000, 3000000, 2500000}, 128, {{"conv", {2000000, 3000000, 2500000}}}};
  CostNode root{.name = "net", .kind = "Recognizer2D", .output = {1, 10}};
  root.children = {leaf, leaf};
  add_up_children(root);
  return root;
}

TEST_CASE("numbers have three digits and a unit") {
  CHECK(short_number(0) == "0");
  CHECK(short_number(999) == "999");
  CHECK(short_number(1000) == "1.00 k");
  CHECK(short_number(12345) == "12.3 k");
  CHECK(short_number(999499) == "999 k");
  CHECK(short_number(999500) == "1.00 M");
  CHECK(short_number(4089184256) == "4.09 G");
  CHECK(short_number(129066637056) == "129 G");
  CHECK(short_number(9'000'000'000'000'000) == "9000 T");
}

TEST_CASE("every convention has a name and knows it again") {
  for (const auto c : {Convention::kMac, Convention::kFlop, Convention::kMmcv, Convention::kFvcore})
    CHECK(convention_named(convention_name(c)) == c);
  CHECK_THROWS_AS(convention_named("flops"), UsageError);
  CHECK(Counts{5, 7, 11}.in(Convention::kFlop) == 10);
}

TEST_CASE("sums") {
  const CostNode node = example();
  CHECK(node.parameters == 3000);
  CHECK(node.cost.counts == Counts{4000000, 6000000, 5000000});
  CHECK(node.cost.by_operation.at("conv").mmcv == 6000000);
}

TEST_CASE("the table names every total") {
  const std::string text = cost_table(example(), {8, 3, 4, 4}, {1, Convention::kFvcore});
  CHECK(text.find("fvcore") != std::string::npos);
  CHECK(text.find("mac             4000000   4.00 M MACs") != std::string::npos);
  CHECK(text.find("flop            8000000   8.00 M FLOPs (2 x MACs)") != std::string::npos);
  CHECK(text.find("mmcv            6000000   6.00 M multiply-adds as mmcv counts") != std::string::npos);
  CHECK(text.find("  conv, \"1\" (Conv2d)") != std::string::npos);
  CHECK(cost_table(example(), {8, 3, 4, 4}, {0, Convention::kMac}).find("Conv2d") == std::string::npos);
}

TEST_CASE("CSV: one line a module, fields quoted") {
  CHECK(cost_csv(example(), {1, Convention::kMac}) ==
        "module,kind,level,parameters,mac,flop,mmcv,fvcore,activations,output\n"
        "net,Recognizer2D,0,3000,4000000,8000000,6000000,5000000,256,1x10\n"
        "\"net.conv, \"\"1\"\"\",Conv2d,1,1500,2000000,4000000,3000000,2500000,128,1x8x4x4\n"
        "\"net.conv, \"\"1\"\"\",Conv2d,1,1500,2000000,4000000,3000000,2500000,128,1x8x4x4\n");
}

TEST_CASE("documents fit their schemas") {
  auto cost = cost_json(example(), {8, 3, 4, 4}, {5, Convention::kFlop});
  CHECK_NOTHROW(store::validate_json(cost, "cost"));
  nn::LoadReport report{"w.pth", "torch zip", "names as they are", {}, {"given"}, {"dropped"}};
  report.match.matched = {"a", "b"};
  report.match.wrongly_shaped = {{"c", {2, 3}, {4, 3}}};
  report.match.unexpected = {"d"};
  cost["weights"] = nn::json_of(std::vector<nn::LoadReport>{report});
  CHECK_NOTHROW(store::validate_json(cost, "cost"));
  CHECK(cost["weights"][0].at("matched") == 2);
  CHECK(cost.at("cost") == 8000000);
  CHECK(cost.at("modules").at("children").size() == 2);
  const auto comparisons = compare_published({"DRCA-S-224", "frameexit_10_resnet50_activitynet"});
  CHECK_NOTHROW(
      store::validate_json(published_json(comparisons, compare_parameters({"DRCA-S-224"})), "published_costs"));
  CHECK(published_table(comparisons).find("5 figures: 3 within 1 %, 2 with a reason, 0 unexplained") !=
        std::string::npos);
}

}  // namespace
}  // namespace vs::flops

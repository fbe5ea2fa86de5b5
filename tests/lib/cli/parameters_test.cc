#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "lib/cli/parsed_options.h"
#include "tests/lib/cli/sample_tables.h"

using namespace vs::cli;
using vs::cli::test::parse;

namespace {

OptionTable small_table() {
  OptionTable table("vs-small", "a small one");
  table.choice("method", "METHOD", {"ssim", "luma"}, "how").default_value("luma");
  table.integer("short-side", "N", "pixels").default_value("128");
  table.fraction("fps", "RATE", "frames a second");
  table.real("weight", "X", "weights").repeatable();
  table.size("size", "WxH", "exact size").default_value("4x2");
  table.output_path("plot", "FILE", "chart");
  table.text("note", "TEXT", "a note");
  add_item_options(table, {"failed", "strict", "depfile", "force", "dry-run"});
  add_common_options(table);
  return table;
}

}  // namespace

TEST_CASE("parameters are in the order of the table, typed, unset ones null") {
  const OptionTable table = small_table();
  CHECK(parse(table, {}).parameters(false).dump() ==
        R"({"method":"luma","short_side":128,"fps":null,"weight":[],"size":"4x2","note":null,"shard":null,"seed":0})");
  CHECK(parse(table, {"--weight=1", "--fps=12.5", "--seed", "3", "--weight", "0.5", "--shard=0/2", "-j4", "--quiet",
                      "--method", "ssim", "--plot=a.svg"})
            .parameters(false)
            .dump() ==
        R"({"method":"ssim","short_side":128,"fps":"25/2","weight":[1.0,0.5],"size":"4x2","note":null,"shard":"0/2",)"
        R"("seed":3})");
}

TEST_CASE("options that do not change the result are in the full parameters only") {
  const auto full = parse(small_table(), {"-j4", "--quiet", "-o", "out", "--fps=30"}).parameters(true);
  CHECK(full["jobs"] == 4);
  CHECK(full["quiet"] == true);
  CHECK(full["verbose"] == false);
  CHECK(full["color"] == "auto");
  CHECK(full["output"] == "out");
  CHECK(full["fps"] == "30");
  for (const char* name : {"help", "usage", "version", "generate"}) CHECK_FALSE(full.contains(name));
}

TEST_CASE("bytes that are no UTF-8 cannot break the document") {
  const auto full = parse(small_table(), {"--note", "a\xff"}).parameters(true);
  CHECK(full["note"] == "a\\xff");
  CHECK_NOTHROW(full.dump());
}

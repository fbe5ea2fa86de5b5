// Options that act only beside others, words that this version lacks, and names of outputs: what the parser and the
// pages make of them.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/cli/pages.h"
#include "tests/lib/cli/sample_tables.h"

using namespace vs::cli;
using vs::cli::test::complaint;
using vs::cli::test::parse;

namespace {

OptionTable make_table() {
  OptionTable table("vs-try", "a sample");
  table.group("Sizes");
  table.integer("height", "N", "rows").min(1).max(100);
  table.size("size", "WxH", "exact size");
  table.choice("layout", "NAME", {"ava", "reskd", "plain"}, "names and size");
  table.choice("rounding", "HOW", {"even", "near"}, "how it is rounded")
      .needs_one_of({"height", "size", {"layout", {"ava", "reskd"}}})
      .environment();
  table.group("Method");
  table.choice("method", "METHOD", {"ssim", "mad"}, "what is measured")
      .default_value("mad")
      .absent("pa", "needs weights");
  table.real("bound", "B", "largest value").needs("method", {"ssim"}).min(0).max(1);
  table.fraction("fps", "F", "frames a second").above(0).max(1000);
  table.flag("probe", "only look").conflicts_with_group("Sizes");
  table.output_path("plot", "FILE", "a chart").suffixes({"svg", "svgz"}).dash();
  table.output_path("sheet", "FILE", "a picture").suffixes({"png"});
  add_common_options(table);
  return table;
}

std::string wrong(const std::vector<std::string>& words) {
  static const OptionTable table = make_table();
  return complaint(table, words);
}

}  // namespace

TEST_CASE("one of several conditions is enough") {
  const std::string finding = "--rounding: only together with --height, --size or --layout ava or reskd";
  CHECK(wrong({"--rounding", "near"}) == finding);
  CHECK(wrong({"--rounding", "near", "--layout", "plain"}) == finding);
  CHECK(wrong({"--rounding", "near", "--layout", "ava"}) == "");
  CHECK(wrong({"--rounding", "near", "--height", "3"}) == "");
  CHECK(wrong({"--rounding", "near", "--size", "3x4"}) == "");
  // A variable that is set for all runs says nothing to one that cannot use it.
  CHECK_FALSE(parse(make_table(), {}, {{"VS_ROUNDING", "near"}}).has("rounding"));
  CHECK(parse(make_table(), {"--height=3"}, {{"VS_ROUNDING", "near"}}).text("rounding") == "near");
}

TEST_CASE("a wrong value is said before what does not go together") {
  CHECK(wrong({"--bound", "2"}) == "--bound 2: must be at most 1");
  CHECK(wrong({"--bound", "1"}) == "--bound: only together with --method ssim");
  CHECK(wrong({"--probe", "--height", "0"}) == "--height 0: must be at least 1");
}

TEST_CASE("an option may be against all of a group") {
  CHECK(wrong({"--probe", "--height", "3"}) == "--height 3: not possible together with --probe");
  CHECK(wrong({"--probe", "--method", "ssim"}) == "");
}

TEST_CASE("words that this version lacks are said to be so and never suggested") {
  CHECK(wrong({"--method", "pa"}) == "--method pa: not in this version: needs weights");
  CHECK(wrong({"--method", "p"}) == "--method p: unknown (one of ssim, mad)");
  CHECK(wrong({"--method", "pad"}) == "--method pad: unknown, nearest is \"mad\"");
  const std::string pages = long_help(make_table()) + short_help(make_table()) + usage_json(make_table(), "1") +
                            man_page(make_table(), "1", "2026-01-31") + bash_completion(make_table());
  CHECK(pages.find("pa\"") == std::string::npos);
  CHECK(pages.find("weights") == std::string::npos);
}

TEST_CASE("outputs end in what the table says") {
  CHECK(wrong({"--plot", "a.svg"}) == "");
  CHECK(wrong({"--plot", "a.svgz"}) == "");
  CHECK(wrong({"--plot", "-"}) == "");
  CHECK(wrong({"--plot", "a.txt"}) == "--plot a.txt: must end in .svg or .svgz");
  CHECK(wrong({"--plot", "svg"}) == "--plot svg: must end in .svg or .svgz");
  CHECK(wrong({"--sheet", "a.jpg"}) == "--sheet a.jpg: must end in .png");
}

TEST_CASE("a number beyond what a fraction can hold is told the limit") {
  CHECK(wrong({"--fps", "1e9"}) == "--fps 1e9: must be at most 1000");
  CHECK(wrong({"--fps", "1001"}) == "--fps 1001: must be at most 1000");
  CHECK(wrong({"--fps", "-1e9"}) == "--fps -1e9: must be above 0");
  CHECK(wrong({"--fps", "1e2"}) == "--fps 1e2: must be a number or a fraction such as 25, 12.5 or 30000/1001");
  CHECK(wrong({"--fps", "nan"}) == "--fps nan: must be a number or a fraction such as 25, 12.5 or 30000/1001");
}

TEST_CASE("help and usage tell conditions") {
  const std::string help = short_help(make_table());
  CHECK(help.find("(even, near; with") != std::string::npos);
  CHECK(help.find("not with any of \"Sizes\"") != std::string::npos);
  CHECK(help.find("ending in .svg or .svgz") != std::string::npos);
  const auto usage = nlohmann::json::parse(usage_json(make_table(), "1"));
  const auto option = [&](const std::string& name) {
    for (const auto& one : usage.at("options")) {
      if (one.at("name") == name) return one;
    }
    return nlohmann::json();
  };
  const auto any_of = option("rounding").at("needs").at(0).at("any_of");
  REQUIRE(any_of.size() == 3);
  CHECK(any_of[2].at("option") == "layout");
  CHECK(any_of[2].at("values") == std::vector<std::string>{"ava", "reskd"});
  CHECK(option("plot").at("suffixes") == std::vector<std::string>{"svg", "svgz"});
  CHECK(option("probe").at("conflicting_groups") == std::vector<std::string>{"Sizes"});
}

TEST_CASE("an operand that must exist does") {
  OptionTable table("vs-try", "a sample");
  table.positional({.metavar = "FILE", .help = "lists", .max_count = Positional::kAnyNumber, .must_exist = true});
  add_common_options(table);
  CHECK(complaint(table, {"/", "-"}) == "");
  CHECK(complaint(table, {"/", "/none/there"}) == "FILE /none/there: no such file or folder");
}

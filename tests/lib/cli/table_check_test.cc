#include <doctest/doctest.h>

#include <stdexcept>
#include <utility>

#include "lib/cli/option_table.h"
#include "tests/lib/cli/sample_tables.h"

using namespace vs::cli;

namespace {

/// A table that stands but for what `change` adds.
template <class Change>
void check_with(Change change) {
  OptionTable table("vs-try", "a sample");
  table.integer("size", "N", "how many").min(1);
  add_common_options(table);
  change(table);
  table.check();
}

}  // namespace

TEST_CASE("a table without contradiction passes, with and without ready-made groups") {
  CHECK_NOTHROW(check_with([](OptionTable&) {}));
  CHECK_NOTHROW(check_with([](OptionTable& table) { add_item_options(table); }));
  check_with([](OptionTable& table) {
    add_item_options(table, {"seed", "shard"});
    CHECK(table.find("seed") == nullptr);
    CHECK(table.find("jobs") != nullptr);
    CHECK_THROWS_AS(table.option("seed"), std::logic_error);
    table.option("output").help("the frames");
    CHECK(table.find("output")->help == "the frames");
  });
}

TEST_CASE("names, old names, letters and variables are there once") {
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("size", "again"); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("json", "again"); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "x").old_name("size"); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("quick", "x").letter('q'); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "x").environment("VS_QUIET"); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { add_common_options(t); }), std::logic_error);
}

TEST_CASE("letters other than those in use, and names that are none, are refused") {
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "x").letter('w'); }), std::logic_error);
  for (const char* name : {"", "w", "-wide", "wide-", "Wide", "wide_one", "wi de"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(check_with([&](OptionTable& t) { t.flag(name, "x"); }), std::logic_error);
  }
}

TEST_CASE("every option has help and a fitting metavar") {
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", ""); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "a sentence."); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.text("wide", "", "x"); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "x").metavar("N"); }), std::logic_error);
}

TEST_CASE("defaults and implied values are checked like given ones") {
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.integer("wide", "N", "x").min(1).default_value("0"); }),
                  std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) {
                    t.choice("wide", "W", {"a", "b"}, "x").default_value("c");
                  }),
                  std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) {
                    t.choice("wide", "W", {"a", "b"}, "x").implied("c");
                  }),
                  std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.integer("wide", "N", "x").min(2).max(1); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.text("wide", "N", "x").required().default_value("a"); }),
                  std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "x").default_value("1"); }), std::logic_error);
}

TEST_CASE("choices have words, each once") {
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.choice("wide", "W", {}, "x"); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.choice("wide", "W", {"a", "a"}, "x"); }), std::logic_error);
}

TEST_CASE("conditions name options that are there and values they can have") {
  CHECK_NOTHROW(check_with([](OptionTable& t) { t.flag("wide", "x").needs("size"); }));
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "x").needs("none"); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "x").needs("wide"); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "x").needs("size", {"0"}); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "x").conflicts("none"); }), std::logic_error);
}

TEST_CASE("operands can be told apart") {
  const auto many = [](const char* name) {
    return Positional{.metavar = name, .help = "x", .max_count = Positional::kAnyNumber};
  };
  CHECK_NOTHROW(check_with([&](OptionTable& t) { t.positional(many("A")).positional({.metavar = "B", .help = "x"}); }));
  CHECK_THROWS_AS(check_with([&](OptionTable& t) { t.positional(many("A")).positional(many("B")); }), std::logic_error);
  CHECK_THROWS_AS(
      check_with([&](OptionTable& t) { t.positional(many("A")).positional({.metavar = "A", .help = "x"}); }),
      std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.positional({.metavar = "A", .help = ""}); }), std::logic_error);
  CHECK_THROWS_AS(
      check_with([](OptionTable& t) { t.positional({.metavar = "A", .help = "x", .min_count = 3, .max_count = 2}); }),
      std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.positional({.metavar = "A", .help = "x", .kind = Kind::kReal}); }),
                  std::logic_error);
}

TEST_CASE("subcommands share the program's options, and are there once") {
  CHECK_NOTHROW(vs::cli::test::sample_with_subcommands().check());
  CHECK_THROWS_AS(check_with([](OptionTable& t) {
                    t.subcommand("one", "x");
                    t.subcommand("one", "y");
                  }),
                  std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.subcommand("one", "x").flag("size", "shared already"); }),
                  std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.subcommand("one", "x").subcommand("two", "y"); }),
                  std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) {
                    t.subcommand("one", "x");
                    t.positional({.metavar = "A", .help = "x"});
                  }),
                  std::logic_error);
}

TEST_CASE("a moved table keeps its subcommands attached") {
  OptionTable moved = vs::cli::test::sample_with_subcommands();
  const OptionTable table = std::move(moved);
  REQUIRE(table.find_subcommand("convert") != nullptr);
  CHECK(table.find_subcommand("convert")->parent() == &table);
  CHECK(table.find_subcommand("convert")->find("json") != nullptr);
}

TEST_CASE("what an option needs, is against or cannot do is in the table") {
  CHECK_NOTHROW(check_with([](OptionTable& t) { t.flag("wide", "x").needs_one_of({"size", {"color", {"never"}}}); }));
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "x").needs_one_of({}); }), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) {
                    t.flag("wide", "x").needs_one_of({"size", "none"});
                  }),
                  std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "x").needs("color", {"seldom"}); }), std::logic_error);
  CHECK_NOTHROW(check_with([](OptionTable& t) { t.flag("wide", "x").conflicts_with_group("Options"); }));
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "x").conflicts_with_group("None"); }),
                  std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.flag("wide", "x").conflicts_with_group("Common options"); }),
                  std::logic_error);
  const auto with_absent = [](std::string word, std::string why) {
    check_with([&](OptionTable& t) { t.choice("how", "HOW", {"slow"}, "x").absent(word, why); });
  };
  CHECK_NOTHROW(with_absent("fast", "needs an engine"));
  CHECK_THROWS_AS(with_absent("slow", "needs an engine"), std::logic_error);
  CHECK_THROWS_AS(with_absent("fast", ""), std::logic_error);
  CHECK_THROWS_AS(check_with([](OptionTable& t) { t.text("how", "HOW", "x").absent("fast", "needs an engine"); }),
                  std::logic_error);
}

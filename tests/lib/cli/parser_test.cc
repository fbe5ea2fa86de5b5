#include <doctest/doctest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "lib/cli/parsed_options.h"
#include "tests/lib/cli/sample_tables.h"

using namespace vs::cli;
using vs::cli::test::complaint;
using vs::cli::test::parse;
using Words = std::vector<std::string>;

namespace {

const OptionTable& table() {
  static const OptionTable sample = vs::cli::test::sample_table();
  return sample;
}

std::string wrong(const Words& words) { return complaint(table(), words); }

}  // namespace

TEST_CASE("long and short forms give the same value, the last one counts") {
  for (const Words& words : {Words{"--jobs", "3", "v"}, Words{"--jobs=3", "v"}, Words{"-j", "3", "v"},
                             Words{"-j3", "v"}, Words{"v", "-fj3"}, Words{"-j", "9", "v", "--jobs=3"}}) {
    const auto options = parse(table(), words);
    CHECK(options.integer("jobs") == 3);
    CHECK(options.positionals() == Words{"v"});
  }
  CHECK(parse(table(), {"-vf", "v"}).flag("verbose"));
  CHECK(parse(table(), {"-vf", "v"}).flag("force"));
  CHECK_FALSE(parse(table(), {"-vf", "v"}).flag("quiet"));
}

TEST_CASE("typed values") {
  const auto options = parse(table(), {"--method=ssim", "--bound", "-2.5", "--fps", "30000/1001", "--size", "320x240",
                                       "--shard", "3/16", "--plot", "-c.svg", "v"});
  CHECK(options.text("method") == "ssim");
  CHECK(options.real("bound") == -2.5);
  CHECK(options.fraction("fps") == vs::Fraction{30000, 1001});
  CHECK(options.size("size") == Size{320, 240});
  CHECK(options.shard("shard") == Shard{3, 16});
  CHECK(options.text("plot") == "-c.svg");
  enum class Method { kSsim, kLuma };
  CHECK(options.choice<Method>("method", {{"luma", Method::kLuma}, {"ssim", Method::kSsim}}) == Method::kSsim);
  CHECK(parse(table(), {"--fps=12.5", "v"}).fraction("fps") == vs::Fraction{25, 2});
  CHECK(parse(table(), {"v"}).shard("shard") == Shard{0, 1});
  CHECK(parse(table(), {"v"}).integer_or("short-side", 7) == 7);
  CHECK(parse(table(), {"v"}).text_or("plot", "none") == "none");
}

TEST_CASE("getters of another kind, of unset options and of unknown ones are our bug") {
  const auto options = parse(table(), {"v"});
  CHECK_THROWS_AS(options.integer("method"), std::logic_error);
  CHECK_THROWS_AS(options.text("plot"), std::logic_error);
  CHECK_THROWS_AS(options.text("note"), std::logic_error);
  CHECK_THROWS_AS(options.has("none"), std::logic_error);
  CHECK_THROWS_AS(options.positionals("NONE"), std::logic_error);
}

TEST_CASE("repeatable options keep all values in order") {
  const auto options = parse(table(), {"--level", "2", "v", "--level=-1", "--weight", "0.5", "--weight", "1e-3"});
  CHECK(options.integers("level") == std::vector<int64_t>{2, -1});
  CHECK(options.reals("weight") == std::vector<double>{0.5, 1e-3});
  CHECK(options.texts("note").empty());
}

TEST_CASE("commas, blanks, line feeds, quotes and long texts stay whole") {
  const std::string long_text(100000, 'a');
  for (const std::string& text : {std::string("a,b.mp4"), std::string("a b"), std::string("a\nb"), std::string("‘a’"),
                                  std::string("a=b"), std::string("-5"), long_text}) {
    CHECK(parse(table(), {"--note", text, "v"}).texts("note") == Words{text});
    CHECK(parse(table(), {"--note=" + text, "v"}).texts("note") == Words{text});
    CHECK(parse(table(), {"-o", text, "v"}).text("output") == text);
    CHECK(parse(table(), {"-o" + text, "v"}).text("output") == text);
    CHECK(parse(table(), {"--", text}).positionals() == Words{text});
  }
}

TEST_CASE("options and words mix, -- ends options, - is a word") {
  CHECK(parse(table(), {"a", "-f", "b", "--", "--force", "--", "-x", "-"}).positionals() ==
        Words{"a", "b", "--force", "--", "-x", "-"});
  CHECK(parse(table(), {"-"}).positionals() == Words{"-"});
  CHECK(parse(table(), {"--list", "-", "v"}).text("list") == "-");
  CHECK(wrong({"--plot", "-", "v"}) == "--plot -: standard output is not possible here");
}

TEST_CASE("a value that may be left out takes only the = form") {
  const auto bare = parse(table(), {"--color", "never"});
  CHECK(bare.text("color") == "always");
  CHECK(bare.positionals() == Words{"never"});
  CHECK(parse(table(), {"--color=never", "v"}).text("color") == "never");
  CHECK(parse(table(), {"v"}).text("color") == "auto");
  CHECK_FALSE(parse(table(), {"v"}).has("order"));
  CHECK(parse(table(), {"v", "--order"}).text("order") == "name");
  CHECK(wrong({"--color=", "v"}) == "--color=: needs a value");
}

TEST_CASE("messages of unknown options and values") {
  CHECK(wrong({"--clip-len", "0", "v"}) == "--clip-len 0: must be at least 1");
  CHECK(wrong({"--clip-len", "513", "v"}) == "--clip-len 513: must be at most 512");
  CHECK(wrong({"--method", "sim", "v"}) == "--method sim: unknown, nearest is \"ssim\"");
  CHECK(wrong({"--method", "electric", "v"}) == "--method electric: unknown (one of ssim, luma, mad)");
  CHECK(wrong({"--shortside", "3", "v"}) == "--shortside: unknown option, nearest is \"--short-side\"");
  CHECK(wrong({"--generat=man", "v"}).find("generate") == std::string::npos);
  CHECK(wrong({"-x", "v"}) == "-x: unknown option (see --help)");
  CHECK(wrong({"-fx", "v"}) == "-x: unknown option (see --help)");
  CHECK(wrong({"-5"}) == "-5: unknown option (write -- before a name that begins with -)");
  CHECK(wrong({"--=3"}) != "");
  CHECK(wrong({"---", "v"}) != "");
  CHECK(wrong({"--no\x1b[31m"}).find('\x1b') == std::string::npos);
}

TEST_CASE("missing, empty and unwanted values") {
  CHECK(wrong({"v", "--output"}) == "--output: needs a value (PATH)");
  CHECK(wrong({"v", "-o"}) == "--output: needs a value (PATH)");
  CHECK(wrong({"v", "--output="}) == "--output=: needs a value");
  CHECK(wrong({"v", "--output", ""}) == "--output=: needs a value");
  CHECK(
      wrong({"v", "--output", "--force"}).starts_with("--output: needs a value, the next word is the option --force"));
  CHECK(wrong({"v", "--output", "--jobs=3"}).starts_with("--output: needs a value"));
  CHECK(wrong({"v", "-o", "-f"}).starts_with("--output: needs a value"));
  CHECK(parse(table(), {"v", "--output=--force"}).text("output") == "--force");
  CHECK(wrong({"v", "--force=1"}) == "--force=1: takes no value");
}

TEST_CASE("numbers, sizes, fractions and shards are read strictly") {
  for (const char* text : {"x", "1.5", "1x", " 1", "+1", "0x10", "1e3"}) {
    CAPTURE(text);
    CHECK(wrong({"--short-side", text, "v"}) == std::string("--short-side ") + text + ": must be an integer");
  }
  CHECK(wrong({"--short-side", "99999999999999999999", "v"}).ends_with("must be an integer that fits in 64 bits"));
  CHECK(wrong({"--weight", "nan", "v"}) == "--weight nan: must be a number");
  CHECK(wrong({"--fps", "0", "v"}) == "--fps 0: must be above 0");
  CHECK(wrong({"--fps", "1/0", "v"}) != "");
  for (const char* text : {"320", "320x", "x240", "0x240", "320x-1", "320X240", "320x240x3", "99999999999x2"}) {
    CAPTURE(text);
    CHECK(wrong({"--size", text, "v"}).ends_with("must be WIDTHxHEIGHT such as 320x240"));
  }
  CHECK(wrong({"--size", "320x1", "v"}) == "--size 320x1: must be at least 2");
  for (const char* text : {"1", "4/4", "-1/4", "0/0", "1/2/3", "a/b"}) {
    CAPTURE(text);
    CHECK(wrong({"--shard", text, "v"}).ends_with("must be I/N with I from 0 to N - 1, or auto"));
  }
}

TEST_CASE("inputs must be there, folders must be folders") {
  const vs::cli::test::TemporaryFile file(".txt", "a");
  CHECK(parse(table(), {"--list", file.path(), "v"}).text("list") == file.path());
  CHECK(wrong({"--list", file.path() + ".no", "v"}) == "--list " + file.path() + ".no: no such file or folder");
  CHECK(wrong({"--root", file.path(), "v"}).ends_with("is not a folder"));
  CHECK(wrong({"--root", "-", "v"}) == "--root -: standard input is not possible here");
  CHECK(wrong({"--root", "/", "v"}) == "");
}

TEST_CASE("conflicts and needs") {
  CHECK(wrong({"-q", "-v", "x"}) == "--quiet: not possible together with --verbose");
  CHECK(wrong({"--fps", "3", "--clip-len", "2", "x"}) == "--clip-len 2: not possible together with --fps");
  CHECK(wrong({"--bound", "3", "x"}) == "--bound: only together with --method ssim");
  CHECK(wrong({"--bound", "3", "--method", "ssim", "x"}) == "");
  CHECK(wrong({"--wide", "x"}) == "--wide: only together with --plot");
  CHECK(wrong({"--wide", "--plot", "a.svg", "x"}) == "");
}

TEST_CASE("a former name works and warns") {
  const auto options = parse(table(), {"--side", "3", "v"});
  CHECK(options.integer("short-side") == 3);
  REQUIRE(options.warnings().size() == 1);
  CHECK(options.warnings()[0] == "--side: renamed to --short-side");
  CHECK(parse(table(), {"--short-side=3", "v"}).warnings().empty());
}

TEST_CASE("built-in < environment < command line") {
  CHECK(parse(table(), {"v"}).source("jobs") == Source::kDefault);
  CHECK(parse(table(), {"v"}).integer("jobs") == 0);
  CHECK(parse(table(), {"v"}).source("fps") == Source::kUnset);
  CHECK_FALSE(parse(table(), {"v"}).given("jobs"));

  const auto from_environment = parse(table(), {"v"}, {{"VS_JOBS", "5"}, {"VS_QUIET", "1"}, {"VS_STRICT", "no"}});
  CHECK(from_environment.integer("jobs") == 5);
  CHECK(from_environment.source("jobs") == Source::kEnvironment);
  CHECK(from_environment.given("jobs"));
  CHECK(from_environment.flag("quiet"));
  CHECK_FALSE(from_environment.flag("strict"));

  const auto both = parse(table(), {"v", "-j2"}, {{"VS_JOBS", "5"}});
  CHECK(both.integer("jobs") == 2);
  CHECK(both.source("jobs") == Source::kCommandLine);

  CHECK(parse(table(), {"v"}, {{"VS_JOBS", ""}}).source("jobs") == Source::kDefault);
  CHECK(complaint(table(), {"v"}, {{"VS_JOBS", "-1"}}) == "VS_JOBS=-1: must be at least 0");
  CHECK(complaint(table(), {"v"}, {{"VS_QUIET", "maybe"}}) == "VS_QUIET=maybe: must be 1 or 0");
  CHECK(parse(table(), {"v", "-j2"}, {{"VS_JOBS", "junk"}}).integer("jobs") == 2);
  CHECK_FALSE(parse(table(), {"v"}, {{"VS_FORCE", "1"}, {"VS_OUTPUT", "a"}}).has("force"));
}

TEST_CASE("the environment gives way to a command line that it contradicts") {
  const auto verbose = parse(table(), {"v", "-v"}, {{"VS_QUIET", "1"}});
  CHECK(verbose.flag("verbose"));
  CHECK_FALSE(verbose.flag("quiet"));
  CHECK_FALSE(parse(table(), {"v", "--clip-len", "3"}, {{"VS_FPS", "5"}}).has("fps"));
  CHECK(complaint(table(), {"v"}, {{"VS_QUIET", "1"}, {"VS_VERBOSE", "1"}}) ==
        "VS_QUIET: not possible together with VS_VERBOSE");
  const auto bound = parse(table(), {"v"}, {{"VS_BOUND", "3"}});
  CHECK(bound.real("bound") == 20);
  CHECK(bound.source("bound") == Source::kDefault);
  CHECK(parse(table(), {"v", "--method=ssim"}, {{"VS_BOUND", "3"}}).real("bound") == 3);
}

TEST_CASE("operands: counts and shares") {
  CHECK(wrong({}) == "VIDEO: must be given (videos or folders of them)");
  CHECK(wrong({""}) == "VIDEO '': must not be empty");
  const OptionTable pick = vs::cli::test::sample_with_subcommands();
  const auto two = parse(pick, {"convert", "--to", "csv", "a", "z"});
  CHECK(two.positional("IN") == "a");
  CHECK(two.positionals("MORE").empty());
  CHECK(two.positional("OUT") == "z");
  const auto four = parse(pick, {"convert", "--to", "csv", "a", "b", "c", "z"});
  CHECK(four.positional("IN") == "a");
  CHECK(four.positionals("MORE") == Words{"b", "c"});
  CHECK(four.positional("OUT") == "z");
  CHECK(complaint(pick, {"convert", "--to", "csv", "a"}) == "OUT: must be given (what to write)");
  CHECK(complaint(pick, {"check", "a", "b", "c"}) == "c: one operand too many (see --help)");
  CHECK(parse(pick, {"check"}).positionals("IN").empty());
}

TEST_CASE("subcommands") {
  const OptionTable pick = vs::cli::test::sample_with_subcommands();
  const auto options = parse(pick, {"--labels", "-", "-v", "convert", "a", "--to", "json", "convert"});
  CHECK(options.subcommand() == "convert");
  CHECK(options.text("labels") == "-");
  CHECK(options.flag("verbose"));
  CHECK(options.text("to") == "json");
  CHECK(options.positionals() == Words{"a", "convert"});
  CHECK(options.integer("seed") == 0);
  CHECK(parse(pick, {"--seed", "4", "convert", "--to=csv", "a", "b"}).integer("seed") == 4);

  CHECK(complaint(pick, {}) == "no subcommand given (one of convert, check)");
  CHECK(complaint(pick, {"-v"}) == "no subcommand given (one of convert, check)");
  CHECK(complaint(pick, {"convrt"}) == "convrt: unknown subcommand, nearest is \"convert\"");
  CHECK(complaint(pick, {"purify"}) == "purify: unknown subcommand (one of convert, check)");
  CHECK(complaint(pick, {"convert", "a", "b"}) == "--to FORMAT: must be given");
  CHECK(complaint(pick, {"check", "--to", "csv"}).starts_with("--to: unknown option"));
  CHECK(parse(pick, {"--help"}).flag("help"));
  CHECK(parse(pick, {"convert", "-h"}).flag("usage"));
}

TEST_CASE("asking about the program needs nothing else") {
  CHECK(parse(table(), {"--help"}).flag("help"));
  CHECK(parse(table(), {"-h", "--clip-len", "0"}).flag("usage"));
  CHECK(parse(table(), {"-V"}).flag("version"));
  CHECK(parse(table(), {"--generate=man"}).text("generate") == "man");
  CHECK(wrong({"--generate=pdf"}).starts_with("--generate pdf: unknown"));
}

TEST_CASE("shards from the job system") {
  const std::map<std::string, std::string> slurm = {
      {"SLURM_ARRAY_TASK_ID", "5"}, {"SLURM_ARRAY_TASK_MIN", "1"}, {"SLURM_ARRAY_TASK_MAX", "8"}};
  CHECK(parse(table(), {"--shard", "auto", "v"}, slurm).shard("shard") == Shard{4, 8});
  CHECK(complaint(table(), {"--shard=auto", "v"}) ==
        "--shard auto: no job array or rank in the environment (give --shard I/N)");
}

TEST_CASE("the command line as given") {
  const auto options = parse(table(), {"-o", "a b", "it's", "--force"});
  CHECK(options.command() == Words{"vs-try", "-o", "a b", "it's", "--force"});
  CHECK(options.command_line() == "vs-try -o 'a b' 'it'\\''s' --force");
}

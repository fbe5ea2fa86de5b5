#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/cli/layout.h"
#include "lib/cli/pages.h"
#include "lib/core/text.h"
#include "tests/lib/cli/sample_tables.h"

using namespace vs::cli;
using vs::cli::test::has_tool;
using vs::cli::test::sample_table;
using vs::cli::test::sample_with_subcommands;
using vs::cli::test::shell;
using vs::cli::test::TemporaryFile;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

size_t widest_line(const std::string& text) {
  size_t widest = 0;
  for (const auto line : vs::split(text, '\n')) widest = std::max(widest, character_count(line));
  return widest;
}

void check_names_every_option(const OptionTable& table, const std::string& text, const std::string& before) {
  std::vector<const OptionTable*> tables = {&table};
  for (const auto& child : table.subcommands()) tables.push_back(child.get());
  for (const OptionTable* one : tables) {
    for (const Option& option : one->options()) {
      CAPTURE(option.row().name);
      CHECK(holds(text, before + option.row().name) != option.row().hidden);
    }
  }
}

/// The tool's complaints about the text; "" if it has none. Skips visibly if the tool is not here.
std::string lint(const std::string& tool, const std::string& command, const std::string& suffix,
                 const std::string& text) {
  if (!has_tool(tool)) {
    MESSAGE("skipped: " << tool << " is not installed");
    return {};
  }
  const TemporaryFile file(suffix, text);
  const auto result = shell(command + " " + file.path());
  return result.code == 0 ? result.output : "exit " + std::to_string(result.code) + ": " + result.output;
}

/// What bash offers for these words, the last one being typed.
std::string offered(const OptionTable& table, const std::vector<std::string>& words) {
  std::string function = "_" + table.program();
  std::replace(function.begin(), function.end(), '-', '_');
  std::string script = "compopt() { :; }\n" + bash_completion(table) + "COMP_WORDS=(" + table.program();
  for (const std::string& word : words) script += " " + vs::shell_quoted(word);
  script += ")\nCOMP_CWORD=" + std::to_string(words.size()) + "\n" + function + "\necho \"${COMPREPLY[@]}\"\n";
  const TemporaryFile file(".bash", script);
  const std::string output = shell("bash " + file.path()).output;
  return std::string(vs::trim(output));
}

}  // namespace

TEST_CASE("lines are broken at blanks, and long words stand alone") {
  CHECK(wrapped("aa bb cc", 5, 0, 0) == "aa bb\ncc");
  CHECK(wrapped("aa bb cc", 5, 2, 3) == "aa\n  bb\n  cc");
  CHECK(wrapped("aaaaaaaa b", 5, 0, 0) == "aaaaaaaa\nb");
  CHECK(wrapped("\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9", 5, 0, 0) == "\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9");
  CHECK(wrapped("", 5, 0, 0).empty());
}

TEST_CASE("labels") {
  const OptionTable table = sample_table();
  CHECK(option_label(*table.find("jobs")) == "-j, --jobs N");
  CHECK(option_label(*table.find("clip-len")) == "    --clip-len N");
  CHECK(option_label(*table.find("color")) == "    --color[=WHEN]");
  CHECK(option_label(*table.find("force")) == "-f, --force");
  CHECK(usage_line(table) == "vs-try [OPTION]... VIDEO...");
  CHECK(usage_line(*sample_with_subcommands().find_subcommand("convert")) ==
        "vs-pick convert [OPTION]... IN [MORE...] OUT");
}

TEST_CASE("help fits 80 columns and names every option that is not hidden") {
  for (const OptionTable& table : {sample_table(), sample_with_subcommands()}) {
    CHECK(widest_line(long_help(table)) <= 80);
    CHECK(widest_line(short_help(table)) <= 80);
    check_names_every_option(table, long_help(table), "--");
    for (const auto& child : table.subcommands()) {
      CHECK(holds(long_help(table), child->summary()));
      CHECK(holds(short_help(table), child->subcommand_name()));
      check_names_every_option(*child, long_help(*child), "--");
      CHECK(holds(short_help(*child), "--json"));
    }
  }
  check_names_every_option(sample_table(), short_help(sample_table()), "--");
  CHECK(holds(short_help(sample_table()), "(ssim, luma, mad;"));
  CHECK(holds(long_help(sample_table()), "the reference's"));
  CHECK_FALSE(holds(short_help(sample_table()), "the reference's"));
  CHECK(holds(long_help(sample_table()), "VS_JOBS"));
  CHECK(holds(long_help(sample_table()), "vs-try -j4 -o out 'my videos'"));
  CHECK(holds(long_help(sample_table()), "Exit status:"));
}

TEST_CASE("the man page lints and says what the table says") {
  for (const OptionTable& table : {sample_table(), sample_with_subcommands()}) {
    const std::string page = man_page(table, "1.2.3", "2026-01-31");
    CHECK(lint("mandoc", "mandoc -T lint -W warning", ".1", page) == "");
    if (!has_tool("mandoc")) continue;
    const TemporaryFile file(".1", page);
    const std::string shown = shell("mandoc -T ascii -O width=1000 " + file.path() + " | sed 's/.\\x08//g'").output;
    check_names_every_option(table, shown, "--");
    CHECK(holds(shown, "January 31, 2026"));
    CHECK(holds(shown, "EXIT STATUS"));
    CHECK(holds(shown, "SEE ALSO") == !table.pages().empty());
    for (const auto& child : table.subcommands()) CHECK(holds(shown, child->subcommand_name()));
    for (const auto& example : table.examples()) CHECK(holds(shown, example.command));
  }
}

TEST_CASE("text of the page is shown as written") {
  if (!has_tool("mandoc")) {
    MESSAGE("skipped: mandoc is not installed");
    return;
  }
  const TemporaryFile file(".1", man_page(sample_table(), "1.2.3", "2026-01-31"));
  const std::string shown = shell("mandoc -T ascii -O width=1000 " + file.path() + " | sed 's/.\\x08//g'").output;
  CHECK(holds(shown, "Writes 100% of \"frames\" by ffmpeg's rule; see --help."));
  CHECK(holds(shown, "A \\n is two characters."));
  CHECK(holds(shown, "No macro of mdoc (such as .Nm) may be read."));
  CHECK(holds(shown, "mean [abs] of \"luma\" $x `y`"));
  CHECK(holds(shown, ".Nothing here is a request."));
}

TEST_CASE("completions are sound scripts") {
  for (const OptionTable& table : {sample_table(), sample_with_subcommands()}) {
    CHECK(lint("bash", "bash -n", ".bash", bash_completion(table)) == "");
    CHECK(lint("zsh", "zsh -n", ".zsh", zsh_completion(table)) == "");
    CHECK(lint("fish", "fish --no-execute", ".fish", fish_completion(table)) == "");
    check_names_every_option(table, bash_completion(table), "--");
    check_names_every_option(table, zsh_completion(table), "--");
    check_names_every_option(table, fish_completion(table), "-l ");
  }
}

TEST_CASE("bash offers options, choices, files and subcommands") {
  const OptionTable table = sample_table();
  CHECK(offered(table, {"--clip"}) == "--clip-len=");
  CHECK(offered(table, {"--gen"}) == "");
  CHECK(offered(table, {"--fo"}) == "--force");
  CHECK(offered(table, {"--method", ""}) == "ssim luma mad");
  CHECK(offered(table, {"--method", "=", "l"}) == "luma");
  CHECK(offered(table, {"--method", "="}) == "ssim luma mad");
  CHECK(offered(table, {"--color", "=", "n"}) == "never");
  CHECK(offered(table, {"--clip-len", ""}) == "");
  CHECK(offered(table, {"--shard", "a"}) == "auto");

  const TemporaryFile video("with a blank.mp4", "");
  const TemporaryFile text(".txt", "");
  const std::string folder = video.path().substr(0, video.path().rfind('/') + 1);
  CHECK(holds(offered(table, {folder}), video.path()));
  CHECK_FALSE(holds(offered(table, {folder}), text.path()));
  CHECK(holds(offered(table, {"--list", folder}), text.path()));
  CHECK_FALSE(holds(offered(table, {"--root", folder}), text.path()));
  CHECK(holds(offered(table, {"-o", folder}), text.path()));

  const OptionTable pick = sample_with_subcommands();
  CHECK(offered(pick, {""}) == "convert check");
  CHECK(offered(pick, {"-q", "co"}) == "convert");
  CHECK(offered(pick, {"--labels", "check", "co"}) == "convert");
  CHECK(offered(pick, {"convert", "--t"}) == "--to=");
  CHECK(offered(pick, {"check", "--t"}) == "");
  CHECK(offered(pick, {"convert", "--to", ""}) == "csv json");
}

TEST_CASE("zsh reads the meaning of a word as it is written, quotes and colons included") {
  CHECK(holds(zsh_completion(sample_table()), R"(ssim\:1\ -\ SSIM\ of\ grey\ frames\:\ the\ reference\'\''s)"));
  CHECK(holds(zsh_completion(sample_table()), R"(\$x\ \`y\`)"));
}

TEST_CASE("fish offers what the table holds") {
  if (!has_tool("fish")) {
    MESSAGE("skipped: fish is not installed");
    return;
  }
  const auto fish = [](const OptionTable& table, const std::string& line) {
    const TemporaryFile file(".fish", fish_completion(table) + "complete -C " + vs::shell_quoted(line) + "\n");
    return shell("HOME=/nonexistent fish --no-config " + file.path()).output;
  };
  CHECK(holds(fish(sample_table(), "vs-try --clip"), "--clip-len\tframes of a clip"));
  CHECK(holds(fish(sample_table(), "vs-try --method s"), "ssim\t1 - SSIM of grey frames: the reference's"));
  CHECK(holds(fish(sample_table(), "vs-try --color=n"), "--color=never"));
  CHECK(holds(fish(sample_with_subcommands(), "vs-pick con"), "convert\tone format to another"));
  CHECK(holds(fish(sample_with_subcommands(), "vs-pick convert --to "), "json"));
  CHECK_FALSE(holds(fish(sample_with_subcommands(), "vs-pick check --"), "--to"));
}

TEST_CASE("usage as JSON") {
  const auto document = nlohmann::json::parse(usage_json(sample_table(), "1.2.3"));
  CHECK(document["schema"] == "vs.usage/1");
  CHECK(document["program"] == "vs-try");
  CHECK(document["options"][0]["name"] == "method");
  CHECK(document["options"][0]["default"] == "luma");
  CHECK(document["options"][0]["choices"].size() == 3);
  CHECK(document["options"][1]["min"] == 1);
  CHECK(document["operands"][0]["metavar"] == "VIDEO");
  CHECK(document["operands"][0]["max_count"].is_null());
  for (const auto& option : document["options"]) CHECK(option["name"] != "generate");

  const auto pick = nlohmann::json::parse(usage_json(sample_with_subcommands(), "1.2.3"));
  REQUIRE(pick["subcommands"].size() == 2);
  CHECK(pick["subcommands"][0]["name"] == "convert");
  CHECK(pick["subcommands"][0]["options"][0]["required"] == true);
  CHECK(pick["subcommands"][0]["operands"].size() == 3);
}

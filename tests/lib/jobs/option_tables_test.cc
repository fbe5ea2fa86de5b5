// All programs' option tables: their usage as JSON, and options that can do nothing.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/cli/pages.h"
#include "lib/cli/parsed_options.h"
#include "lib/core/error.h"
#include "lib/jobs/annot/option_table.h"
#include "lib/jobs/extract/option_table.h"
#include "lib/jobs/motion/option_table.h"
#include "lib/store/json.h"

namespace vs::jobs {
namespace {

std::vector<cli::OptionTable> all_tables() {
  std::vector<cli::OptionTable> tables;
  tables.push_back(extract_option_table());
  tables.push_back(motion_option_table());
  tables.push_back(annot_option_table());
  return tables;
}

/// The message of the UsageError; "" if there is none.
std::string complaint(const cli::OptionTable& table, std::vector<std::string> words) {
  words.insert(words.begin(), table.program());
  std::vector<const char*> line;
  for (const std::string& word : words) line.push_back(word.c_str());
  try {
    (void)cli::parse_command_line(table, static_cast<int>(line.size()), line.data(),
                                  [](const char*) -> const char* { return nullptr; });
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

/// A value that the row takes, whatever stands beside it.
std::string value_of(const cli::Option::Row& row) {
  switch (row.kind) {
    case cli::Kind::kInteger:
    case cli::Kind::kReal:
      return std::to_string(static_cast<int64_t>(row.min.value_or(0)) + 1);
    case cli::Kind::kChoice:
      return row.choices.front().value;
    case cli::Kind::kInputPath:
      return "/";
    case cli::Kind::kOutputPath:
      return row.suffixes.empty() ? "out" : "out." + row.suffixes.front();
    case cli::Kind::kSize:
      return "9x9";
    case cli::Kind::kShard:
      return "0/2";
    default:
      return "1";
  }
}

bool holds_by_default(const cli::OptionTable& table, const cli::Need& need) {
  return std::any_of(need.any_of.begin(), need.any_of.end(), [&](const cli::Condition& condition) {
    const auto& value = table.find(condition.option)->default_value;
    const auto& values = condition.values;
    return value && std::find(values.begin(), values.end(), *value) != values.end();
  });
}

/// Gives every option that needs others alone; returns how many there were.
int give_alone(const cli::OptionTable& program, const cli::OptionTable& table) {
  int tried = 0;
  for (const cli::Option& option : table.options()) {
    const cli::Option::Row& row = option.row();
    const bool needy = std::any_of(row.needs.begin(), row.needs.end(),
                                   [&](const cli::Need& need) { return !holds_by_default(table, need); });
    if (!needy) continue;
    std::vector<std::string> words;
    if (!table.subcommand_name().empty()) words.push_back(table.subcommand_name());
    words.push_back(row.takes_value() ? "--" + row.name + "=" + value_of(row) : "--" + row.name);
    const std::string text = complaint(program, words);
    CHECK_MESSAGE(text.starts_with("--" + row.name + ": only together with --"), table.full_name(), ": ", text);
    ++tried;
  }
  return tried;
}

}  // namespace

TEST_CASE("usage as JSON fits its schema") {
  for (const cli::OptionTable& table : all_tables()) {
    const store::JsonText text(table.program() + " --generate=json", cli::usage_json(table, "1.2.3"));
    const store::Json document = store::parse_json(text);
    CHECK_NOTHROW(store::check_schema_number(document, "vs.usage", 1, &text));
    CHECK_NOTHROW(store::validate_json(document, "usage", &text));
    CHECK(document.at("program") == table.program());
    store::Json wrong = document;
    wrong["opttions"] = store::Json::array();
    CHECK_THROWS_WITH_AS(store::validate_json(wrong, "usage"), doctest::Contains("nearest is \"options\""), DataError);
    wrong = document;
    wrong["options"][0]["kind"] = "colour";
    CHECK_THROWS_AS(store::validate_json(wrong, "usage"), DataError);
    wrong = document;
    wrong["options"][0].erase("needs");
    CHECK_THROWS_AS(store::validate_json(wrong, "usage"), DataError);
  }
}

TEST_CASE("an option that does nothing alone is refused alone, and the message names both") {
  int tried = 0;
  for (const cli::OptionTable& table : all_tables()) {
    tried += give_alone(table, table);
    for (const auto& child : table.subcommands()) tried += give_alone(table, *child);
  }
  CHECK(tried > 25);
}

TEST_CASE("pairs that were once accepted and did nothing") {
  const cli::OptionTable motion = motion_option_table(), extract = extract_option_table();
  CHECK(complaint(motion, {"--rule", "train", "a.mp4"}) == "--rule: only together with --plan");
  CHECK(complaint(motion, {"--num-clips", "2", "a.mp4"}) == "--num-clips: only together with --plan");
  CHECK(complaint(motion, {"--seed", "2", "--plan", "4", "a.mp4"}) ==
        "--seed: only together with --rule train or window-train");
  CHECK(complaint(motion, {"--seed", "2", "--plan", "4", "--rule", "train", "a.mp4"}).empty());
  CHECK(complaint(motion, {"--epoch", "2", "a.mp4"}) == "--epoch: only together with --rule train or window-train");
  CHECK(complaint(motion, {"--codec-source", "vectors", "a.mp4"}) ==
        "--codec-source: only together with --method codec");
  CHECK(complaint(motion, {"--plot", "x.txt", "a.mp4"}) == "--plot x.txt: must end in .svg");
  CHECK(complaint(motion, {"--sheet", "x.jpg", "a.mp4"}) == "--sheet x.jpg: must end in .png");
  CHECK(complaint(motion, {"--weights", "/dev/null", "a.mp4"}) == "--weights: only together with --method pa");
  CHECK(complaint(extract, {"--spread", "ends", "a.mp4"}) == "--spread: only together with --num-frames");
  CHECK(complaint(extract, {"--probe", "--fps", "4", "a.mp4"}) == "--fps 4: not possible together with --probe");
  CHECK(complaint(extract, {"--fps", "1e9", "a.mp4"}) == "--fps 1e9: must be at most 1000000");
}

}  // namespace vs::jobs

// The option table as a JSON document.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "lib/cli/layout.h"
#include "lib/cli/pages.h"

namespace vs::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kFlag:
      return "flag";
    case Kind::kText:
      return "text";
    case Kind::kInteger:
      return "integer";
    case Kind::kReal:
      return "real";
    case Kind::kChoice:
      return "choice";
    case Kind::kInputPath:
      return "input_path";
    case Kind::kOutputPath:
      return "output_path";
    case Kind::kFraction:
      return "fraction";
    case Kind::kSize:
      return "size";
    case Kind::kShard:
      return "shard";
  }
  return "";
}

Json choices_json(const std::vector<Choice>& choices) {
  auto list = Json::array();
  for (const Choice& choice : choices) list.push_back({{"value", choice.value}, {"help", choice.help}});
  return list;
}

Json option_json(const Option::Row& row) {
  Json object = {{"name", row.name},
                 {"letter", row.letter ? Json(std::string(1, row.letter)) : Json()},
                 {"kind", kind_name(row.kind)},
                 {"metavar", row.metavar},
                 {"group", row.group},
                 {"help", row.help},
                 {"details", row.details},
                 {"default", row.default_value ? Json(*row.default_value) : Json()},
                 {"implied", row.implied ? Json(*row.implied) : Json()},
                 {"min", row.min ? Json(*row.min) : Json()},
                 {"min_excluded", row.min_excluded},
                 {"max", row.max ? Json(*row.max) : Json()},
                 {"choices", choices_json(row.choices)},
                 {"suffixes", row.suffixes},
                 {"dash", row.dash},
                 {"required", row.required},
                 {"repeatable", row.repeatable},
                 {"run", row.run},
                 {"environment", row.variable.empty() ? Json() : Json(row.variable)},
                 {"conflicts", row.conflicts},
                 {"conflicting_groups", row.conflicting_groups}};
  auto needs = Json::array();
  for (const Need& need : row.needs) {
    auto any_of = Json::array();
    for (const Condition& one : need.any_of) any_of.push_back({{"option", one.option}, {"values", one.values}});
    needs.push_back({{"any_of", std::move(any_of)}});
  }
  object["needs"] = std::move(needs);
  object["old_names"] = row.old_names;
  return object;
}

Json table_json(const OptionTable& table) {
  Json object = {{"usage", usage_line(table)}, {"summary", table.summary()}, {"description", table.paragraphs()}};
  auto options = Json::array();
  for (const Option& option : table.options()) {
    if (!option.row().hidden) options.push_back(option_json(option.row()));
  }
  object["options"] = std::move(options);
  auto operands = Json::array();
  for (const Positional& one : table.positionals()) {
    operands.push_back({{"metavar", one.metavar},
                        {"help", one.help},
                        {"details", one.details},
                        {"kind", kind_name(one.kind)},
                        {"min_count", one.min_count},
                        {"max_count", one.max_count == Positional::kAnyNumber ? Json() : Json(one.max_count)},
                        {"choices", choices_json(one.choices)}});
  }
  object["operands"] = std::move(operands);
  auto examples = Json::array();
  for (const auto& example : table.examples()) {
    examples.push_back({{"command", example.command}, {"what", example.what}});
  }
  object["examples"] = std::move(examples);
  return object;
}

}  // namespace

std::string usage_json(const OptionTable& table, const std::string& version) {
  Json document = {{"schema", "vs.usage/1"}, {"program", table.program()}, {"version", version}};
  document.update(table_json(table));
  auto subcommands = Json::array();
  for (const auto& child : table.subcommands()) {
    Json object = {{"name", child->subcommand_name()}};
    object.update(table_json(*child));
    subcommands.push_back(std::move(object));
  }
  document["subcommands"] = std::move(subcommands);
  if (const OptionTable* unnamed = table.default_subcommand())
    document["default_subcommand"] = unnamed->subcommand_name();
  auto statuses = Json::array();
  for (const auto& status : table.exit_statuses()) statuses.push_back({{"code", status.code}, {"text", status.text}});
  document["exit_status"] = std::move(statuses);
  auto variables = Json::array();
  for (const auto& [name, what] : variables_in_words(table)) variables.push_back({{"name", name}, {"what", what}});
  document["environment"] = std::move(variables);
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vs::cli

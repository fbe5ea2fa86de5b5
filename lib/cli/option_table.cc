#include "lib/cli/option_table.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace vs::cli {

OptionTable::OptionTable(std::string program, std::string summary)
    : program_(std::move(program)), summary_(std::move(summary)) {
  exit_statuses_ = {
      {0, "All was done."},
      {1, "The run came to its end, but an item failed or a check said no."},
      {2, "Wrong usage, and nothing was written; or the run could not start or go on, as with a full disk."},
      {130, "Stopped by SIGINT. The same command goes on where it stopped."},
      {143, "Stopped by SIGTERM. The same command goes on where it stopped."}};
}

OptionTable::OptionTable(OptionTable&& other) noexcept
    : program_(std::move(other.program_)),
      subcommand_name_(std::move(other.subcommand_name_)),
      default_subcommand_(std::move(other.default_subcommand_)),
      summary_(std::move(other.summary_)),
      group_(std::move(other.group_)),
      parent_(other.parent_),
      paragraphs_(std::move(other.paragraphs_)),
      options_(std::move(other.options_)),
      positionals_(std::move(other.positionals_)),
      subcommands_(std::move(other.subcommands_)),
      examples_(std::move(other.examples_)),
      exit_statuses_(std::move(other.exit_statuses_)),
      variables_(std::move(other.variables_)),
      sections_(std::move(other.sections_)),
      pages_(std::move(other.pages_)),
      libraries_(std::move(other.libraries_)) {
  for (const auto& child : subcommands_) child->parent_ = this;
}

OptionTable::~OptionTable() = default;

OptionTable& OptionTable::description(std::string paragraph) {
  paragraphs_.push_back(std::move(paragraph));
  return *this;
}

OptionTable& OptionTable::group(std::string heading) {
  group_ = std::move(heading);
  return *this;
}

Option& OptionTable::add(std::string name, Kind kind, std::string metavar, std::string help) {
  return options_.emplace_back(std::move(name), kind, std::move(metavar), std::move(help), group_);
}

Option& OptionTable::flag(std::string name, std::string help) {
  return add(std::move(name), Kind::kFlag, {}, std::move(help));
}

Option& OptionTable::text(std::string name, std::string metavar, std::string help) {
  return add(std::move(name), Kind::kText, std::move(metavar), std::move(help));
}

Option& OptionTable::integer(std::string name, std::string metavar, std::string help) {
  return add(std::move(name), Kind::kInteger, std::move(metavar), std::move(help));
}

Option& OptionTable::real(std::string name, std::string metavar, std::string help) {
  return add(std::move(name), Kind::kReal, std::move(metavar), std::move(help));
}

Option& OptionTable::choice(std::string name, std::string metavar, std::vector<Choice> words, std::string help) {
  return add(std::move(name), Kind::kChoice, std::move(metavar), std::move(help)).choices(std::move(words));
}

Option& OptionTable::input_path(std::string name, std::string metavar, std::string help) {
  return add(std::move(name), Kind::kInputPath, std::move(metavar), std::move(help));
}

Option& OptionTable::output_path(std::string name, std::string metavar, std::string help) {
  return add(std::move(name), Kind::kOutputPath, std::move(metavar), std::move(help));
}

Option& OptionTable::fraction(std::string name, std::string metavar, std::string help) {
  return add(std::move(name), Kind::kFraction, std::move(metavar), std::move(help));
}

Option& OptionTable::size(std::string name, std::string metavar, std::string help) {
  return add(std::move(name), Kind::kSize, std::move(metavar), std::move(help));
}

Option& OptionTable::shard(std::string name, std::string metavar, std::string help) {
  return add(std::move(name), Kind::kShard, std::move(metavar), std::move(help));
}

Option& OptionTable::option(std::string_view name) {
  const auto at =
      std::find_if(options_.begin(), options_.end(), [&](const Option& option) { return option.row().name == name; });
  if (at == options_.end()) throw std::logic_error(full_name() + ": no option --" + std::string(name));
  return *at;
}

OptionTable& OptionTable::positional(Positional positional) {
  positionals_.push_back(std::move(positional));
  return *this;
}

OptionTable& OptionTable::subcommand(std::string name, std::string summary) {
  auto& child = subcommands_.emplace_back(std::make_unique<OptionTable>(program_, std::move(summary)));
  child->subcommand_name_ = std::move(name);
  child->parent_ = this;
  return *child;
}

OptionTable& OptionTable::default_subcommand(std::string name) {
  if (!find_subcommand(name)) throw std::logic_error(full_name() + ": no subcommand " + name);
  default_subcommand_ = std::move(name);
  return *this;
}

OptionTable& OptionTable::example(std::string command, std::string what) {
  examples_.push_back({std::move(command), std::move(what)});
  return *this;
}

OptionTable& OptionTable::exit_status(int code, std::string text) {
  const auto at = std::find_if(exit_statuses_.begin(), exit_statuses_.end(),
                               [&](const ExitStatus& status) { return status.code >= code; });
  if (at != exit_statuses_.end() && at->code == code) {
    at->text = std::move(text);
  } else {
    exit_statuses_.insert(at, {code, std::move(text)});
  }
  return *this;
}

OptionTable& OptionTable::environment_variable(std::string name, std::string what) {
  variables_.push_back({std::move(name), std::move(what)});
  return *this;
}

OptionTable& OptionTable::section(std::string heading, std::string paragraph) {
  const auto at = std::find_if(sections_.begin(), sections_.end(),
                               [&](const Section& section) { return section.heading == heading; });
  if (at != sections_.end()) {
    at->paragraphs.push_back(std::move(paragraph));
  } else {
    sections_.push_back({std::move(heading), {std::move(paragraph)}});
  }
  return *this;
}

OptionTable& OptionTable::see_also(std::string page, int section) {
  pages_.push_back({std::move(page), section});
  return *this;
}

OptionTable& OptionTable::library(std::string name, std::string (*version)()) {
  libraries_.push_back({std::move(name), version});
  return *this;
}

std::string OptionTable::full_name() const {
  return subcommand_name_.empty() ? program_ : program_ + " " + subcommand_name_;
}

std::vector<const Option::Row*> OptionTable::all_rows() const {
  std::vector<const Option::Row*> rows;
  for (const Option& option : options_) rows.push_back(&option.row());
  if (parent_) {
    for (const Option& option : parent_->options_) rows.push_back(&option.row());
  }
  return rows;
}

const Option::Row* OptionTable::find(std::string_view name) const {
  for (const Option::Row* row : all_rows()) {
    if (row->name == name) return row;
  }
  return nullptr;
}

const OptionTable* OptionTable::find_subcommand(std::string_view name) const {
  for (const auto& child : subcommands_) {
    if (child->subcommand_name_ == name) return child.get();
  }
  return nullptr;
}

}  // namespace vs::cli

// The one option table of a program: parsing, -h, --help, --version, man page, completions and usage as JSON come from
// it.
#pragma once

#include <deque>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/cli/option.h"

namespace vs::cli {

/// What a program takes. References to options stay valid while the table lives. check() and everything that uses the
/// table throw std::logic_error if the table contradicts itself (a name twice, no help, a default out of range): our
/// bug.
///
///   OptionTable table("vs-motion", "motion of every frame of a video");
///   table.group("Motion");
///   table.choice("method", "METHOD", {{"ssim", "1 - SSIM of grey frames"}, {"luma", "..."}}, "how motion is measured")
///       .default_value("luma");
///   table.integer("plan", "N", "choose N frames by motion").min(1);
///   table.positional({.metavar = "VIDEO", .help = "videos or folders of them", .max_count = Positional::kAnyNumber});
///   add_item_options(table);
///   add_common_options(table);
class OptionTable {
 public:
  /// program: "vs-motion". summary: one line, lower case, no full stop, for the NAME section.
  OptionTable(std::string program, std::string summary);
  OptionTable(OptionTable&&) noexcept;
  OptionTable& operator=(OptionTable&&) = delete;
  ~OptionTable();

  /// Paragraphs of the DESCRIPTION; full sentences.
  OptionTable& description(std::string paragraph);
  /// Options added from here on stand under this heading.
  OptionTable& group(std::string heading);

  Option& flag(std::string name, std::string help);
  Option& text(std::string name, std::string metavar, std::string help);
  Option& integer(std::string name, std::string metavar, std::string help);
  Option& real(std::string name, std::string metavar, std::string help);
  Option& choice(std::string name, std::string metavar, std::vector<Choice> words, std::string help);
  /// A file or folder to read; one that does not exist is a usage error.
  Option& input_path(std::string name, std::string metavar, std::string help);
  Option& output_path(std::string name, std::string metavar, std::string help);
  Option& fraction(std::string name, std::string metavar, std::string help);
  Option& size(std::string name, std::string metavar, std::string help);
  Option& shard(std::string name, std::string metavar, std::string help);

  /// An option added before, to change it (such as the help of --output of a ready-made group). std::logic_error if
  /// unknown.
  Option& option(std::string_view name);

  /// Positionals fill up from the left; each leaves later ones their minimum.
  OptionTable& positional(Positional positional);

  /// Adds a subcommand with options, positionals, examples of its own. Options of this table are shared by all
  /// subcommands and may stand before or after its name. Neither positionals of this table nor subcommands below
  /// subcommands are possible then.
  OptionTable& subcommand(std::string name, std::string summary);

  /// The subcommand that is meant where none is named. std::logic_error if there is none of that name.
  OptionTable& default_subcommand(std::string name);

  /// A command line and what it does, for --help and the page.
  OptionTable& example(std::string command, std::string what);
  /// Replaces the text of an exit code in the EXIT STATUS section (0, 1, 2, 130 and 143 have one).
  OptionTable& exit_status(int code, std::string text);
  /// An environment variable beside those of the options.
  OptionTable& environment_variable(std::string name, std::string what);
  /// A section of its own, such as "FILES", after the options.
  OptionTable& section(std::string heading, std::string paragraph);
  /// A page to see also.
  OptionTable& see_also(std::string page, int section);
  /// Name and version of a library in use, called only for --version.
  OptionTable& library(std::string name, std::string (*version)());

  struct Example {
    std::string command, what;
  };
  struct ExitStatus {
    int code;
    std::string text;
  };
  struct Section {
    std::string heading;
    std::vector<std::string> paragraphs;
  };
  struct Page {
    std::string name;
    int section;
  };
  struct Variable {
    std::string name, what;
  };
  struct Library {
    std::string name;
    std::string (*version)();
  };

  const std::string& program() const { return program_; }
  /// Name of the subcommand this table describes; "" for a program.
  const std::string& subcommand_name() const { return subcommand_name_; }
  /// "vs-motion" or "vs-annot convert".
  std::string full_name() const;
  const std::string& summary() const { return summary_; }
  const std::vector<std::string>& paragraphs() const { return paragraphs_; }
  /// This table's own options in the order added.
  const std::deque<Option>& options() const { return options_; }
  /// Own options, then those shared by the program (for a subcommand), in this order.
  std::vector<const Option::Row*> all_rows() const;
  /// Row by name (not old name), own or shared; nullptr if there is none.
  const Option::Row* find(std::string_view name) const;
  const std::vector<Positional>& positionals() const { return positionals_; }
  const std::vector<std::unique_ptr<OptionTable>>& subcommands() const { return subcommands_; }
  /// nullptr if there is none of that name.
  const OptionTable* find_subcommand(std::string_view name) const;
  /// nullptr if a subcommand must be named.
  const OptionTable* default_subcommand() const { return find_subcommand(default_subcommand_); }
  /// True in the table of a subcommand whose name may be left out.
  bool is_default_subcommand() const { return parent_ && parent_->default_subcommand() == this; }
  /// The program's table of a subcommand; nullptr in the program's own.
  const OptionTable* parent() const { return parent_; }
  const std::vector<Example>& examples() const { return examples_; }
  const std::vector<ExitStatus>& exit_statuses() const { return exit_statuses_; }
  const std::vector<Variable>& variables() const { return variables_; }
  const std::vector<Section>& sections() const { return sections_; }
  const std::vector<Page>& pages() const { return pages_; }
  const std::vector<Library>& libraries() const { return libraries_; }

  /// Throws std::logic_error if the table contradicts itself: names twice (old ones too), a letter that is not allowed,
  /// no help or metavar, a choice without words, a default out of range, a condition on an option that is not there,
  /// positionals that cannot be told apart.
  void check() const;

 private:
  Option& add(std::string name, Kind kind, std::string metavar, std::string help);

  std::string program_, subcommand_name_, default_subcommand_, summary_, group_ = "Options";
  const OptionTable* parent_ = nullptr;
  std::vector<std::string> paragraphs_;
  std::deque<Option> options_;
  std::vector<Positional> positionals_;
  std::vector<std::unique_ptr<OptionTable>> subcommands_;
  std::vector<Example> examples_;
  std::vector<ExitStatus> exit_statuses_;
  std::vector<Variable> variables_;
  std::vector<Section> sections_;
  std::vector<Page> pages_;
  std::vector<Library> libraries_;
};

/// --help -h, --version -V, --quiet -q, --verbose -v, --json, --color, and hidden --generate. Call it once, last, on
/// the program's table.
void add_common_options(OptionTable& table);

/// What every program over many items takes: --output -o, --jobs -j, --dry-run -n, --force -f, --failed, --strict,
/// --shard,
/// --depfile, --seed. Names in `without` are left out. Change a help with table.option("output").help(...).
void add_item_options(OptionTable& table, std::initializer_list<std::string_view> without = {});

}  // namespace vs::cli

// Completion for bash.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lib/cli/layout.h"
#include "lib/cli/pages.h"
#include "lib/core/text.h"

namespace vs::cli {
namespace {

std::string function_name(const OptionTable& table) {
  std::string name = "_" + table.program();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// The command that fills COMPREPLY with values of this kind; "" if there is nothing to offer.
std::string offer(const std::string& files, Kind kind, const std::vector<Choice>& choices, bool folder,
                  const std::vector<std::string>& suffixes) {
  switch (kind) {
    case Kind::kChoice:
      return fmt::format("mapfile -t COMPREPLY < <(compgen -W {} -- \"$cur\")",
                         shell_quoted(choice_values(choices, " ")));
    case Kind::kShard:
      return "mapfile -t COMPREPLY < <(compgen -W auto -- \"$cur\")";
    case Kind::kInputPath:
    case Kind::kOutputPath: {
      if (folder) return files + " folder";
      std::string call = files;
      for (const std::string& suffix : suffixes) call += " " + shell_quoted(suffix);
      return call;
    }
    default:
      return ":";
  }
}

std::string all_options(const OptionTable& table) {
  std::vector<std::string> words;
  for (const Option::Row* row : table.all_rows()) {
    if (row->hidden) continue;
    words.push_back("--" + row->name + (row->takes_next_word() ? "=" : ""));
    if (row->letter) words.push_back(fmt::format("-{}", row->letter));
  }
  return join(words, " ");
}

std::string names_of(const Option::Row& row, const std::string& separator) {
  return (row.letter ? fmt::format("-{}{}", row.letter, separator) : std::string()) + "--" + row.name;
}

/// One branch of the case over tables: what follows an option, and else options or operands.
std::string branch(const std::string& files, const OptionTable& table) {
  std::string text = "      case $option in\n";
  for (const Option::Row* row : table.all_rows()) {
    if (row->hidden || !row->takes_value()) continue;
    const std::string what = offer(files, row->kind, row->choices, row->folder, row->suffixes);
    const std::string guard = row->implied ? "[[ $after_equals ]] && " : "";
    text += fmt::format("        {}) {}{{ {}; return; }} ;;\n", names_of(*row, "|"), guard, what);
  }
  text += "      esac\n";
  text += fmt::format(
      "      if [[ $cur == -* && ! $words_only ]]; then\n"
      "        mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$cur\")\n"
      "        [[ ${{#COMPREPLY[@]}} -eq 1 && ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace\n"
      "        return\n"
      "      fi\n",
      all_options(table));
  if (!table.subcommands().empty()) {
    std::vector<std::string> names;
    for (const auto& child : table.subcommands()) names.push_back(child->subcommand_name());
    text += fmt::format("      mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$cur\")\n", join(names, " "));
  } else if (!table.positionals().empty()) {
    // Which operand it is cannot be told before the others are there: the last one stands for all but a leading choice.
    const Positional& first = table.positionals().front();
    const Positional& last = table.positionals().back();
    const std::string rest = offer(files, last.kind, last.choices, last.folder, last.suffixes);
    if (first.kind == Kind::kChoice && table.positionals().size() > 1) {
      text += fmt::format("      if (( operands == 0 )); then {}; else {}; fi\n",
                          offer(files, first.kind, first.choices, false, {}), rest);
    } else {
      text += "      " + rest + "\n";
    }
  }
  return text;
}

constexpr const char* kFileFunction =
    R"(# Files with the given suffixes (all if there are none; "folder": no files), and folders.
{files}() {{
  local name suffix
  compopt -o filenames
  while IFS= read -r name; do
    if [[ -d ${{name/#\~/$HOME}} || $# -eq 0 ]]; then
      COMPREPLY+=("$name")
      continue
    fi
    for suffix in "$@"; do
      [[ $name == *".$suffix" ]] && COMPREPLY+=("$name") && break
    done
  done < <(compgen -f -- "$cur")
}}

)";

constexpr const char* kHead = R"({name}() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} option=${{COMP_WORDS[COMP_CWORD-1]}}
  local after_equals='' words_only='' subcommand='' operands=0 skip='' word i
  COMPREPLY=()
  # "=" is a word of its own in COMP_WORDS.
  if [[ $cur == = ]]; then
    cur='' after_equals=1
  elif [[ $option == = ]]; then
    option=${{COMP_WORDS[COMP_CWORD-2]}} after_equals=1
  fi
  for (( i = 1; i < COMP_CWORD; ++i )); do
    word=${{COMP_WORDS[i]}}
    if [[ $skip ]]; then
      skip=''
      [[ $word != = ]] && continue
      skip=1
      continue
    fi
    case $word in
      --) words_only=1 option='' ;;
      =) skip=1 ;;
      {takers}) skip=1 ;;
      -*) ;;
      *)
        if [[ -z $subcommand ]]; then
          case $word in
            {subcommands}) subcommand=$word; continue ;;
          esac
        fi
        operands=$(( operands + 1 ))
        ;;
    esac
  done
  case $subcommand in
)";

}  // namespace

std::string bash_completion(const OptionTable& table) {
  const std::string name = function_name(table);
  const std::string files = name + "_files";
  std::vector<std::string> takers, subcommands;
  const auto add_takers = [&](const OptionTable& one) {
    for (const Option& option : one.options()) {
      if (option.row().hidden || !option.row().takes_next_word()) continue;
      const std::string names = names_of(option.row(), "|");
      if (std::find(takers.begin(), takers.end(), names) == takers.end()) takers.push_back(names);
    }
  };
  add_takers(table);
  for (const auto& child : table.subcommands()) {
    add_takers(*child);
    subcommands.push_back(child->subcommand_name());
  }
  // A pattern that matches nothing where there are none.
  if (takers.empty()) takers.emplace_back("''");
  if (subcommands.empty()) subcommands.emplace_back("''");
  std::string text = fmt::format("# bash completion for {}, made from its option table.\n\n", table.program());
  text += fmt::format(fmt::runtime(kFileFunction), fmt::arg("files", files));
  text += fmt::format(fmt::runtime(kHead), fmt::arg("name", name), fmt::arg("takers", join(takers, "|")),
                      fmt::arg("subcommands", join(subcommands, "|")));
  for (const auto& child : table.subcommands()) {
    text += fmt::format("    {})\n{}      ;;\n", child->subcommand_name(), branch(files, *child));
  }
  text += "    *)\n";
  if (const OptionTable* unnamed = table.default_subcommand()) {
    // A word that begins with a dash, or follows an option, is of the subcommand that needs no name.
    text += fmt::format("      if [[ $cur == -* || $option == -* ]]; then\n{}        return\n      fi\n",
                        branch(files, *unnamed));
  }
  text += fmt::format("{}      ;;\n", branch(files, table));
  return text + fmt::format("  esac\n}}\ncomplete -F {} {}\n", name, table.program());
}

}  // namespace vs::cli

// Tables that use every kind of option, for the tests of this room.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/cli/parsed_options.h"

namespace vs::cli::test {

/// vs-try: all kinds of options, several operands.
OptionTable sample_table();
/// vs-pick with the subcommands convert and check.
OptionTable sample_with_subcommands();

/// Parses the words behind the program's name, with just these environment variables.
ParsedOptions parse(const OptionTable& table, const std::vector<std::string>& words,
                    const std::map<std::string, std::string>& variables = {});
/// The message of the UsageError that parsing ends with; "" if there is none.
std::string complaint(const OptionTable& table, const std::vector<std::string>& words,
                      const std::map<std::string, std::string>& variables = {});

/// A shell command's exit code and what it wrote on stdout and stderr together.
struct ShellResult {
  int code;
  std::string output;
};
ShellResult shell(const std::string& command);
bool has_tool(const std::string& name);

/// A file in the temporary folder, removed at the end.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& suffix, const std::string& content);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace vs::cli::test

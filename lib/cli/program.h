// The frame of every program: options in, exit code out, every error one line.
#pragma once

#include <functional>
#include <string_view>

#include "lib/cli/option_table.h"
#include "lib/cli/parsed_options.h"
#include "lib/core/log.h"

namespace vs::cli {

/// What a program's body gets beside its options.
class ProgramContext {
 public:
  ProgramContext(Log& log, bool json, bool stdout_color) : log_(&log), json_(json), stdout_color_(stdout_color) {}

  Log& log() const { return *log_; }
  /// --json: documents instead of tables on stdout.
  bool json() const { return json_; }
  /// Tables on stdout may be coloured (--color, NO_COLOR, a terminal).
  bool stdout_color() const { return stdout_color_; }

  /// Writes to standard output at once. Throws BrokenPipe if the reader has gone (run_program ends silently with 0),
  /// RunError if it cannot be written (full disk).
  void print(std::string_view text) const;

 private:
  Log* log_;
  bool json_, stdout_color_;
};

/// What a program does; returns its exit code.
using ProgramBody = std::function<int(const ParsedOptions&, ProgramContext&)>;

/// Runs a program: parses, answers -h, --help, --version and --generate=man|bash|zsh|fish|json, installs the signal
/// handlers (lib/core/cancel.h), calls the body, flushes and checks standard output. Never throws.
///
/// vs::Error ends with its exit code and "vs-x: error: what" on stderr; other exceptions with 2 and a request to
/// report; no memory with 2; a reader of stdout that has gone with 0 and no word; a full disk under stdout with 2.
int run_program(const OptionTable& table, int argc, char** argv, const ProgramBody& body);

}  // namespace vs::cli

// Messages for people, on stderr: whole lines, one write each.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace vs {

enum class Verbosity { kQuiet, kNormal, kVerbose };

/// Writes "program: warning: text". Threads may share one. A progress line on the terminal is cleared before a message.
class Log {
 public:
  Log(std::string program, Verbosity verbosity, bool color);

  void error(std::string_view text);    ///< always shown
  void warning(std::string_view text);  ///< not with --quiet
  void info(std::string_view text);     ///< not with --quiet
  void detail(std::string_view text);   ///< with --verbose only

  Verbosity verbosity() const { return verbosity_; }
  bool color() const { return color_; }
  const std::string& program() const { return program_; }

  /// The progress line as it stands on the terminal; empty text removes it. Used by Progress.
  void set_status_line(std::string_view text);

 private:
  void line(std::string_view level, std::string_view color_code, std::string_view text);
  std::string program_;
  Verbosity verbosity_;
  bool color_;
  std::mutex mutex_;
  std::string status_;
};

/// True if stderr is a terminal that can redraw a line (TERM set and not "dumb").
bool stderr_is_terminal();
/// The rule of --color=auto: a terminal and NO_COLOR unset or empty.
bool color_wanted();

}  // namespace vs

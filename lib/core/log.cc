#include "lib/core/log.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "lib/core/text.h"

namespace vs {
namespace {

void write_stderr(const std::string& bytes) {
  // One write, so that lines of several processes do not mix; nothing can be said if stderr itself is gone.
  [[maybe_unused]] const ssize_t put = ::write(STDERR_FILENO, bytes.data(), bytes.size());
}

constexpr const char* kClearLine = "\r\033[K";

}  // namespace

Log::Log(std::string program, Verbosity verbosity, bool color)
    : program_(std::move(program)), verbosity_(verbosity), color_(color) {}

namespace {

/// Names of files may hold anything: controls are shown as \xNN, so that a line stays one and steers no terminal. Line
/// ends of an error's "while ..." lines, which are followed by blanks, stay.
std::string safe_lines(std::string_view text) {
  std::string lines;
  for (;;) {
    const auto end = text.find("\n  ");
    lines += printable(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    lines += "\n";
    text.remove_prefix(end + 1);
  }
}

}  // namespace

void Log::line(std::string_view level, std::string_view color_code, std::string_view text) {
  std::string bytes;
  std::lock_guard lock(mutex_);
  if (!status_.empty()) bytes += kClearLine;
  bytes += program_ + ": ";
  if (!level.empty()) {
    if (color_) bytes.append("\033[").append(color_code).append("m");
    bytes.append(level);
    if (color_) bytes += "\033[0m";
    bytes += ": ";
  }
  bytes.append(safe_lines(text)).append("\n").append(status_);
  write_stderr(bytes);
}

void Log::error(std::string_view text) { line("error", "31", text); }

void Log::warning(std::string_view text) {
  if (verbosity_ != Verbosity::kQuiet) line("warning", "33", text);
}

void Log::info(std::string_view text) {
  if (verbosity_ != Verbosity::kQuiet) line("", "", text);
}

void Log::detail(std::string_view text) {
  if (verbosity_ == Verbosity::kVerbose) line("", "", text);
}

void Log::set_status_line(std::string_view text) {
  std::lock_guard lock(mutex_);
  if (status_.empty() && text.empty()) return;
  status_ = text;
  write_stderr(kClearLine + status_);
}

bool stderr_is_terminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) && term && *term && std::strcmp(term, "dumb") != 0;
}

bool color_wanted() {
  const char* no_color = std::getenv("NO_COLOR");
  return stderr_is_terminal() && !(no_color && *no_color);
}

}  // namespace vs

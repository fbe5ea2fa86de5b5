#include "lib/cli/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <iostream>
#include <new>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "lib/cli/pages.h"
#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/version.h"

namespace vs::cli {
namespace {

constexpr const char* kStdout = "standard output";

/// A descriptor 0 to 2 that the caller closed would be given to the first file opened, and messages would go into it.
void hold_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The wrong way round, so that using it is an error and not a silent loss.
    const int flags = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (::open("/dev/null", flags) != descriptor) return;
  }
}

bool reader_has_gone() {
  struct pollfd state = {STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&state, 1, 0) == 1 && (state.revents & (POLLERR | POLLHUP)) != 0;
}

/// Flushes standard output and checks everything written so far.
void finish_stdout() {
  errno = 0;
  std::cout.flush();
  const bool lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !std::cout.good();
  const int code = errno;
  if (lost) {
    if (code == EPIPE || reader_has_gone()) throw BrokenPipe{};
    throw RunError(kStdout, std::string("cannot be written") + (code ? std::string(": ") + std::strerror(code) : ""));
  }
  // Some network file systems report a full disk only here.
  const int copy = ::dup(STDOUT_FILENO);
  if (copy >= 0 && ::close(copy) != 0 && errno != EINTR) {
    throw RunError(kStdout, std::string("cannot be written: ") + std::strerror(errno));
  }
}

bool color_of(const std::string& when, bool automatic) { return when == "always" || (when == "auto" && automatic); }

bool stdout_shows_color() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && *term && std::strcmp(term, "dumb") != 0;
}

std::string version_text(const OptionTable& table, bool json) {
  if (json) {
    nlohmann::ordered_json document = {
        {"program", table.program()}, {"version", version()}, {"build", build_description()}};
    auto libraries = nlohmann::ordered_json::object();
    for (const auto& library : table.libraries()) libraries[library.name] = library.version();
    document["libraries"] = std::move(libraries);
    return document.dump(2) + "\n";
  }
  std::string text = fmt::format("{} {}\nbuild {}\n", table.program(), version(), build_description());
  for (const auto& library : table.libraries()) text += fmt::format("{} {}\n", library.name, library.version());
  return text;
}

/// Today or the day of SOURCE_DATE_EPOCH, as 2026-01-31.
std::string page_date() {
  std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const char* fixed = std::getenv("SOURCE_DATE_EPOCH");
  if (const auto epoch = parse_integer(fixed ? fixed : "")) seconds = static_cast<std::time_t>(*epoch);
  std::tm day{};
  if (!::gmtime_r(&seconds, &day)) return "1970-01-01";
  return fmt::format("{:04}-{:02}-{:02}", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

std::string generated(const OptionTable& table, const std::string& what) {
  if (what == "man") return man_page(table, version(), page_date());
  if (what == "bash") return bash_completion(table);
  if (what == "zsh") return zsh_completion(table);
  if (what == "fish") return fish_completion(table);
  return usage_json(table, version());
}

/// What the program itself answers, without its body; nothing if it is to run.
std::optional<std::string> answer(const OptionTable& program, const ParsedOptions& options) {
  const OptionTable* table = &program;
  if (!options.subcommand().empty()) table = program.find_subcommand(options.subcommand());
  if (options.flag("help")) return long_help(*table);
  if (options.flag("usage")) return short_help(*table);
  if (options.flag("version")) return version_text(program, options.flag("json"));
  if (options.has("generate")) return generated(program, options.text("generate"));
  return std::nullopt;
}

int parse_and_run(const OptionTable& table, int argc, char** argv, const ProgramBody& body, std::optional<Log>& log) {
  const ParsedOptions options = parse_command_line(table, argc, argv);
  if (const auto text = answer(table, options)) {
    write_all(STDOUT_FILENO, std::span(reinterpret_cast<const uint8_t*>(text->data()), text->size()), kStdout);
    return kExitDone;
  }
  Verbosity verbosity = Verbosity::kNormal;
  if (options.flag("quiet")) verbosity = Verbosity::kQuiet;
  if (options.flag("verbose")) verbosity = Verbosity::kVerbose;
  const std::string& color = options.text("color");
  log.emplace(table.program(), verbosity, color_of(color, color_wanted()));
  for (const std::string& warning : options.warnings()) log->warning(warning);
  ProgramContext context(*log, options.flag("json"), color_of(color, stdout_shows_color()));
  const int code = body(options, context);
  finish_stdout();
  return code;
}

}  // namespace

void ProgramContext::print(std::string_view text) const {
  // Whatever was written through the streams comes first.
  std::cout.flush();
  std::fflush(stdout);
  write_all(STDOUT_FILENO, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()), kStdout);
}

int run_program(const OptionTable& table, int argc, char** argv, const ProgramBody& body) {
  hold_standard_descriptors();
  install_signal_handlers();
  std::optional<Log> log;
  const auto complain = [&](const std::string& text) {
    if (!log) log.emplace(table.program(), Verbosity::kNormal, color_wanted());
    log->error(text);
  };
  try {
    return parse_and_run(table, argc, argv, body, log);
  } catch (const BrokenPipe&) {
    return kExitDone;
  } catch (const Error& error) {
    // A signal may show first as a call that it cut short.
    if (const int signal_number = cancel_signal(); signal_number && error.exit_code() < 128) {
      const Interrupted interrupted(signal_number);
      complain(interrupted.what());
      return interrupted.exit_code();
    }
    complain(error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    complain("out of memory");
    return kExitUsage;
  } catch (const std::exception& error) {
    complain(fmt::format("internal error, please report: {}", error.what()));
    return kExitUsage;
  } catch (...) {
    complain("internal error, please report: unknown exception");
    return kExitUsage;
  }
}

}  // namespace vs::cli

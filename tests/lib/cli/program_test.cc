#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "lib/cli/program.h"
#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/version.h"
#include "tests/lib/cli/sample_tables.h"

using namespace vs::cli;
using vs::cli::test::TemporaryFile;

namespace {

struct Outcome {
  int code;
  std::string out, err;
};

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Runs a program in a child, stdout into `out_path` (a file of ours if empty), with the descriptors in `closed`
/// closed.
Outcome run(const std::vector<std::string>& words, const ProgramBody& body, std::string out_path = {},
            const std::vector<int>& closed = {}) {
  const TemporaryFile out(".out", ""), err(".err", "");
  if (out_path.empty()) out_path = out.path();
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open(out_path.c_str(), O_WRONLY | O_APPEND), STDOUT_FILENO);
    ::dup2(::open(err.path().c_str(), O_WRONLY | O_APPEND), STDERR_FILENO);
    for (const int descriptor : closed) ::close(descriptor);
    ::unsetenv("NO_COLOR");
    std::vector<std::string> copies = {"vs-try"};
    copies.insert(copies.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (std::string& word : copies) argv.push_back(word.data());
    const OptionTable table = vs::cli::test::sample_table();
    ::_exit(run_program(table, static_cast<int>(argv.size()), argv.data(), body));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return {code, content(out.path()), content(err.path())};
}

int nothing(const ParsedOptions&, ProgramContext&) { return 0; }

}  // namespace

TEST_CASE("a good run gives the body's code and its output") {
  const auto outcome = run({"--json", "a", "b"}, [](const ParsedOptions& options, ProgramContext& context) {
    std::printf("%zu videos\n", options.positionals().size());
    std::cout << "json " << context.json() << '\n';
    context.print("printed\n");
    context.log().info("done");
    return 1;
  });
  CHECK(outcome.code == 1);
  CHECK(outcome.out == "2 videos\njson 1\nprinted\n");
  CHECK(outcome.err == "vs-try: done\n");
}

TEST_CASE("quiet, verbose, color and the warning about a former name") {
  const ProgramBody talk = [](const ParsedOptions&, ProgramContext& context) {
    context.log().info("info");
    context.log().detail("detail");
    context.log().error("bad");
    return context.stdout_color() ? 7 : 0;
  };
  CHECK(run({"v"}, talk).err == "vs-try: info\nvs-try: error: bad\n");
  CHECK(run({"-q", "v"}, talk).err == "vs-try: error: bad\n");
  CHECK(run({"-v", "v"}, talk).err == "vs-try: info\nvs-try: detail\nvs-try: error: bad\n");
  const auto colored = run({"--color=always", "v"}, talk);
  CHECK(colored.err.find("\033[31m") != std::string::npos);
  CHECK(colored.code == 7);
  CHECK(run({"--color=auto", "v"}, talk).code == 0);
  CHECK(run({"--side=3", "v"}, nothing).err == "vs-try: warning: --side: renamed to --short-side\n");
}

TEST_CASE("errors are one line and have their exit code") {
  CHECK(run({"--clip-len", "0", "v"}, nothing).code == 2);
  CHECK(run({"--clip-len", "0", "v"}, nothing).err == "vs-try: error: --clip-len 0: must be at least 1\n");
  const auto failing = [](const auto& error) {
    return [error](const ParsedOptions&, ProgramContext&) -> int { throw error; };
  };
  const auto data = run({"v"}, failing(vs::DataError("a.mp4", "no video stream")));
  CHECK(data.code == 1);
  CHECK(data.err == "vs-try: error: a.mp4: no video stream\n");
  CHECK(run({"v"}, failing(vs::RunError("out", "disk full"))).code == 2);
  CHECK(run({"v"}, failing(vs::Interrupted(SIGINT))).code == 130);
  CHECK(run({"v"}, failing(vs::Interrupted(SIGTERM))).code == 143);
  const auto memory = run({"v"}, failing(std::bad_alloc()));
  CHECK(memory.code == 2);
  CHECK(memory.err == "vs-try: error: out of memory\n");
  const auto bug = run({"v"}, failing(std::logic_error("index 3 of 2")));
  CHECK(bug.code == 2);
  CHECK(bug.err == "vs-try: error: internal error, please report: index 3 of 2\n");
  CHECK(run({"v"}, failing(3)).code == 2);
}

TEST_CASE("help, version and pages come on stdout and need no operand") {
  CHECK(run({"-h"}, nothing).out.starts_with("usage: vs-try [OPTION]... VIDEO...\n"));
  CHECK(run({"--help"}, nothing).out.find("Exit status:") != std::string::npos);
  CHECK(run({"-h"}, nothing).out.find("Exit status:") == std::string::npos);
  CHECK(run({"--version"}, nothing).out ==
        "vs-try " + vs::version() + "\nbuild " + vs::build_description() + "\nzlib 1.2\n");
  const auto document = nlohmann::json::parse(run({"--version", "--json"}, nothing).out);
  CHECK(document["version"] == vs::version());
  CHECK(document["libraries"]["zlib"] == "1.2");
  CHECK(run({"--generate=man"}, nothing).out.starts_with(".Dd "));
  CHECK(run({"--generate=bash"}, nothing).out.find("complete -F _vs_try vs-try") != std::string::npos);
  CHECK(run({"--generate=zsh"}, nothing).out.starts_with("#compdef vs-try\n"));
  CHECK(run({"--generate=fish"}, nothing).out.find("complete -c vs-try") != std::string::npos);
  CHECK(nlohmann::json::parse(run({"--generate=json"}, nothing).out)["program"] == "vs-try");
}

TEST_CASE("a full disk under stdout is exit code 2") {
  if (::access("/dev/full", W_OK) != 0) {
    MESSAGE("skipped: no /dev/full");
    return;
  }
  const auto buffered = [](const ParsedOptions&, ProgramContext&) {
    std::printf("text\n");
    return 0;
  };
  const auto streamed = [](const ParsedOptions&, ProgramContext&) {
    std::cout << "text\n";
    return 0;
  };
  const auto printed = [](const ParsedOptions&, ProgramContext& context) {
    context.print("text\n");
    return 0;
  };
  for (const ProgramBody& body : {ProgramBody(buffered), ProgramBody(streamed), ProgramBody(printed)}) {
    const auto outcome = run({"v"}, body, "/dev/full");
    CHECK(outcome.code == 2);
    CHECK(outcome.err.starts_with("vs-try: error: standard output: cannot be written: No space left on device"));
  }
  CHECK(run({"--help"}, nothing, "/dev/full").code == 2);
}

TEST_CASE("a reader that has gone ends the run without a word") {
  const auto writes = [](bool at_once) {
    return [at_once](const ParsedOptions&, ProgramContext& context) {
      int ends[2];
      if (::pipe(ends) != 0) return 9;
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      const std::string much(100000, 'x');
      if (at_once) {
        context.print(much);
      } else {
        std::cout << much;
      }
      return 5;
    };
  };
  for (const bool at_once : {true, false}) {
    const auto outcome = run({"v"}, writes(at_once));
    CHECK(outcome.code == 0);
    CHECK(outcome.err.empty());
  }
}

TEST_CASE("closed standard descriptors are not given to files") {
  const TemporaryFile target(".txt", "");
  const auto opens = [&](const ParsedOptions&, ProgramContext&) {
    const int descriptor = ::open(target.path().c_str(), O_WRONLY);
    std::printf("must not land in the file\n");
    std::fflush(stdout);
    return descriptor > STDERR_FILENO ? 0 : 9;
  };
  const auto outcome = run({"v"}, opens, {}, {STDIN_FILENO, STDOUT_FILENO});
  CHECK(outcome.code == 2);
  CHECK(content(target.path()).empty());
}

TEST_CASE("signals: the first sets the flag, SIGPIPE is ignored") {
  const auto outcome = run({"v"}, [](const ParsedOptions&, ProgramContext&) {
    ::raise(SIGPIPE);
    ::raise(SIGTERM);
    vs::throw_if_cancelled();
    return 0;
  });
  CHECK(outcome.code == 143);
  const auto twice = run({"v"}, [](const ParsedOptions&, ProgramContext&) {
    ::raise(SIGINT);
    ::raise(SIGINT);
    return 0;
  });
  CHECK(twice.code == 130);
}

#include "lib/train/distributed/launch.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "lib/core/cancel.h"
#include "lib/core/descriptor.h"
#include "lib/core/error.h"

namespace vs::train {
namespace {

constexpr const char* kLauncher = "VS_LAUNCHER";
constexpr std::chrono::milliseconds kLook{50};
/// How long the others may take to notice that one is gone, and then to end.
constexpr std::chrono::seconds kPatience{20};

/// A port of the loopback interface that nobody listens on now.
uint16_t free_port() {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const place = reinterpret_cast<sockaddr*>(&address);
  if (socket.get() < 0 || bind(socket.get(), place, size) != 0 || getsockname(socket.get(), place, &size) != 0)
    throw RunError("--nproc", fmt::format("no port of 127.0.0.1 can be had: {}", std::strerror(errno)));
  return ntohs(address.sin_port);
}

std::vector<std::string> environment_of(int rank, int count, uint16_t port) {
  const std::vector<std::pair<std::string, std::string>> own = {
      {"RANK", std::to_string(rank)},       {"WORLD_SIZE", std::to_string(count)},
      {"LOCAL_RANK", std::to_string(rank)}, {"LOCAL_WORLD_SIZE", std::to_string(count)},
      {"MASTER_ADDR", "127.0.0.1"},         {"MASTER_PORT", std::to_string(port)},
      {kLauncher, std::to_string(getpid())}};
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    const std::string before = variable.substr(0, variable.find('='));
    if (std::none_of(own.begin(), own.end(), [&](const auto& one) { return before == one.first; }))
      variables.push_back(variable);
  }
  for (const auto& [name, value] : own) variables.push_back(fmt::format("{}={}", name, value));
  return variables;
}

/// As exec() wants it: ended by a null pointer. Borrows the words.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

pid_t start(int rank, int count, uint16_t port, std::vector<std::string> command) {
  std::vector<std::string> variables = environment_of(rank, count, port);
  pid_t process = 0;
  const int failed = posix_spawn(&process, "/proc/self/exe", nullptr, nullptr, pointers_to(command).data(),
                                 pointers_to(variables).data());
  if (failed != 0) throw RunError("--nproc", fmt::format("process {} does not start: {}", rank, std::strerror(failed)));
  return process;
}

int exit_code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

/// The processes that still run.
class Processes {
 public:
  ~Processes() {
    send(SIGKILL);
    for (const pid_t process : running_) waitpid(process, nullptr, 0);
  }
  void add(pid_t process) { running_.push_back(process); }
  bool empty() const { return running_.empty(); }
  void send(int signal_number) const {
    for (const pid_t process : running_) kill(process, signal_number);
  }
  /// Looks who has ended. Returns the first exit code that is not 0.
  int look() {
    int code = 0;
    std::erase_if(running_, [&](pid_t process) {
      int status = 0;
      const pid_t ended = waitpid(process, &status, WNOHANG);
      if (ended == 0) return false;
      if (code == 0) code = ended == process ? exit_code_of(status) : kExitUsage;
      return true;
    });
    return code;
  }

 private:
  std::vector<pid_t> running_;
};

}  // namespace

int launch_processes(int count, const std::vector<std::string>& command) {
  const uint16_t port = free_port();
  Processes processes;
  for (int rank = 0; rank < count; ++rank) processes.add(start(rank, count, port, command));
  int code = 0, told = 0;
  std::chrono::steady_clock::time_point deadline;
  while (!processes.empty()) {
    if (const int signal_number = cancel_signal(); signal_number != 0 && told == 0) {
      processes.send(signal_number);
      told = signal_number;
    }
    const int failed = processes.look();
    if (code == 0 && failed != 0) {
      code = failed;
      deadline = std::chrono::steady_clock::now() + kPatience;
    }
    if (code != 0 && told == 0 && std::chrono::steady_clock::now() > deadline) {
      processes.send(SIGKILL);
      told = SIGKILL;
    }
    std::this_thread::sleep_for(kLook);
  }
  return code;
}

void end_with_launcher() {
  const char* const launcher = std::getenv(kLauncher);
  if (launcher == nullptr || std::to_string(getppid()) != launcher) return;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (std::to_string(getppid()) != launcher) raise(SIGTERM);
}

}  // namespace vs::train

#include "lib/core/cancel.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "lib/core/error.h"

namespace vs {
namespace {

// A signal handler can reach nothing but a static: the one piece of process-wide state here.
std::atomic<int> seen_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void on_signal(int signal_number) {
  int none = 0;
  if (!seen_signal.compare_exchange_strong(none, signal_number)) _exit(128 + signal_number);
}

}  // namespace

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a read of a pipe that nobody fills must end too.
  action.sa_flags = 0;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction before {};
  if (sigaction(SIGHUP, nullptr, &before) != 0 || before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

int cancel_signal() noexcept { return seen_signal.load(std::memory_order_relaxed); }

void throw_if_cancelled() {
  if (const int signal_number = cancel_signal()) throw Interrupted(signal_number);
}

void set_cancel_signal(int signal_number) noexcept { seen_signal.store(signal_number); }

}  // namespace vs

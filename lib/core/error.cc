#include "lib/core/error.h"

#include <csignal>
#include <utility>

namespace vs {

Error::Error(std::string place, std::string finding, std::string hint)
    : place_(std::move(place)), finding_(std::move(finding)), hint_(std::move(hint)) {
  message_ = place_.empty() ? finding_ : place_ + ": " + finding_;
  if (!hint_.empty()) message_ += " (" + hint_ + ")";
}

void Error::add_context(const std::string& line) { message_ += "\n  " + line; }

Interrupted::Interrupted(int signal_number)
    : Error({}, signal_number == SIGINT ? "interrupted" : "terminated", "run the same command again to go on"),
      signal_(signal_number) {}

}  // namespace vs

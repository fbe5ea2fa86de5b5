#include "lib/core/progress.h"

#include <fmt/format.h>

#include <utility>

#include "lib/core/text.h"

namespace vs {

Progress::Progress(Log& log, uint64_t total, std::string unit)
    : log_(&log),
      total_(total),
      unit_(std::move(unit)),
      terminal_(stderr_is_terminal()),
      start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() { finish(); }

void Progress::add(uint64_t items, const std::string& note) {
  std::lock_guard lock(mutex_);
  done_ += items;
  if (log_->verbosity() != Verbosity::kQuiet) show(note);
}

void Progress::finish() {
  std::lock_guard lock(mutex_);
  if (terminal_ && log_->verbosity() != Verbosity::kQuiet) log_->set_status_line({});
}

void Progress::show(const std::string& note) {
  const auto now = std::chrono::steady_clock::now();
  const double elapsed_s = std::chrono::duration<double>(now - start_).count();
  std::string text = total_ ? fmt::format("{}/{} {}", done_, total_, unit_) : fmt::format("{} {}", done_, unit_);
  if (total_ && done_ && done_ < total_) {
    const double left_s = elapsed_s / static_cast<double>(done_) * static_cast<double>(total_ - done_);
    text += fmt::format(", {} left", human_duration(left_s));
  }
  if (terminal_) {
    constexpr std::chrono::milliseconds kBetweenDraws{100};
    if (now - last_shown_ < kBetweenDraws && done_ != total_) return;
    last_shown_ = now;
    log_->set_status_line(note.empty() ? text : text + ", " + note);
    return;
  }
  // Small runs need no tenths in a log file.
  if (total_ < 10) return;
  const uint64_t tenth = done_ * 10 / total_;
  if (tenth <= shown_tenth_) return;
  shown_tenth_ = tenth;
  log_->info(text);
}

}  // namespace vs

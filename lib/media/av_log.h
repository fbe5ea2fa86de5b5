// What FFmpeg says, kept with the decoder it is about; nothing of it reaches stderr by itself.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace vs::media {

/// Collects FFmpeg's error messages. Bounded: a line that was seen is counted, not kept again. Safe from any thread.
class AvLog {
 public:
  static constexpr size_t kMaxLines = 16;

  /// Makes FFmpeg report to the AvLog of the calling thread's AvLogScope, from now on and for the whole process.
  AvLog();

  void add(const std::string& line);
  /// Distinct messages, in the order of their first appearance; at most kMaxLines.
  std::vector<std::string> lines() const;
  /// How many messages came, repeats included.
  int64_t count() const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  int64_t count_ = 0;
};

/// While it lives, messages of FFmpeg calls made on this thread go to `log`. Scopes nest.
class AvLogScope {
 public:
  explicit AvLogScope(AvLog& log);
  AvLogScope(const AvLogScope&) = delete;
  AvLogScope& operator=(const AvLogScope&) = delete;
  ~AvLogScope();

  /// FFmpeg's next piece of text: some lines come in several.
  void receive(std::string_view text);

 private:
  AvLog& log_;
  AvLogScope* before_;
  std::string line_;  // until its end comes
};

/// FFmpeg's text for a negative return value: "Invalid data found when processing input" in lower case at its start.
std::string av_error_text(int code);

}  // namespace vs::media

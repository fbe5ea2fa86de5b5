#include "lib/media/av_log.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdarg>
#include <cstdio>
#include <cstring>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
}

#include "lib/core/text.h"

namespace vs::media {
namespace {

thread_local AvLogScope* current_scope = nullptr;

// Threads that a decoder starts have no scope of their own; their contexts carry the log in `opaque`.
AvLog* log_of_context(void* context) {
  if (!context) return nullptr;
  const AVClass* type = *static_cast<const AVClass* const*>(context);
  if (type != avcodec_get_class()) return nullptr;
  return static_cast<AvLog*>(static_cast<AVCodecContext*>(context)->opaque);
}

void add_line(AvLog& log, std::string_view text) {
  std::string_view line = trim(text);
  if (line.ends_with('.')) line = trim(line.substr(0, line.size() - 1));
  if (!line.empty()) log.add(printable(line));
}

void receive_message(void* context, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_ERROR) return;
  AvLog* log = current_scope ? nullptr : log_of_context(context);
  if (!current_scope && !log) return;
  std::array<char, 512> buffer{};
  std::vsnprintf(buffer.data(), buffer.size(), format, arguments);
  if (current_scope) {
    current_scope->receive(buffer.data());
  } else {
    add_line(*log, buffer.data());
  }
}

}  // namespace

AvLog::AvLog() {
  static std::once_flag installed;
  std::call_once(installed, [] { av_log_set_callback(receive_message); });
}

void AvLog::add(const std::string& line) {
  const std::lock_guard lock(mutex_);
  ++count_;
  if (lines_.size() < kMaxLines && std::find(lines_.begin(), lines_.end(), line) == lines_.end())
    lines_.push_back(line);
}

std::vector<std::string> AvLog::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

int64_t AvLog::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

void AvLog::clear() {
  const std::lock_guard lock(mutex_);
  lines_.clear();
  count_ = 0;
}

AvLogScope::AvLogScope(AvLog& log) : log_(log), before_(current_scope) { current_scope = this; }

AvLogScope::~AvLogScope() {
  add_line(log_, line_);
  current_scope = before_;
}

void AvLogScope::receive(std::string_view text) {
  constexpr size_t kLongest = 2048;
  line_ += text;
  if (!text.ends_with('\n') && line_.size() < kLongest) return;
  add_line(log_, line_);
  line_.clear();
}

std::string av_error_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> buffer{};
  av_strerror(code, buffer.data(), buffer.size());
  std::string text(buffer.data());
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1]))) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

}  // namespace vs::media

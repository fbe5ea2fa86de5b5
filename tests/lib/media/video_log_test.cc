#include "lib/media/av_log.h"

#include <doctest/doctest.h>

extern "C" {
#include <libavutil/error.h>
#include <libavutil/log.h>
}

namespace vs::media {

TEST_CASE("FFmpeg's errors go to the innermost scope, each line once") {
  AvLog outer, inner;
  {
    const AvLogScope scope(outer);
    av_log(nullptr, AV_LOG_ERROR, "first %d\n", 1);
    {
      const AvLogScope nested(inner);
      av_log(nullptr, AV_LOG_ERROR, "second\x1b\n");
      av_log(nullptr, AV_LOG_ERROR, "second\x1b\n");
      av_log(nullptr, AV_LOG_WARNING, "not serious\n");
    }
    av_log(nullptr, AV_LOG_FATAL, "third\n");
  }
  av_log(nullptr, AV_LOG_ERROR, "of nobody\n");
  CHECK(outer.lines() == std::vector<std::string>{"first 1", "third"});
  CHECK(inner.lines() == std::vector<std::string>{"second\\x1b"});
  CHECK(inner.count() == 2);
  inner.clear();
  CHECK(inner.lines().empty());
  CHECK(inner.count() == 0);
}

TEST_CASE("a line that comes in pieces is one") {
  AvLog log;
  {
    const AvLogScope scope(log);
    av_log(nullptr, AV_LOG_ERROR, "%s failed", "cuInit(0)");
    CHECK(log.count() == 0);
    av_log(nullptr, AV_LOG_ERROR, " -> %s", "no device");
    av_log(nullptr, AV_LOG_ERROR, "\n");
    CHECK(log.count() == 1);
    av_log(nullptr, AV_LOG_ERROR, "without an end");
  }
  CHECK(log.lines() == std::vector<std::string>{"cuInit(0) failed -> no device", "without an end"});
}

TEST_CASE("the number of kept lines is bounded") {
  AvLog log;
  for (int i = 0; i < 1000; ++i) log.add(std::to_string(i));
  CHECK(log.lines().size() == AvLog::kMaxLines);
  CHECK(log.count() == 1000);
}

TEST_CASE("texts of return codes") {
  CHECK(av_error_text(AVERROR_INVALIDDATA) == "invalid data found when processing input");
  CHECK(av_error_text(AVERROR(ENOENT)) == "no such file or directory");
}

}  // namespace vs::media

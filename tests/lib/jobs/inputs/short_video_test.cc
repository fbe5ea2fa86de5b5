#include "lib/jobs/inputs/short_video.h"

#include <doctest/doctest.h>

#include <string>

namespace vs::jobs {
namespace {

int64_t decode_all(media::VideoDecoder& decoder) {
  int64_t frames = 0;
  while (decoder.next()) ++frames;
  return frames;
}

TEST_CASE("what a header promises") {
  media::VideoInfo info;
  info.time_base = {1, 12800};
  info.r_frame_rate = info.avg_frame_rate = {25, 1};
  CHECK(promised_frames(info, 0) == -1);
  info.duration_s = 10;
  CHECK(promised_frames(info, 0) == 245);
  info.header_frames = 30;
  CHECK(promised_frames(info, 5) == 25);
  CHECK(promised_frames(info, 50) == 0);
  info.header_frames = -1;
  info.duration_s = 1e300;
  CHECK(promised_frames(info, 0) == -1);
}

TEST_CASE("a truncated video falls short, a whole one does not") {
  const std::string folder = VS_TEST_DATA "/videos/";
  media::VideoDecoder cut(folder + "truncated_tail.mkv");
  CHECK(shortage(cut, decode_all(cut)) == "129 frames promised, 55 decodable");
  media::VideoDecoder whole(folder + "low_fps_1.mp4");
  CHECK(!shortage(whole, decode_all(whole)));
  CHECK(!shortage(whole, 0));  // not damaged: what it gave is what it holds
}

}  // namespace
}  // namespace vs::jobs

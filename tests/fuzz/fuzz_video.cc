// Demuxing and decoding: any bytes end in frames or in an error, within bounds of packets, size and time.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/core/error.h"
#include "lib/media/video_decoder.h"
#include "tests/fuzz/scratch_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vs;
  const fuzz::ScratchFile file(data, size);
  try {
    media::VideoOptions options;
    options.timeout_s = 5;
    options.max_pixels = 1 << 20;
    media::VideoDecoder decoder(file.path(), options);
    (void)decoder.packet_index();
    int64_t frames = 0;
    while (decoder.next() && ++frames < 40) {
    }
    decoder.select(std::vector<int64_t>{0, 3, 17});
    while (media::VideoFrame* frame = decoder.next()) (void)frame->rgb();
  } catch (const Error&) {
    return 0;
  }
  return 0;
}

// MGSampler's motion files: what is read is well-formed, and reads back equal when it is written again.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/core/error.h"
#include "lib/motion/mgsampler_json.h"

namespace {

using vs::motion::MgsamplerMotion;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const MgsamplerMotion& read) {
  std::string text;
  vs::motion::MgsamplerJsonWriter writer([&](std::string_view piece) { text += piece; });
  for (const auto& video : read.videos) {
    for (const double value : video.values) require(std::isfinite(value) && value >= 0);
    writer.add(video.name, video.values);
  }
  writer.finish();
  const MgsamplerMotion again = vs::motion::read_mgsampler_json("again.json", text, vs::motion::Values::kRaw);
  require(again.videos == read.videos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto values : {vs::motion::Values::kRaw, vs::motion::Values::kCurve}) {
    try {
      check(vs::motion::read_mgsampler_json("input.json", text, values));
    } catch (const vs::Error&) {
      // A refusal is one of the two right answers.
    }
  }
  return 0;
}

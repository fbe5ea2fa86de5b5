#include "lib/media/image_resize.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <array>
#include <mutex>

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::media {
namespace {

struct Named {
  const char* name;
  OpencvResize how;
  int flag;
};

constexpr std::array<Named, 5> kNames{{{"nearest", OpencvResize::kNearest, cv::INTER_NEAREST},
                                       {"bilinear", OpencvResize::kBilinear, cv::INTER_LINEAR},
                                       {"bicubic", OpencvResize::kBicubic, cv::INTER_CUBIC},
                                       {"area", OpencvResize::kArea, cv::INTER_AREA},
                                       {"lanczos", OpencvResize::kLanczos, cv::INTER_LANCZOS4}}};

int flag_of(OpencvResize how) {
  for (const Named& named : kNames)
    if (named.how == how) return named.flag;
  return cv::INTER_LINEAR;
}

}  // namespace

OpencvResize parse_opencv_resize(const std::string& name, const std::string& place) {
  std::vector<std::string> names;
  for (const Named& named : kNames) {
    if (name == named.name) return named.how;
    names.emplace_back(named.name);
  }
  const auto nearest = nearest_word(name, names);
  throw UsageError(place, fmt::format("\"{}\" is no interpolation", printable(name)),
                   nearest ? fmt::format("did you mean \"{}\"?", *nearest) : "known are " + join(names, ", "));
}

void resize_as_opencv(const ImageView& input, Size size, OpencvResize how, Image& output) {
  if (!image_size_ok(input.width, input.height) || !image_size_ok(size.width, size.height) || input.channels < 1 ||
      input.channels > 4)
    throw DataError("picture", fmt::format("{}x{} with {} channels cannot be resized to {}x{}", input.width,
                                           input.height, input.channels, size.width, size.height));
  // Callers have threads of their own, one picture each.
  static std::once_flag one_thread;
  std::call_once(one_thread, [] { cv::setNumThreads(1); });
  if (output.width != size.width || output.height != size.height || output.channels != input.channels)
    output = Image(size.width, size.height, input.channels);
  // OpenCV wants a pointer that may be written to, and does not write to a source.
  const cv::Mat from(input.height, input.width, CV_8UC(input.channels), const_cast<uint8_t*>(input.data),
                     static_cast<std::size_t>(input.stride));
  cv::Mat to(size.height, size.width, CV_8UC(input.channels), output.pixels.data());
  cv::resize(from, to, to.size(), 0, 0, flag_of(how));
}

}  // namespace vs::media

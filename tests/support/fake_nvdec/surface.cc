#include "tests/support/fake_nvdec/surface.h"

#include <algorithm>
#include <cstring>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
}

namespace vs::fake_nvdec {
namespace {

// Every `step` samples one, moved up to where a device has its significant bits.
void fill_plane(uint8_t* to, size_t pitch, int step, bool wide, const AVFrame& picture, int plane, int width,
                int height, int depth) {
  const int source = picture.data[plane] ? plane : -1;
  for (int y = 0; y < height; ++y) {
    uint8_t* row = to + pitch * static_cast<size_t>(y);
    const uint8_t* from = source < 0 ? nullptr : picture.data[source] + int64_t{y} * picture.linesize[source];
    for (int x = 0; x < width; ++x) {
      int value = from ? from[x] : 128;
      if (wide) {
        if (from) value = from[2 * x] + (from[2 * x + 1] << 8);
        value <<= 16 - (from ? depth : 8);
        row[2 * step * x] = static_cast<uint8_t>(value);
        row[2 * step * x + 1] = static_cast<uint8_t>(value >> 8);
      } else {
        row[step * x] = static_cast<uint8_t>(value);
      }
    }
  }
}

}  // namespace

void fill_with_garbage(std::vector<uint8_t>& surface) {
  for (size_t i = 0; i < surface.size(); ++i) surface[i] = static_cast<uint8_t>(0xA7 + 13 * i);
}

void fill_with_picture(std::vector<uint8_t>& surface, const SurfaceLayout& layout, const AVFrame& picture) {
  const int depth = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format))->comp[0].depth;
  const int width = std::min(layout.width, picture.width), height = std::min(layout.height, picture.height);
  const size_t pitch = layout.pitch();
  uint8_t* chroma = surface.data() + pitch * static_cast<size_t>(layout.height);
  fill_plane(surface.data(), pitch, 1, layout.wide, picture, 0, width, height, depth);
  for (int i = 0; i < 2; ++i) {
    if (layout.full_chroma) {
      fill_plane(chroma + pitch * static_cast<size_t>(i * layout.height), pitch, 1, layout.wide, picture, 1 + i, width,
                 height, depth);
    } else {
      fill_plane(chroma + i * (layout.wide ? 2 : 1), pitch, 2, layout.wide, picture, 1 + i, (width + 1) / 2,
                 (height + 1) / 2, depth);
    }
  }
}

}  // namespace vs::fake_nvdec

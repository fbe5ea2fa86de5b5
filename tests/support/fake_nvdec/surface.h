// Pictures as NVDEC lays them out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

struct AVFrame;

namespace vs::fake_nvdec {

/// What a decoder gives: luma, then Cb and Cr by turns at half the size (NV12, P016), or both as planes of full size.
/// `wide`: 16 bits a sample, of which the upper ones count.
struct SurfaceLayout {
  int width = 0, height = 0;
  bool wide = false, full_chroma = false;

  /// Bytes from row to row: more than a row has, as on most devices.
  size_t pitch() const { return (static_cast<size_t>(width) * (wide ? 2 : 1) + 511) / 256 * 256; }
  size_t chroma_rows() const { return static_cast<size_t>(full_chroma ? 2 * height : (height + 1) / 2); }
  size_t size() const { return pitch() * (static_cast<size_t>(height) + chroma_rows()); }
};

/// Bytes that no picture has, so that who looks at a surface too early or too late sees it.
void fill_with_garbage(std::vector<uint8_t>& surface);

/// Writes the planes of a frame on the CPU, as far as they go. A gray one gets chroma of no colour.
void fill_with_picture(std::vector<uint8_t>& surface, const SurfaceLayout& layout, const AVFrame& picture);

}  // namespace vs::fake_nvdec

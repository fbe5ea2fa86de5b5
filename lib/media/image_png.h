// PNG: RGB or gray to bytes and back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/media/image.h"

namespace vs::media {

/// Encodes 8-bit RGB or gray. compression: zlib level 0 to 9. Equal pixels give equal bytes. Throws DataError if
/// libspng refuses.
std::vector<uint8_t> encode_png(const ImageView& picture, int compression = 3);

/// What a PNG header says.
struct PngInfo {
  int width = 0, height = 0;
  bool gray = false;  ///< without colour and alpha
};

/// Reads the header only. `name` is the place in errors. Throws DataError if it is no PNG or too large.
PngInfo read_png_header(std::span<const uint8_t> bytes, const std::string& name);

/// Decodes any PNG to `channels` (3 RGB, 1 gray: only from gray files; 0: gray files as 1, others as 3). Alpha is
/// dropped, 16 bits are cut to 8. `name` is the place in errors. Throws DataError for damaged or too large files.
Image decode_png(std::span<const uint8_t> bytes, const std::string& name, int channels = 3);

/// Version of the PNG library, such as "libspng 0.7.3".
std::string png_version();

}  // namespace vs::media

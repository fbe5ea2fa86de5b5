#include "lib/media/image_png.h"

#include <fmt/format.h>
#include <spng.h>

#include <cstdlib>
#include <memory>
#include <utility>

#include "lib/core/error.h"

namespace vs::media {
namespace {

struct FreeContext {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};
using Context = std::unique_ptr<spng_ctx, FreeContext>;

struct FreeBytes {
  void operator()(void* bytes) const { std::free(bytes); }  // NOLINT(cppcoreguidelines-owning-memory): made by libspng
};

/// A decoder that has read the header, which is one that vs reads.
std::pair<Context, spng_ihdr> open(std::span<const uint8_t> bytes, const std::string& name) {
  const auto check = [&](int code) {
    if (code != 0) throw DataError(name, fmt::format("damaged PNG: {}", spng_strerror(code)));
  };
  Context context(spng_ctx_new(0));
  check(context ? 0 : SPNG_EMEM);
  check(spng_set_image_limits(context.get(), kMaxImageSide, kMaxImageSide));
  // Text and colour profiles are not wanted; a hostile file may not make us keep more than this of them.
  check(spng_set_chunk_limits(context.get(), std::size_t{1} << 20, std::size_t{1} << 24));
  check(spng_set_png_buffer(context.get(), bytes.data(), bytes.size()));
  spng_ihdr header{};
  check(spng_get_ihdr(context.get(), &header));
  if (!image_size_ok(header.width, header.height)) {
    throw DataError(name, fmt::format("PNG of {}x{} is larger than vs reads", header.width, header.height));
  }
  return {std::move(context), header};
}

}  // namespace

std::vector<uint8_t> encode_png(const ImageView& picture, int compression) {
  const auto check = [&](int code) {
    if (code == 0) return;
    throw DataError(fmt::format("picture of {}x{}", picture.width, picture.height),
                    fmt::format("cannot be encoded as PNG: {}", spng_strerror(code)));
  };
  Context context(spng_ctx_new(SPNG_CTX_ENCODER));
  check(context ? 0 : SPNG_EMEM);
  check(spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1));
  check(spng_set_option(context.get(), SPNG_IMG_COMPRESSION_LEVEL, compression));
  spng_ihdr header{};
  header.width = static_cast<uint32_t>(picture.width);
  header.height = static_cast<uint32_t>(picture.height);
  header.bit_depth = 8;
  header.color_type = picture.channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR;
  check(spng_set_ihdr(context.get(), &header));
  check(spng_encode_image(context.get(), nullptr, 0, SPNG_FMT_PNG, SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE));
  const std::size_t row_bytes = static_cast<std::size_t>(picture.width) * picture.channels;
  for (int y = 0; y < picture.height; ++y) {
    const int code = spng_encode_row(context.get(), picture.data + std::ptrdiff_t{y} * picture.stride, row_bytes);
    if (code != SPNG_EOI) check(code);
  }
  std::size_t size = 0;
  int code = 0;
  const std::unique_ptr<void, FreeBytes> bytes(spng_get_png_buffer(context.get(), &size, &code));
  check(code);
  const auto* begin = static_cast<const uint8_t*>(bytes.get());
  return {begin, begin + size};
}

PngInfo read_png_header(std::span<const uint8_t> bytes, const std::string& name) {
  const spng_ihdr header = open(bytes, name).second;
  return {static_cast<int>(header.width), static_cast<int>(header.height),
          header.color_type == SPNG_COLOR_TYPE_GRAYSCALE};
}

Image decode_png(std::span<const uint8_t> bytes, const std::string& name, int channels) {
  const auto check = [&](int code) {
    if (code != 0) throw DataError(name, fmt::format("damaged PNG: {}", spng_strerror(code)));
  };
  const auto [context, header] = open(bytes, name);
  const bool gray_file = header.color_type == SPNG_COLOR_TYPE_GRAYSCALE;
  if (channels == 0) channels = gray_file ? 1 : 3;
  // libspng makes 8-bit gray only of gray files of up to 8 bits; everything else goes by way of RGB.
  const bool direct_gray = channels == 1 && gray_file && header.bit_depth <= 8;
  if (channels == 1 && !gray_file) throw DataError(name, "is a PNG with colour", "gray was asked for");
  const int format = direct_gray ? SPNG_FMT_G8 : SPNG_FMT_RGB8;
  Image image(static_cast<int>(header.width), static_cast<int>(header.height), direct_gray ? 1 : 3);
  std::size_t size = 0;
  check(spng_decoded_image_size(context.get(), format, &size));
  if (size != image.pixels.size()) throw DataError(name, "damaged PNG: its size does not add up");
  check(spng_decode_image(context.get(), image.pixels.data(), size, format, 0));
  if (channels == 3 || direct_gray) return image;
  Image gray(image.width, image.height, 1);
  for (std::size_t i = 0; i < gray.pixels.size(); ++i) gray.pixels[i] = image.pixels[3 * i];
  return gray;
}

std::string png_version() { return fmt::format("libspng {}", spng_version_string()); }

}  // namespace vs::media

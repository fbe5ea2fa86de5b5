#include "lib/media/image_jpeg.h"

#include <cstdio>  // jpeglib.h needs FILE and does not include it

#include <csetjmp>

#include <fmt/format.h>
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "lib/core/error.h"

namespace vs::media {
namespace {

/// libjpeg reports by calling back, and must not see an exception pass through its C frames: the handler jumps back to
/// the caller, which throws. Between setjmp and the jump no object with a destructor may be made in the same function.
struct ErrorHandler {
  jpeg_error_mgr manager;
  std::jmp_buf jump;
  std::array<char, JMSG_LENGTH_MAX> message;
  bool tolerate_warnings;
};

void on_error(j_common_ptr info) {
  auto* handler = reinterpret_cast<ErrorHandler*>(info->err);
  info->err->format_message(info, handler->message.data());
  std::longjmp(handler->jump, 1);
}

/// Warnings mean damaged data. A picture that had to be guessed is not handed on as if it were sound.
void on_message(j_common_ptr info, int level) {
  if (level < 0) {
    auto* handler = reinterpret_cast<ErrorHandler*>(info->err);
    if (handler->tolerate_warnings) return;
    on_error(info);
  }
}

void on_output(j_common_ptr) {}

void install(ErrorHandler& handler, bool tolerate_warnings) {
  jpeg_std_error(&handler.manager);
  handler.manager.error_exit = on_error;
  handler.manager.emit_message = on_message;
  handler.manager.output_message = on_output;
  handler.message[0] = '\0';
  handler.tolerate_warnings = tolerate_warnings;
}

/// A destination that grows a vector and keeps its memory from picture to picture.
struct Destination {
  jpeg_destination_mgr manager;
  std::vector<uint8_t> bytes;
  std::size_t used;
};

/// A progressive file may repeat scans without end, each of them the work of a whole picture.
constexpr int kMaxScans = 200;

void count_scans(j_common_ptr info) {
  if (info->is_decompressor && reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMaxScans) {
    auto* handler = reinterpret_cast<ErrorHandler*>(info->err);
    std::snprintf(handler->message.data(), handler->message.size(), "more than %d scans", kMaxScans);
    std::longjmp(handler->jump, 1);
  }
}

constexpr std::size_t kFirstBuffer = std::size_t{1} << 16;

void start_destination(j_compress_ptr info) {
  auto* destination = reinterpret_cast<Destination*>(info->dest);
  if (destination->bytes.size() < kFirstBuffer) destination->bytes.resize(kFirstBuffer);
  destination->manager.next_output_byte = destination->bytes.data();
  destination->manager.free_in_buffer = destination->bytes.size();
}

boolean grow_destination(j_compress_ptr info) {
  auto* destination = reinterpret_cast<Destination*>(info->dest);
  const std::size_t filled = destination->bytes.size();
  try {
    destination->bytes.resize(filled * 2);
  } catch (const std::bad_alloc&) {
    ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  }
  destination->manager.next_output_byte = destination->bytes.data() + filled;
  destination->manager.free_in_buffer = destination->bytes.size() - filled;
  return TRUE;
}

void end_destination(j_compress_ptr info) {
  auto* destination = reinterpret_cast<Destination*>(info->dest);
  destination->used = destination->bytes.size() - destination->manager.free_in_buffer;
}

}  // namespace

struct JpegEncoder::Impl {
  ErrorHandler handler;
  jpeg_compress_struct info;
  Destination destination;
  int quality = 0;

  ~Impl() { jpeg_destroy_compress(&info); }

  /// Common settings; after it the number of components may still be changed by the caller's colour space.
  void configure(int width, int height, int components, J_COLOR_SPACE space, bool raw) {
    info.image_width = static_cast<JDIMENSION>(width);
    info.image_height = static_cast<JDIMENSION>(height);
    info.input_components = components;
    info.in_color_space = space;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    info.raw_data_in = raw ? TRUE : FALSE;
    info.dct_method = JDCT_ISLOW;
    if (components == 3) {
      info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 2;
      for (int c = 1; c < 3; ++c) info.comp_info[c].h_samp_factor = info.comp_info[c].v_samp_factor = 1;
    }
  }
};

JpegEncoder::JpegEncoder(int quality) : impl_(std::make_unique<Impl>()) {
  if (quality < 1 || quality > 100) throw std::logic_error("JPEG quality outside 1 to 100");
  impl_->quality = quality;
  install(impl_->handler, false);
  impl_->info.err = &impl_->handler.manager;
  jpeg_create_compress(&impl_->info);
  impl_->destination.manager.init_destination = start_destination;
  impl_->destination.manager.empty_output_buffer = grow_destination;
  impl_->destination.manager.term_destination = end_destination;
  impl_->destination.used = 0;
  impl_->info.dest = &impl_->destination.manager;
}

JpegEncoder::JpegEncoder(JpegEncoder&&) noexcept = default;
JpegEncoder& JpegEncoder::operator=(JpegEncoder&&) noexcept = default;
JpegEncoder::~JpegEncoder() = default;

std::span<const uint8_t> JpegEncoder::encode(const YuvImage& planes) {
  Impl& state = *impl_;
  if (setjmp(state.handler.jump)) {
    jpeg_abort_compress(&state.info);
    throw DataError(fmt::format("picture of {}x{}", planes.width, planes.height),
                    fmt::format("cannot be encoded as JPEG: {}", state.handler.message.data()));
  }
  state.configure(planes.width, planes.height, 3, JCS_YCbCr, true);
  jpeg_start_compress(&state.info, TRUE);
  JSAMPROW luma[16], cb[8], cr[8];
  JSAMPARRAY rows[3] = {luma, cb, cr};
  const int last_luma = planes.height - 1, last_chroma = planes.chroma_height() - 1;
  // The encoder only reads, but its interface has no const.
  auto* y = const_cast<uint8_t*>(planes.y.data());
  auto* u = const_cast<uint8_t*>(planes.cb.data());
  auto* v = const_cast<uint8_t*>(planes.cr.data());
  for (int top = 0; top < planes.height; top += 16) {
    for (int i = 0; i < 16; ++i) {
      luma[i] = y + std::ptrdiff_t{std::min(top + i, last_luma)} * planes.luma_stride;
    }
    for (int i = 0; i < 8; ++i) {
      const std::ptrdiff_t offset = std::ptrdiff_t{std::min(top / 2 + i, last_chroma)} * planes.chroma_stride;
      cb[i] = u + offset;
      cr[i] = v + offset;
    }
    jpeg_write_raw_data(&state.info, rows, 16);
  }
  jpeg_finish_compress(&state.info);
  return {state.destination.bytes.data(), state.destination.used};
}

std::span<const uint8_t> JpegEncoder::encode(const ImageView& picture) {
  Impl& state = *impl_;
  if (setjmp(state.handler.jump)) {
    jpeg_abort_compress(&state.info);
    throw DataError(fmt::format("picture of {}x{}", picture.width, picture.height),
                    fmt::format("cannot be encoded as JPEG: {}", state.handler.message.data()));
  }
  const bool gray = picture.channels == 1;
  state.configure(picture.width, picture.height, picture.channels, gray ? JCS_GRAYSCALE : JCS_RGB, false);
  jpeg_start_compress(&state.info, TRUE);
  for (int row = 0; row < picture.height; ++row) {
    JSAMPROW line = const_cast<uint8_t*>(picture.data) + std::ptrdiff_t{row} * picture.stride;
    jpeg_write_scanlines(&state.info, &line, 1);
  }
  jpeg_finish_compress(&state.info);
  return {state.destination.bytes.data(), state.destination.used};
}

namespace {

/// Owns a decompressor, so that every way out frees it.
struct Decoder {
  ErrorHandler handler;
  jpeg_progress_mgr progress;
  jpeg_decompress_struct info;

  Decoder(std::span<const uint8_t> bytes, const std::string& name) {
    // libjpeg calls an empty source a fatal error at once, when there is no place to jump to yet.
    if (bytes.size() < 4 || bytes[0] != 0xff || bytes[1] != 0xd8) throw DataError(name, "is not a JPEG file");
    install(handler, false);
    info.err = &handler.manager;
    jpeg_create_decompress(&info);
    progress = {};
    progress.progress_monitor = count_scans;
    info.progress = &progress;
    jpeg_mem_src(&info, bytes.data(), bytes.size());
    // Progressive files may ask for coefficients of the whole picture.
    info.mem->max_memory_to_use = long{1} << 30;
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { jpeg_destroy_decompress(&info); }

  bool read_header() {
    if (setjmp(handler.jump)) return false;
    return jpeg_read_header(&info, TRUE) == JPEG_HEADER_OK;
  }
  bool start() {
    if (setjmp(handler.jump)) return false;
    return jpeg_start_decompress(&info) == TRUE;
  }
  bool read_rows(uint8_t* pixels, std::size_t stride) {
    if (setjmp(handler.jump)) return false;
    while (info.output_scanline < info.output_height) {
      JSAMPROW line = pixels + static_cast<std::size_t>(info.output_scanline) * stride;
      jpeg_read_scanlines(&info, &line, 1);
    }
    return jpeg_finish_decompress(&info) == TRUE;
  }
};

[[noreturn]] void refuse(const std::string& name, const Decoder& decoder) {
  throw DataError(name, fmt::format("damaged JPEG: {}", decoder.handler.message.data()));
}

void open(Decoder& decoder, const std::string& name) {
  if (!decoder.read_header()) refuse(name, decoder);
  if (!image_size_ok(decoder.info.image_width, decoder.info.image_height)) {
    throw DataError(name, fmt::format("JPEG of {}x{} is larger than vs reads", decoder.info.image_width,
                                      decoder.info.image_height));
  }
}

}  // namespace

JpegInfo read_jpeg_header(std::span<const uint8_t> bytes, const std::string& name) {
  Decoder decoder(bytes, name);
  open(decoder, name);
  return {static_cast<int>(decoder.info.image_width), static_cast<int>(decoder.info.image_height),
          decoder.info.num_components};
}

Image decode_jpeg(std::span<const uint8_t> bytes, const std::string& name, int channels, int scale_denominator) {
  if (scale_denominator != 1 && scale_denominator != 2 && scale_denominator != 4 && scale_denominator != 8) {
    throw std::logic_error("JPEG scale is none of 1, 2, 4, 8");
  }
  Decoder decoder(bytes, name);
  open(decoder, name);
  auto& info = decoder.info;
  if (info.num_components != 1 && info.num_components != 3) {
    throw DataError(name, fmt::format("JPEG with {} components", info.num_components), "gray or colour, not CMYK");
  }
  if (channels == 0) channels = info.num_components;
  info.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  info.scale_num = 1;
  info.scale_denom = static_cast<unsigned>(scale_denominator);
  info.dct_method = JDCT_ISLOW;
  if (!decoder.start()) refuse(name, decoder);
  Image image(static_cast<int>(info.output_width), static_cast<int>(info.output_height), channels);
  if (!decoder.read_rows(image.pixels.data(), static_cast<std::size_t>(image.width) * channels)) refuse(name, decoder);
  return image;
}

int jpeg_scale_denominator(int width, int height, int wanted_width, int wanted_height) {
  for (int denominator : {8, 4, 2}) {
    if ((width + denominator - 1) / denominator >= wanted_width &&
        (height + denominator - 1) / denominator >= wanted_height) {
      return denominator;
    }
  }
  return 1;
}

std::string jpeg_version() {
#define VS_TEXT_OF(x) #x
#define VS_TEXT(x) VS_TEXT_OF(x)
  return "libjpeg-turbo " VS_TEXT(LIBJPEG_TURBO_VERSION);
#undef VS_TEXT
#undef VS_TEXT_OF
}

}  // namespace vs::media

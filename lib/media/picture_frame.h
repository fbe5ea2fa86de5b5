// A frame that is a picture: encoded bytes or raw pixels, decoded when asked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/media/frame_source.h"
#include "lib/media/image.h"

namespace vs::media {

/// How the bytes of a picture are to be read.
enum class PictureFormat { kJpeg, kPng, kRawRgb, kRawGray };

/// JPEG or PNG by the first bytes; nothing for anything else.
std::optional<PictureFormat> picture_format(std::span<const uint8_t> bytes);

/// A Frame over the bytes of one picture. luma() is there for JPEG (the Y plane as stored, full range) and raw gray.
class PictureFrame final : public Frame {
 public:
  /// Takes over JPEG or PNG bytes; reads the header for the size. `name` is the place in errors.
  /// Throws DataError for bytes that are neither or damaged.
  void set_encoded(std::vector<uint8_t> bytes, std::string name);
  /// Takes over raw pixels [height, width, 3 or 1]. Throws DataError where the sizes do not add up.
  void set_raw(std::vector<uint8_t> bytes, PictureFormat format, int picture_width, int picture_height,
               std::string name);

  ImageView rgb() override;
  ImageView gray_or_rgb() override;
  PlaneView luma() override;
  std::shared_ptr<const void> hold() const override;

  PictureFormat format() const { return format_; }
  /// The bytes as they were handed in.
  std::span<const uint8_t> bytes() const { return *bytes_; }

 private:
  std::string name_;
  PictureFormat format_ = PictureFormat::kJpeg;
  std::shared_ptr<const std::vector<uint8_t>> bytes_ = std::make_shared<std::vector<uint8_t>>();
  std::optional<Image> rgb_;
  std::shared_ptr<const Image> luma_;
};

}  // namespace vs::media

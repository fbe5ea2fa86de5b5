#include "lib/jobs/motion/contact_sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>

#include "lib/core/cancel.h"
#include "lib/jobs/motion/bitmap_font.h"
#include "lib/media/frame_source.h"
#include "lib/media/image_convert.h"
#include "lib/media/image_pixels.h"
#include "lib/media/video_decoder.h"

namespace vs::jobs {
namespace {

constexpr int kThumbnailHeight = 120, kMostColumns = 8, kMargin = 8;
constexpr int64_t kWidest = int64_t{8} * kThumbnailHeight;
constexpr int kTitleScale = 2, kNumberScale = 1;
constexpr int kTitleHeight = kGlyphHeight * kTitleScale + kMargin;
constexpr int kNumberHeight = kGlyphHeight * kNumberScale + kMargin;
constexpr uint8_t kPaper = 255, kInk = 0, kMissing = 64;

media::Image thumbnail(const media::ImageView& picture, int rotate, media::ImageConverter& converter) {
  media::Image turned;
  media::ImageView view = picture;
  if (rotate != 0) {
    media::turn_clockwise(picture, rotate, turned);
    view = turned.view();
  }
  const int64_t wide = (int64_t{view.width} * kThumbnailHeight + view.height / 2) / view.height;
  const int width = static_cast<int>(std::clamp<int64_t>(wide, 1, kWidest));
  const media::ImageView small = converter.resize(view, {width, kThumbnailHeight}, media::Interpolation::kArea);
  media::Image image(small.width, small.height, small.channels);
  for (int y = 0; y < small.height; ++y) {
    std::memcpy(image.row(y), small.data + y * small.stride,
                static_cast<std::size_t>(small.width) * static_cast<std::size_t>(small.channels));
  }
  return image;
}

void paste(const media::Image& picture, media::Image& sheet, int left, int top) {
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const int source = picture.channels == 3 ? x * 3 + c : x;
        sheet.row(top + y)[(left + x) * 3 + c] = picture.row(y)[source];
      }
    }
  }
}

}  // namespace

std::map<int64_t, media::Image> read_thumbnails(const store::Item& item, const ItemOpener& opener,
                                                const std::vector<int64_t>& frames) {
  const std::set<int64_t> wanted(frames.begin(), frames.end());
  const std::unique_ptr<media::FrameSource> source = opener.open(item);
  auto* decoder = dynamic_cast<media::VideoDecoder*>(source.get());
  int rotate = 0;
  if (decoder) {
    decoder->select(std::vector<int64_t>(wanted.begin(), wanted.end()));
    const int degrees = decoder->info().rotate_clockwise;
    rotate = degrees % 90 == 0 ? degrees : 0;
  }
  media::ImageConverter converter;
  std::map<int64_t, media::Image> thumbnails;
  // Frames of a pack are counted as they come, as the motion values were.
  for (int64_t place = 0; media::Frame* frame = source->next(); ++place) {
    throw_if_cancelled();
    const int64_t index = decoder ? frame->index : place;
    if (wanted.contains(index)) thumbnails.try_emplace(index, thumbnail(frame->rgb(), rotate, converter));
    if (thumbnails.size() == wanted.size()) break;
  }
  return thumbnails;
}

media::Image draw_contact_sheet(const std::vector<SheetBlock>& blocks,
                                const std::map<int64_t, media::Image>& thumbnails) {
  int cell_width = 1, columns = 1, rows = 0;
  for (const auto& [index, picture] : thumbnails) cell_width = std::max(cell_width, picture.width);
  for (const auto& block : blocks) {
    const int count = static_cast<int>(block.frames.size());
    columns = std::max(columns, std::min(count, kMostColumns));
    rows += (count + kMostColumns - 1) / kMostColumns;
    for (const int64_t frame : block.frames) {
      cell_width = std::max(cell_width, bitmap_text_width(fmt::format("{}", frame), kNumberScale));
    }
  }
  const int title_count = static_cast<int>(blocks.size());
  int title_width = 0;
  for (const auto& block : blocks) title_width = std::max(title_width, bitmap_text_width(block.title, kTitleScale));
  const int width = std::max(columns * (cell_width + kMargin), title_width + kMargin) + kMargin;
  const int height = kMargin + title_count * kTitleHeight + rows * (kThumbnailHeight + kNumberHeight + kMargin);
  media::Image sheet(width, height, 3);
  std::fill(sheet.pixels.begin(), sheet.pixels.end(), kPaper);
  int top = kMargin;
  for (const auto& block : blocks) {
    draw_bitmap_text(sheet, kMargin, top, block.title, kTitleScale, kInk);
    top += kTitleHeight;
    for (std::size_t i = 0; i < block.frames.size(); ++i) {
      const int column = static_cast<int>(i) % kMostColumns;
      if (i > 0 && column == 0) top += kThumbnailHeight + kNumberHeight + kMargin;
      const int left = kMargin + column * (cell_width + kMargin);
      const auto found = thumbnails.find(block.frames[i]);
      if (found != thumbnails.end()) {
        paste(found->second, sheet, left, top);
      } else {
        media::Image missing(cell_width, kThumbnailHeight, 3);
        std::fill(missing.pixels.begin(), missing.pixels.end(), kMissing);
        paste(missing, sheet, left, top);
      }
      draw_bitmap_text(sheet, left, top + kThumbnailHeight + kMargin / 2, fmt::format("{}", block.frames[i]),
                       kNumberScale, kInk);
    }
    if (!block.frames.empty()) top += kThumbnailHeight + kNumberHeight + kMargin;
  }
  return sheet;
}

}  // namespace vs::jobs

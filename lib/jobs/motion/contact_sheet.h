// A picture that shows chosen frames above uniformly spaced ones.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/jobs/motion/open_item.h"
#include "lib/media/image.h"
#include "lib/store/item_run.h"

namespace vs::jobs {

/// One block of a sheet: a title, then frames in rows.
struct SheetBlock {
  std::string title;
  std::vector<int64_t> frames;
};

/// The frames of a video as small RGB pictures, turned for display, each frame once. Frames the video does not have are
/// left out. Only as much is decoded as needed.
std::map<int64_t, media::Image> read_thumbnails(const store::Item& item, const ItemOpener& opener,
                                                const std::vector<int64_t>& frames);

/// Lays blocks below each other, up to eight pictures a row, each with its frame number (0-based) below it; a frame
/// without picture is a dark rectangle.
media::Image draw_contact_sheet(const std::vector<SheetBlock>& blocks,
                                const std::map<int64_t, media::Image>& thumbnails);

}  // namespace vs::jobs

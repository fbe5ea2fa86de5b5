// From an item to its frames.
#pragma once

#include <memory>
#include <optional>

#include "lib/core/file_template.h"
#include "lib/jobs/inputs/item_list.h"
#include "lib/media/open_source.h"
#include "lib/media/video_info.h"
#include "lib/store/item_run.h"

namespace vs::jobs {

/// Opens the items of a run: video files, frame folders, videos of packs. Several threads may use one.
class ItemOpener {
 public:
  /// packs: those of the item list. name_template: of the pictures in frame folders; none: found from the names.
  /// how: each video is decoded.
  explicit ItemOpener(PackMap packs = {}, std::optional<FileTemplate> name_template = {}, media::VideoOptions how = {});

  /// Throws DataError if the item's path does not exist.
  media::SourceKind kind(const store::Item& item) const;
  /// True if the item's path is a file or folder of its own, not a pack that it shares.
  bool is_own_file(const store::Item& item) const;
  /// Throws DataError naming the path. A video comes as a media::VideoDecoder.
  std::unique_ptr<media::FrameSource> open(const store::Item& item) const;

 private:
  PackMap packs_;
  std::optional<FileTemplate> name_template_;
  media::VideoOptions how_;
};

}  // namespace vs::jobs

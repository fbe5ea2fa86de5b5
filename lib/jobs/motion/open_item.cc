#include "lib/jobs/motion/open_item.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "lib/core/error.h"
#include "lib/media/folder_source.h"
#include "lib/media/pack_source.h"
#include "lib/media/video_decoder.h"

namespace vs::jobs {

ItemOpener::ItemOpener(PackMap packs, std::optional<FileTemplate> name_template, media::VideoOptions how)
    : packs_(std::move(packs)), name_template_(std::move(name_template)), how_(std::move(how)) {}

media::SourceKind ItemOpener::kind(const store::Item& item) const {
  if (!is_own_file(item)) return media::SourceKind::kPack;
  std::error_code error;
  const auto status = std::filesystem::status(item.path, error);
  if (!std::filesystem::exists(status)) throw DataError(item.path, "does not exist");
  return std::filesystem::is_directory(status) ? media::SourceKind::kFolder : media::SourceKind::kVideo;
}

bool ItemOpener::is_own_file(const store::Item& item) const { return !packs_.contains(item.path); }

std::unique_ptr<media::FrameSource> ItemOpener::open(const store::Item& item) const {
  switch (kind(item)) {
    case media::SourceKind::kPack:
      return std::make_unique<media::PackSource>(packs_.at(item.path), item.id);
    case media::SourceKind::kFolder:
      return std::make_unique<media::FolderSource>(item.path, name_template_, 0);
    case media::SourceKind::kVideo:
      break;
  }
  return std::make_unique<media::VideoDecoder>(item.path, how_);
}

}  // namespace vs::jobs

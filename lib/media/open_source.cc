#include "lib/media/open_source.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "lib/core/error.h"
#include "lib/media/folder_source.h"
#include "lib/media/pack_source.h"
#include "lib/media/video_decoder.h"

namespace vs::media {

SourceKind source_kind(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw DataError(path, "does not exist");
  if (std::filesystem::is_directory(status)) return SourceKind::kFolder;
  constexpr std::array<char, 8> kHdf5Start{'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
  std::array<char, 8> start{};
  std::ifstream file(path, std::ios::binary);
  if (std::filesystem::is_regular_file(status) && file.read(start.data(), start.size()) && start == kHdf5Start) {
    return SourceKind::kPack;
  }
  return SourceKind::kVideo;
}

std::unique_ptr<FrameSource> open_source(const std::string& path, const SourceOptions& options) {
  switch (source_kind(path)) {
    case SourceKind::kFolder:
      return std::make_unique<FolderSource>(path, options.name_template, options.folder_frame_rate);
    case SourceKind::kPack:
      return std::make_unique<PackSource>(std::make_shared<store::FramesFile>(path), options.video_id);
    case SourceKind::kVideo:
      break;
  }
  return std::make_unique<VideoDecoder>(path, options.video);
}

}  // namespace vs::media

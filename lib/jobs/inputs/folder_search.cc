#include "lib/jobs/inputs/folder_search.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "lib/annot/video_names.h"
#include "lib/core/cancel.h"
#include "lib/core/error.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

bool is_picture_name(const fs::path& path) {
  const std::string suffix = path.extension().string();
  return suffix == ".jpg" || suffix == ".jpeg" || suffix == ".png" || suffix == ".JPG" || suffix == ".JPEG" ||
         suffix == ".PNG";
}

class Search {
 public:
  Search(bool frame_folders, Log& log) : frame_folders_(frame_folders), log_(log) {}

  void go_through(const fs::path& folder, int64_t depth) {
    throw_if_cancelled();
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) return log_.detail(folder.string() + ": cannot be read, left out");
    const Identity identity{status.st_dev, status.st_ino};
    if (std::find(above_.begin(), above_.end(), identity) != above_.end()) {
      return log_.warning(folder.string() + ": leads back to a folder above it, left out");
    }
    above_.push_back(identity);
    bool has_pictures = false, has_videos = false;
    std::error_code error;
    fs::directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error), end;
    for (; !error && entry != end; entry.increment(error)) {
      const fs::path& path = entry->path();
      if (path.filename().string().starts_with('.')) continue;
      std::error_code unknown;
      const fs::file_status kind = entry->status(unknown);
      if (fs::is_directory(kind)) {
        go_through(path, depth + 1);
      } else if (fs::exists(kind) && !fs::is_regular_file(kind)) {
        log_.detail(path.string() + ": no regular file, left out");
      } else if (frame_folders_ && is_picture_name(path)) {
        has_pictures = true;
      } else if (annot::has_video_extension(path.string())) {
        has_videos = true;
        found_.push_back({path.string(), false, depth});
      } else {
        log_.detail(path.string() + (frame_folders_ ? ": neither video nor picture by its name, left out"
                                                    : ": not by its name a video, left out"));
      }
    }
    if (error) throw DataError(folder.string(), "cannot be searched: " + error.message());
    above_.pop_back();
    // A picture beside videos is a cover or a thumbnail, not a frame.
    if (has_pictures && has_videos) log_.detail(folder.string() + ": pictures beside videos, left out");
    if (has_pictures && !has_videos) found_.push_back({folder.string(), true, std::max<int64_t>(depth - 1, 0)});
  }

  std::vector<FoundVideo> take() {
    std::sort(found_.begin(), found_.end());
    return std::move(found_);
  }

 private:
  using Identity = std::pair<dev_t, ino_t>;
  bool frame_folders_;
  Log& log_;
  std::vector<Identity> above_;
  std::vector<FoundVideo> found_;
};

}  // namespace

std::vector<FoundVideo> search_folder(const std::string& folder, bool frame_folders, Log& log) {
  Search search(frame_folders, log);
  search.go_through(folder, 0);
  return search.take();
}

}  // namespace vs::jobs

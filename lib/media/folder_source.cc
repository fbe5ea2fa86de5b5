#include "lib/media/folder_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace vs::media {
namespace {

/// No picture file is larger; a longer one is refused before it is read.
constexpr uint64_t kMaxPictureBytes = uint64_t{1} << 28;

/// Names of plain files in a folder, hidden ones left out.
std::vector<std::string> file_names(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error), end;
  while (!error && entry != end) {
    std::string name = entry->path().filename().string();
    if (name[0] != '.' && entry->is_regular_file(error)) names.push_back(std::move(name));
    entry.increment(error);
  }
  if (error) throw DataError(folder, fmt::format("cannot be read as a folder: {}", error.message()));
  return names;
}

FileTemplate template_for(const std::string& folder, const std::vector<std::string>& names) {
  std::vector<std::string> pictures;
  for (const std::string& name : names) {
    std::string suffix = std::filesystem::path(name).extension().string();
    for (char& c : suffix) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    if (suffix == ".jpg" || suffix == ".jpeg" || suffix == ".png") pictures.push_back(name);
  }
  const auto found = find_template(std::move(pictures));
  if (!found) throw DataError(folder, "holds no numbered JPEG or PNG pictures", "name them with a template");
  return FileTemplate::parse(found->text);
}

}  // namespace

FolderSource::Listing FolderSource::look_at(const std::string& folder, const std::optional<FileTemplate>& given) {
  std::vector<std::string> names = file_names(folder);
  FileTemplate chosen = given ? *given : template_for(folder, names);
  return {std::move(names), std::move(chosen)};
}

FolderSource::FolderSource(const std::string& folder, const std::optional<FileTemplate>& name_template,
                           double frame_rate)
    : FolderSource(folder, look_at(folder, name_template), frame_rate) {}

FolderSource::FolderSource(std::string folder, Listing listing, double frame_rate)
    : folder_(std::move(folder)), template_(std::move(listing.name_template)), frame_rate_(frame_rate) {
  for (const std::string& name : listing.names) {
    if (const auto number = template_.number_of(name)) numbers_.push_back(*number);
  }
  if (numbers_.empty()) {
    throw DataError(folder_, fmt::format("holds no picture named like {}", template_.text()), "give another template");
  }
  std::sort(numbers_.begin(), numbers_.end());
  const int64_t span = numbers_.back() - numbers_.front() + 1;
  if (span != promised_frames()) {
    warnings_.push_back(fmt::format("{} of the numbers {} to {} are missing", span - promised_frames(),
                                    numbers_.front(), numbers_.back()));
  }
}

Frame* FolderSource::next() {
  if (position_ == numbers_.size()) return nullptr;
  const std::string path = folder_ + "/" + template_.name(numbers_[position_]);
  frame_.set_encoded(read_bytes(path, kMaxPictureBytes), path);
  frame_.index = static_cast<int64_t>(position_);
  frame_.time_s = frame_rate_ > 0 ? static_cast<double>(position_) / frame_rate_ : static_cast<double>(position_);
  frame_.key = true;
  ++position_;
  return &frame_;
}

}  // namespace vs::media

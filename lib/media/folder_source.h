// Frames from a folder of numbered pictures.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/file_template.h"
#include "lib/media/picture_frame.h"

namespace vs::media {

/// JPEG and PNG pictures of one folder in the order of their numbers.
///
/// Without a template the names are looked at: the first numbered one in sorted order says what the others are like
/// (find_template). Numbers may start anywhere, usually 0 or 1, and may have gaps, which are a warning; frame indices
/// count from 0.
class FolderSource final : public FrameSource {
 public:
  /// frame_rate: frames a second, 0: unknown; then time_s is the index.
  /// Throws DataError if the folder cannot be read or holds no such picture.
  explicit FolderSource(const std::string& folder, const std::optional<FileTemplate>& name_template = {},
                        double frame_rate = 0);

  /// Reads the next picture's bytes; pixels are decoded when asked for. Throws DataError naming a picture that is none.
  Frame* next() override;
  int64_t promised_frames() const override { return static_cast<int64_t>(numbers_.size()); }
  double frame_rate() const override { return frame_rate_; }
  const std::vector<std::string>& warnings() const override { return warnings_; }

  /// The numbers of all pictures, ascending; frame i is that of numbers()[i].
  const std::vector<int64_t>& numbers() const { return numbers_; }
  /// The number of the first picture (start index), and the template of the names.
  int64_t first_number() const { return numbers_.front(); }
  const FileTemplate& name_template() const { return template_; }

 private:
  struct Listing {
    std::vector<std::string> names;
    FileTemplate name_template;
  };
  static Listing look_at(const std::string& folder, const std::optional<FileTemplate>& given);
  FolderSource(std::string folder, Listing listing, double frame_rate);

  std::string folder_;
  FileTemplate template_;
  std::vector<int64_t> numbers_;
  std::vector<std::string> warnings_;
  double frame_rate_;
  std::size_t position_ = 0;
  PictureFrame frame_;
};

}  // namespace vs::media

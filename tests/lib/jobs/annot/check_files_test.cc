#include "lib/jobs/annot/check_files.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "lib/core/file.h"
#include "lib/jobs/annot/text_table.h"

using namespace vs::jobs;
namespace fs = std::filesystem;

namespace {

std::string kind(const std::vector<FileFinding>& findings) {
  if (findings.empty()) return {};
  return (findings[0].error ? "" : "note ") + findings[0].kind;
}

}  // namespace

TEST_CASE("frame folders: short, gaps, longer, start") {
  std::string root = (fs::temp_directory_path() / "vs-check-XXXXXX").string();
  REQUIRE(mkdtemp(root.data()) != nullptr);
  for (int i = 0; i < 4; ++i) vs::write_file_atomically(root + "/f" + std::to_string(i) + ".jpg", {});
  FileCheckOptions options;
  options.frame_prefix = "img_";
  CHECK(kind(check_frame_folder(root, 4, options)).empty());
  CHECK(kind(check_frame_folder(root, 5, options)) == "short");
  CHECK(kind(check_frame_folder(root, 3, options)) == "note longer");
  options.start_index = 1;
  CHECK(kind(check_frame_folder(root, 4, options)) == "short");
  CHECK(kind(check_frame_folder(root, 3, options)).empty());
  fs::remove(root + "/f2.jpg");
  CHECK(kind(check_frame_folder(root, 3, options)) == "gap");
  CHECK(kind(check_frame_folder(root, 1, options)) == "note longer");
  options.allow_short = true;
  CHECK(kind(check_frame_folder(root, 3, options)) == "note gap");
  options.name_template = vs::FileTemplate::parse("{:05}.jpg");
  CHECK(kind(check_frame_folder(root, 1, options)) == "no_frames");
  CHECK(kind(check_frame_folder(root + "/none", 1, options)) == "missing");
  CHECK(kind(check_frame_folder(root + "/f1.jpg", 1, options)) == "missing");
  CHECK(kind(check_video_file(root + "/none.mp4", options)) == "missing");
  CHECK(kind(check_video_file(root + "/f1.jpg", options)) == "cannot_open");
  fs::remove_all(root);
}

TEST_CASE("tables for people") {
  CHECK(text_table({"a", "n"}, {{"\xc3\xa4x", "5"}, {"b\n", "10"}}, {false, true}) ==
        "a       n\n\xc3\xa4x      5\nb\\x0a  10\n");
  CHECK(text_table({"a"}, {}).empty());
  CHECK(counted(1, "file") == "1 file");
  CHECK(counted(0, "file") == "0 files");
}

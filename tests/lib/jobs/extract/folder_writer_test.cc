#include "lib/jobs/extract/folder_writer.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "lib/core/error.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

struct Scratch {
  std::string path = (fs::temp_directory_path() / ("vs_folder_writer_" + std::to_string(::getpid()))).string();
  Scratch() {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Scratch() { fs::remove_all(path); }
};

}  // namespace

TEST_CASE("a folder appears when finished, with the record that reading it gives") {
  Scratch scratch;
  const std::string folder = scratch.path + "/class/video";
  const std::vector<uint8_t> bytes{1, 2, 3};
  FolderWriter writer(folder);
  // Names whose order differs from that of writing.
  for (const char* name : {"img_99999.jpg", "img_100000.jpg", "a"}) writer.write(name, bytes);
  CHECK_FALSE(fs::exists(folder));
  const store::FileRecord record = writer.finish();
  CHECK(record == store::file_record(folder));
  CHECK(record.size == 9);
  CHECK(std::distance(fs::directory_iterator(scratch.path + "/class"), {}) == 1);
}

TEST_CASE("without finish nothing stays, and what a killed run left is removed") {
  Scratch scratch;
  const std::string folder = scratch.path + "/video";
  fs::create_directories(scratch.path + "/.video.partial");
  std::ofstream(scratch.path + "/.video.partial/old") << "x";
  {
    FolderWriter writer(folder);
    writer.write("new", {});
  }
  CHECK(fs::is_empty(scratch.path));
  {
    FolderWriter writer(folder);
    writer.write("new", {});
    writer.finish();
  }
  CHECK_FALSE(fs::exists(folder + "/old"));
  CHECK(fs::exists(folder + "/new"));
}

TEST_CASE("a finished folder replaces one that is there; an empty one is a folder too") {
  Scratch scratch;
  const std::string folder = scratch.path + "/video";
  fs::create_directories(folder);
  std::ofstream(folder + "/old") << "x";
  FolderWriter writer(folder);
  CHECK(writer.finish().size == 0);
  CHECK(fs::is_empty(folder));
}

TEST_CASE("a place that cannot be written is a run error") {
  Scratch scratch;
  std::ofstream(scratch.path + "/file") << "x";
  CHECK_THROWS_AS(FolderWriter(scratch.path + "/file/video"), RunError);
  FolderWriter writer(scratch.path + "/video");
  writer.write("a", {});
  CHECK_THROWS_AS(writer.write("a", {}), RunError);
}

}  // namespace vs::jobs

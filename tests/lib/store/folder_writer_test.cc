#include "lib/store/folder_writer.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "tests/lib/store/temporary_folder.h"

using namespace vs;
using namespace vs::store;

namespace {

namespace fs = std::filesystem;

std::string refusal(const std::vector<std::string>& folders, const std::vector<std::string>& inputs) {
  return message_of<UsageError>([&] { check_folders_apart(folders, inputs); });
}

}  // namespace

TEST_CASE("a folder appears when published, with the record that reading it gives") {
  const TemporaryFolder scratch;
  const std::string folder = scratch / "class/video";
  const std::vector<uint8_t> bytes{1, 2, 3};
  FolderWriter writer(folder);
  // Names whose order differs from that of writing.
  for (const char* name : {"img_99999.jpg", "img_100000.jpg", "a"}) writer.write(name, bytes);
  CHECK_THROWS_AS(writer.publish(), std::logic_error);
  const FileRecord record = writer.prepare();
  CHECK_FALSE(fs::exists(folder));
  CHECK_THROWS_AS(writer.write("late", bytes), std::logic_error);
  CHECK_THROWS_AS(writer.prepare(), std::logic_error);
  writer.publish();
  CHECK_THROWS_AS(writer.publish(), std::logic_error);
  CHECK(record == file_record(folder));
  CHECK(record.size == 9);
  CHECK(std::distance(fs::directory_iterator(scratch / "class"), {}) == 1);
}

TEST_CASE("a prepared writer is handed on and holds no descriptor") {
  const TemporaryFolder scratch;
  const auto open_files = [] { return std::distance(fs::directory_iterator("/proc/self/fd"), {}); };
  const auto before = open_files();
  std::vector<FolderWriter> waiting;
  for (int i = 0; i < 20; ++i) {
    FolderWriter writer(scratch / std::to_string(i));
    writer.write("a", {});
    writer.prepare();
    waiting.push_back(std::move(writer));
  }
  CHECK(open_files() == before);
  for (int i = 0; i < 10; ++i) waiting[static_cast<size_t>(i)].publish();
  waiting[10] = std::move(waiting[11]);
  waiting[10].publish();
  waiting.clear();
  // What was not published, or was written over, is gone.
  CHECK(std::distance(fs::directory_iterator(scratch.path()), {}) == 11);
  CHECK(fs::exists(scratch / "11/a"));
  CHECK_FALSE(fs::exists(scratch / "10"));
}

TEST_CASE("without publishing nothing stays, and what a killed run left is removed") {
  const TemporaryFolder scratch;
  const std::string folder = scratch / "video";
  fs::create_directories(scratch / ".video.partial");
  std::ofstream(scratch / ".video.partial/old") << "x";
  {
    FolderWriter writer(folder);
    writer.write("new", {});
  }
  CHECK(fs::is_empty(scratch.path()));
  {
    FolderWriter writer(folder);
    writer.write("new", {});
    writer.prepare();
  }
  CHECK(fs::is_empty(scratch.path()));
  FolderWriter writer(folder);
  writer.write("new", {});
  writer.prepare();
  writer.publish();
  CHECK_FALSE(fs::exists(folder + "/old"));
  CHECK(fs::exists(folder + "/new"));
}

TEST_CASE("a published folder replaces one that is there; an empty one is a folder too") {
  const TemporaryFolder scratch;
  const std::string folder = scratch / "video";
  fs::create_directories(folder);
  std::ofstream(folder + "/old") << "x";
  FolderWriter writer(folder);
  CHECK(writer.prepare().size == 0);
  CHECK(fs::exists(folder + "/old"));
  writer.publish();
  CHECK(fs::is_empty(folder));
}

TEST_CASE("a folder that cannot be written is a run error") {
  const TemporaryFolder scratch;
  std::ofstream(scratch / "file") << "x";
  CHECK_THROWS_AS(FolderWriter(scratch / "file/video"), RunError);
  FolderWriter writer(scratch / "video");
  writer.write("a", {});
  CHECK_THROWS_AS(writer.write("a", {}), RunError);
}

TEST_CASE("folders that would replace an input are refused") {
  const TemporaryFolder scratch;
  const std::string in = scratch / "in", video = in + "/a/v.mp4";
  fs::create_directories(in + "/a");
  std::ofstream(video) << "x";
  CHECK(refusal({}, {}).empty());
  CHECK(refusal({scratch / "out/v", scratch / "in/a/v", scratch / "in/b"}, {video, "-", ""}).empty());
  CHECK(refusal({scratch / "in/a/v.mp"}, {video}).empty());
  const std::string hint = " (choose an output folder apart from the inputs)";
  CHECK(refusal({scratch / "o", video}, {video}) == video + ": is the input " + video + hint);
  CHECK(refusal({in}, {video}) == in + ": holds the input " + video + hint);
  CHECK(refusal({in + "/a"}, {video}) == in + "/a: holds the input " + video + hint);
  CHECK(refusal({in + "/a/frames"}, {in}) == in + "/a/frames: lies in the input " + in + hint);
  CHECK(refusal({in + "/a/x"}, {in + "/a/"}).find("lies in the input") != std::string::npos);
  // Written otherwise, and through links.
  CHECK_FALSE(refusal({in + "/./a//../a/."}, {video}).empty());
  CHECK_FALSE(refusal({fs::relative(in).string()}, {video}).empty());
  fs::create_directory_symlink(in, scratch / "link");
  CHECK_FALSE(refusal({scratch / "link/a"}, {video}).empty());
  CHECK_FALSE(refusal({in + "/a"}, {scratch / "link/a/v.mp4"}).empty());
  fs::create_directories(scratch / "names");
  fs::create_symlink(video, scratch / "names/n.mp4");
  CHECK_FALSE(refusal({scratch / "names"}, {scratch / "names/n.mp4"}).empty());
  CHECK_FALSE(refusal({in + "/a"}, {scratch / "names/n.mp4"}).empty());
  CHECK(refusal({scratch / "names/n"}, {scratch / "names/n.mp4"}).empty());
  // The partial folder is emptied, too.
  CHECK_FALSE(refusal({scratch / "x"}, {scratch / ".x.partial/v.mp4"}).empty());
  // The root and the working folder.
  CHECK_FALSE(refusal({"/"}, {video}).empty());
  CHECK_FALSE(refusal({"."}, {"v.mp4"}).empty());
  CHECK(refusal({"v"}, {"v.mp4"}).empty());
}

TEST_CASE("many folders and inputs are compared in a moment") {
  std::vector<std::string> folders, inputs;
  for (int i = 0; i < 20000; ++i) {
    folders.push_back("out/c/" + std::to_string(i));
    inputs.push_back("in/c/" + std::to_string(i) + ".mp4");
  }
  CHECK_NOTHROW(check_folders_apart(folders, inputs));
}

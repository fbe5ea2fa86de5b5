#include "lib/core/file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "lib/core/error.h"
#include "lib/core/sha256.h"

using namespace vs;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/vs-file-test-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { fs::remove_all(path); }
  std::string path;
};

}  // namespace

TEST_CASE("a file appears only when whole") {
  const Folder folder;
  const std::string path = folder.path + "/a.txt";
  {
    AtomicFile file(path);
    file.write("half");
    CHECK_FALSE(fs::exists(path));
    CHECK(fs::exists(partial_name(path)));
  }
  CHECK(fs::is_empty(folder.path));
  AtomicFile file(path);
  file.write("whole");
  file.commit();
  CHECK(read_file(path) == "whole");
  CHECK_FALSE(fs::exists(partial_name(path)));
}

TEST_CASE("equal bytes leave the file alone") {
  const Folder folder;
  const std::string path = folder.path + "/a.txt";
  write_file_atomically(path, "same");
  struct stat before {
  }, after{};
  ::stat(path.c_str(), &before);
  write_file_atomically(path, "same");
  ::stat(path.c_str(), &after);
  CHECK(before.st_ino == after.st_ino);
  write_file_atomically(path, "diff");
  CHECK(read_file(path) == "diff");
}

TEST_CASE("what cannot be written or read says so") {
  const Folder folder;
  CHECK_THROWS_AS(AtomicFile(folder.path + "/none/a.txt"), RunError);
  CHECK_THROWS_AS(read_file(folder.path + "/none"), DataError);
  write_file_atomically(folder.path + "/big", "0123456789");
  CHECK_THROWS_AS(read_file(folder.path + "/big", 9), DataError);
}

TEST_CASE("a full disk is a RunError, and the old file stays") {
  if (::access("/dev/full", W_OK) != 0) return;
  const int full = ::open("/dev/full", 1);
  const uint8_t byte = 1;
  CHECK_THROWS_AS(write_all(full, {&byte, 1}, "x"), RunError);
  ::close(full);
}

TEST_CASE("SHA-256 is that of sha256sum") {
  const Folder folder;
  write_file_atomically(folder.path + "/abc", "abc");
  CHECK(sha256_of_file(folder.path + "/abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_of_bytes({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK_THROWS_AS(sha256_of_file(folder.path), DataError);
}

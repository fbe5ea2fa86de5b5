#include "lib/train/loop/folder_lock.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "tests/support/scratch.h"

namespace vs::train {

TEST_CASE("a folder is held by one run at a time, and the second is told which process that is") {
  const test::Scratch scratch("vs-lock-test");
  Log log("vs-train", Verbosity::kQuiet, false);
  std::optional<FolderLock> first(std::in_place, scratch / ".", log);
  const std::string own = "process " + std::to_string(::getpid()) + " on ";
  CHECK_THROWS_WITH_AS(FolderLock(scratch / ".", log), doctest::Contains(own.c_str()), RunError);
  CHECK_THROWS_WITH_AS(FolderLock(scratch / ".", log), doctest::Contains("trains in it"), RunError);
  first.reset();
  CHECK(std::filesystem::is_empty(scratch / "."));
  CHECK_NOTHROW(FolderLock(scratch / ".", log));
  CHECK_THROWS_AS(FolderLock(scratch / "nowhere", log), RunError);
}

TEST_CASE("a killed run leaves no lock") {
  const test::Scratch scratch("vs-lock-test");
  Log log("vs-train", Verbosity::kQuiet, false);
  const pid_t child = ::fork();
  if (child == 0) {
    const FolderLock lock(scratch / ".", log);
    ::kill(::getpid(), SIGKILL);
  }
  REQUIRE(child > 0);
  int how = 0;
  REQUIRE(::waitpid(child, &how, 0) == child);
  REQUIRE(WIFSIGNALED(how));
  CHECK(read_file(scratch / ".vs-train.lock").starts_with(std::to_string(child) + " on "));
  const FolderLock lock(scratch / ".", log);
  CHECK(read_file(scratch / ".vs-train.lock").starts_with(std::to_string(::getpid()) + " on "));
}

}  // namespace vs::train

#include "lib/store/real_paths.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/lib/store/temporary_folder.h"

using namespace vs::store;
namespace fs = std::filesystem;

TEST_CASE("one file has one real path, however it is spelt") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "a/b");
  fs::create_directory_symlink(folder / "a", folder / "link");
  RealPaths real;
  const std::string want = fs::canonical(folder / "a/b").string() + "/x.mp4";
  CHECK(real.of(folder / "a/b/x.mp4") == want);
  CHECK(real.of(folder / "a/./b/../b//x.mp4") == want);
  CHECK(real.of(folder / "link/b/x.mp4") == want);
  CHECK(real.of(fs::proximate(folder / "a/b/x.mp4").string()) == want);
  // The name itself may be a link and stays; a folder is itself with and without a slash.
  const std::string link = fs::canonical(fs::path(folder / "link").parent_path()).string() + "/link";
  for (const char* spelt : {"link", "link/", "link/."}) CHECK(real.of(folder / spelt) == link);
  CHECK(real.of(folder / "link/..") == fs::canonical(folder / "a").parent_path().string());
  CHECK(real.of(folder / "no/where/x") == fs::canonical(folder / "a").parent_path().string() + "/no/where/x");
  CHECK(real.of("").empty());
  CHECK(real.of("-") == "-");
}

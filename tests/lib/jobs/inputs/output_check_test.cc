#include "lib/jobs/inputs/output_check.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "lib/core/error.h"

using namespace vs;
using jobs::check_make_names;
using jobs::check_outputs;
namespace fs = std::filesystem;

TEST_CASE("no output may destroy an input or another output") {
  char name[] = "/tmp/vs-output-check-XXXXXX";
  const fs::path folder = ::mkdtemp(name);
  const std::string video = (folder / "a.mp4").string(), list = (folder / "list.txt").string();
  std::ofstream(video) << "video";
  std::ofstream(list) << "a.mp4";
  fs::create_symlink("a.mp4", folder / "link.mp4");
  const std::string free = (folder / "new.txt").string();

  CHECK_NOTHROW(check_outputs({{"--failed", free}, {"--depfile", free + ".d"}}, {video, list, "-", ""}));
  CHECK_THROWS_AS(check_outputs({{"--failed", list}}, {video, list}), UsageError);
  CHECK_THROWS_AS(check_outputs({{"--sheet", (folder / "link.mp4").string()}}, {video}), UsageError);
  CHECK_THROWS_AS(check_outputs({{"--plot", free}, {"--sheet", (folder / "." / "new.txt").string()}}, {}), UsageError);
  CHECK_THROWS_AS(check_outputs({{"--depfile", (folder / "none" / "d").string()}}, {}), UsageError);
  CHECK_NOTHROW(check_outputs({{"--output", (folder / "none" / "d").string(), true}}, {}));
  CHECK_NOTHROW(check_outputs({{"--failed", "/dev/null"}, {"--depfile", "/dev/null"}, {"-o", "-"}}, {"-"}));
  fs::remove_all(folder);
}

TEST_CASE("names that make rules cannot hold are found before any work") {
  CHECK_NOTHROW(check_make_names({"out/manifest.json"}, {"a b.mp4", "$x.mp4"}));
  CHECK_THROWS_AS(check_make_names({"out/manifest.json"}, {"a\nb.mp4"}), UsageError);
  CHECK_THROWS_AS(check_make_names({"a;b"}, {}), UsageError);
}

#include "lib/plugin/load.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "lib/core/error.h"

namespace vs::plugin {
namespace {

std::string message_for(const std::vector<std::string>& folders) {
  try {
    (void)load_feature_plugin("--features", folders);
  } catch (const RunError& error) {
    CHECK(error.exit_code() == kExitUsage);
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("absence names where was looked, and what to do") {
  CHECK(message_for({"/nowhere", "/else"}) ==
        "--features: needs libvsnn.so, which is not in /nowhere, /else (install it, or set VS_PLUGIN_DIR to its "
        "folder)");
}

TEST_CASE("the GPU half says what does without it") {
  const std::string want =
      "--hwaccel: needs libvscuda.so, which is not in /nowhere (it is built where nvcc is (VS_CUDA=ON says why not); "
      "--device cpu does without)";
  CHECK_THROWS_WITH_AS(load_device_backend("--hwaccel", {"/nowhere"}), want.c_str(), RunError);
  CHECK_THROWS_WITH_AS(load_device_motion("--hwaccel", {"/nowhere"}), want.c_str(), RunError);
}

TEST_CASE("a file that is no library is refused") {
  std::string folder = (std::filesystem::temp_directory_path() / "vs-plugin-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()));
  std::ofstream(folder + "/libvsnn.so") << "text";
  const std::string message = message_for({"/nowhere", folder});
  CHECK(message.find("--features: " + folder + "/libvsnn.so cannot be loaded: ") == 0);
  CHECK(message.find('\n') == std::string::npos);
  std::filesystem::remove_all(folder);
}

TEST_CASE("the environment goes before all other folders") {
  ::setenv("VS_PLUGIN_DIR", "/mine", 1);
  CHECK(plugin_folders().front() == "/mine");
  ::unsetenv("VS_PLUGIN_DIR");
  const auto folders = plugin_folders();
  REQUIRE(folders.size() >= 2);
  CHECK(folders[0] == std::filesystem::read_symlink("/proc/self/exe").parent_path().string());
  CHECK(folders.back().ends_with("lib/vs"));
}

}  // namespace vs::plugin

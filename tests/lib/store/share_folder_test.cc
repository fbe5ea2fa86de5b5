#include "lib/store/share_folder.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "tests/lib/store/temporary_folder.h"

using namespace vs;
using namespace vs::store;

TEST_CASE("share/ is found, VS_SHARE first") {
  CHECK(std::filesystem::exists(find_share("schemas/manifest.schema.json")));
  const TemporaryFolder folder;
  make_folders(folder / "schemas");
  write_file_atomically(folder / "schemas/manifest.schema.json", "{}");
  ::setenv("VS_SHARE", folder.path().c_str(), 1);
  CHECK(find_share("schemas/manifest.schema.json") == folder / "schemas/manifest.schema.json");
  const auto words = message_of<RunError>([] { find_share("schemas/none.json"); });
  ::unsetenv("VS_SHARE");
  CHECK(words.starts_with("share/schemas/none.json: not found in " + folder.path()));
}

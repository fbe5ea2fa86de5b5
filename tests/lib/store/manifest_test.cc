#include "lib/store/manifest.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/core/version.h"
#include "lib/store/json.h"
#include "tests/lib/store/temporary_folder.h"

using namespace vs;
using namespace vs::store;

namespace {

constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";  // SHA-256 of "abc"

std::string capture(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[4096];
  size_t got = 0;
  while ((got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0) out.append(buffer, got);
  ::pclose(pipe);
  return out;
}

}  // namespace

TEST_CASE("a manifest has the published form") {
  const TemporaryFolder folder;
  make_folders(folder / "videos");
  write_file_atomically(folder / "videos/a.mp4", "abc");
  write_file_atomically(folder / "m.h5", "abc");
  ::setenv("SOURCE_DATE_EPOCH", "86400", 1);
  Manifest manifest("vs-motion", {"vs-motion", "-j4", "\xff"}, {{"method", "luma"}, {"jobs", 4}}, {{"method", "luma"}});
  ::unsetenv("SOURCE_DATE_EPOCH");
  manifest.add_input(folder / "videos/a.mp4");
  manifest.add_input(folder / "videos/a.mp4");
  manifest.add_output(folder / "m.h5");
  manifest.set_outcome({1, 0, 1}, {{"b", folder / "videos/b.mp4", "no video stream"}});
  const std::string path = manifest_path(folder / "m.h5", false);
  CHECK(path == folder / "m.h5.manifest.json");
  manifest.write(path);
  const Json document = read_manifest(path);
  CHECK(document["schema"] == "vs.manifest/1");
  CHECK(document["version"] == version());
  CHECK(document["command"] == Json({"vs-motion", "-j4", "\\xff"}));
  CHECK(document["parameters"] == Json({{"method", "luma"}, {"jobs", 4}}));
  CHECK(document["seed"].is_null());
  CHECK(document["inputs"] == Json::array({{{"path", folder / "videos/a.mp4"}, {"size", 3}, {"sha256", kAbc}}}));
  CHECK(document["outputs"] == Json::array({{{"path", folder / "m.h5"}, {"size", 3}, {"sha256", kAbc}}}));
  CHECK(json_line(document["counts"]) == R"({"done": 1, "skipped": 0, "failed": 1})");
  CHECK(document["failures"][0]["reason"] == "no video stream");
  CHECK(document["start"] == "1970-01-02T00:00:00Z");
  CHECK(document["wall_s"].get<double>() >= 0);
  std::vector<std::string> keys;
  for (const auto& entry : document.items()) keys.push_back(entry.key());
  CHECK(keys == std::vector<std::string>{"schema", "tool", "version", "command", "parameters", "seed", "inputs",
                                         "outputs", "counts", "failures", "start", "wall_s"});
}

TEST_CASE("the inner copy holds what the result depends on") {
  Manifest manifest("vs-motion", {"vs-motion"}, {{"method", "luma"}, {"jobs", 4}}, {{"method", "luma"}});
  manifest.set_seed(7);
  std::vector<std::string> keys;
  const Json inner = manifest.inner_document("");
  for (const auto& entry : inner.items()) keys.push_back(entry.key());
  CHECK(keys ==
        std::vector<std::string>{"schema", "tool", "version", "parameters", "seed", "inputs", "counts", "failures"});
  CHECK(inner["parameters"] == Json({{"method", "luma"}}));
  CHECK(inner["seed"] == 7);
  CHECK_NOTHROW(validate_json(inner, "manifest"));
}

TEST_CASE("what an option came to stands where it was given") {
  Manifest manifest("vs-eval", {"vs-eval"}, {{"device", "auto"}, {"hwaccel", "auto"}, {"jobs", 4}},
                    {{"hwaccel", "auto"}});
  manifest.settle_parameter("hwaccel", "none");
  manifest.settle_parameter("device", "cpu");
  CHECK(manifest.document("")["parameters"] == Json({{"device", "cpu"}, {"hwaccel", "none"}, {"jobs", 4}}));
  CHECK(manifest.resume_key()["parameters"] == Json({{"hwaccel", "none"}}));
}

TEST_CASE("manifests of an unknown shape are refused") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "m.json", R"({"schema": "vs.manifest/1", "tool": "x", "version": "1", "parameters": {},
"seed": null, "inputs": [{"path": "a", "size": -1, "sha256": "00"}], "counts": {"done": 0, "skipped": 0, "failed": 0}, "failures": []})");
  CHECK(message_of<DataError>([&] { read_manifest(folder / "m.json"); }).starts_with(folder / "m.json:2:"));
  write_file_atomically(folder / "n.json", R"({"schema": "vs.manifest/2"})");
  CHECK(message_of<DataError>([&] { read_manifest(folder / "n.json"); }).find("newer") != std::string::npos);
}

TEST_CASE("a bad SOURCE_DATE_EPOCH is a usage error") {
  ::setenv("SOURCE_DATE_EPOCH", "yesterday", 1);
  CHECK_THROWS_AS(Manifest("x", {"x"}, Json::object(), Json::object()), UsageError);
  ::unsetenv("SOURCE_DATE_EPOCH");
}

TEST_CASE("the record of a folder is that of its list of sums") {
  const TemporaryFolder folder;
  make_folders(folder / "f/sub");
  write_file_atomically(folder / "f/b.jpg", "abc");
  write_file_atomically(folder / "f/a.jpg", "");
  write_file_atomically(folder / "f/sub/c.jpg", "12345");
  write_file_atomically(folder / "f/.hidden", "no");
  const FileRecord record = file_record(folder / "f");
  CHECK(record.size == 8);
  CHECK(record.sha256 + "  -\n" ==
        capture("cd " + folder.path() + "/f && sha256sum a.jpg b.jpg sub/c.jpg | sha256sum"));
  CHECK(manifest_path("out", true) == "out/manifest.json");
  CHECK_THROWS_AS(file_record(folder / "none"), DataError);
  CHECK_THROWS_AS(file_record("/dev/null"), DataError);
}

TEST_CASE("paths are relative to the document's folder unless absolute") {
  CHECK(path_in_document("/abs/a.mp4", "out") == "/abs/a.mp4");
  CHECK(path_in_document("videos/a.mp4", "") == "videos/a.mp4");
  CHECK(path_in_document("videos/a.mp4", "out/x") == "../../videos/a.mp4");
  CHECK(path_in_document("out/a.mp4", "out") == "a.mp4");
  CHECK(path_in_document("-", "out") == "-");
  CHECK(path_from_document("../../videos/a.mp4", "out/x") == "videos/a.mp4");
  CHECK(path_from_document("/abs/a.mp4", "out/x") == "/abs/a.mp4");
  CHECK(path_from_document("a.mp4", "") == "a.mp4");
}

TEST_CASE("make reads names back as they are") {
  const TemporaryFolder folder;
  std::vector<std::string> names{"plain",   "with blank", "dollar$x", "hash#x",  "colon:x",      "per%cent",
                                 "star*x",  "[ab]x",      "equals=x", "back\\x", "back\\ blank", "~tilde",
                                 "quote'x", "ünï",        "a&b",      "q?x"};
  for (const auto& output : names) {
    CAPTURE(output);
    const std::string target = "out " + output;
    for (const auto& input : names) write_file_atomically(folder / input, "");
    // These would be found instead by a make that took the name for a pattern.
    write_file_atomically(folder / "ax", "");
    write_file_atomically(folder / "starmorex", "");
    write_file_atomically(folder / target, "");
    CHECK(::system(("cd " + folder.path() + " && touch -d '2020-01-01' ./*").c_str()) == 0);
    const std::string rules = make_rules({target}, names) + "\n" + make_rules({output + "-second"}, {});
    write_file_atomically(folder / "rules.d", rules);
    write_file_atomically(folder / "Makefile", ".DEFAULT_GOAL := all\ninclude rules.d\n");
    const std::string make = "cd " + folder.path() + " && env -u MAKEFLAGS -u MAKELEVEL make -rRn --debug=b " +
                             shell_quoted(target) + " 2>&1";
    const std::string fresh = capture(make);
    CHECK_MESSAGE(fresh.find("Prerequisite") == std::string::npos, fresh);
    CHECK_MESSAGE(fresh.find("Updating goal targets") != std::string::npos, fresh);
    CHECK_MESSAGE(fresh.find("Stop.") == std::string::npos, fresh);
  }
  for (const auto& input : names) {
    CAPTURE(input);
    write_file_atomically(folder / "one.mk", make_rules({"target"}, {input}) + "target: ; @echo rebuilt\n");
    write_file_atomically(folder / "target", "");
    CHECK(::system(("cd " + folder.path() + " && touch -d '2020-01-01' ./*").c_str()) == 0);
    const std::string make = "cd " + folder.path() + " && env -u MAKEFLAGS -u MAKELEVEL make -rR -f one.mk target 2>&1";
    const std::string idle = capture(make);
    CHECK_MESSAGE(idle.find("rebuilt") == std::string::npos, idle);
    std::filesystem::last_write_time(folder / input, std::filesystem::file_time_type::clock::now());
    const std::string again = capture(make);
    CHECK_MESSAGE(again == "rebuilt\n", again);
    std::filesystem::remove(folder / input);
    const std::string gone = capture(make);
    CHECK_MESSAGE(gone == "rebuilt\n", gone);
  }
  for (const char* bad : {"line\nend"}) CHECK_THROWS_AS(make_rules({"a"}, {bad}), DataError);
  CHECK(make_rules({"a b", "c"}, {"x"}) == "a\\ b c: \\\n x\n\nx:\n");
}

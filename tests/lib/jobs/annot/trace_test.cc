#include "lib/jobs/annot/trace.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/store/manifest.h"

using namespace vs::jobs;
namespace fs = std::filesystem;

namespace {

/// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "vs-trace-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
  }
  ~Folder() { fs::remove_all(root_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(const std::string& name) const { return (root_ / name).string(); }
  void put(const std::string& name, const std::string& text) const {
    fs::create_directories((root_ / name).parent_path());
    vs::write_file_atomically(path(name), text);
  }
  /// A run that read `inputs` and wrote `outputs`; the manifest lies beside the first output, or in it if it is a
  /// folder.
  void made(const std::vector<std::string>& words, const std::vector<std::string>& inputs,
            const std::vector<std::string>& outputs) const {
    vs::store::Manifest manifest(words[0], words, nlohmann::ordered_json::object(), nlohmann::ordered_json::object());
    for (const auto& input : inputs) manifest.add_input(path(input));
    for (const auto& output : outputs) manifest.add_output(path(output));
    manifest.set_outcome({}, {});
    manifest.write(vs::store::manifest_path(path(outputs[0]), fs::is_directory(path(outputs[0]))));
  }

 private:
  fs::path root_;
};

}  // namespace

TEST_CASE("a chain of manifests becomes a script, first command first") {
  const Folder folder;
  folder.put("a b.mp4", "video");
  folder.put("frames/v/1.jpg", "x");
  folder.made({"vs-extract", "-o", "frames", "a b.mp4"}, {"a b.mp4"}, {"frames"});
  folder.put("out/list.txt", "v 1");
  // The input is a folder inside the first command's output.
  folder.made({"vs-annot", "convert", "--output=out/list.txt", "it's"}, {"frames/v"}, {"out/list.txt"});
  const Trace trace = trace_file(folder.path("out/list.txt"), true);
  REQUIRE(trace.commands.size() == 2);
  CHECK(trace.commands[0].tool == "vs-extract");
  CHECK(fs::equivalent(trace.commands[0].folder, folder.path("")));
  CHECK(fs::equivalent(trace.commands[1].folder, folder.path("")));
  REQUIRE(trace.sources.size() == 1);
  CHECK(trace.sources[0].size == 5);
  CHECK(trace.differences.empty());
  const std::string script = trace_script(trace);
  CHECK(script.starts_with("#!/bin/sh\nset -eu\n"));
  CHECK(script.find("vs-extract -o frames 'a b.mp4'") < script.find("vs-annot convert"));
  CHECK(script.find("(cd ") != std::string::npos);
  CHECK(script.find("'it'\\''s'") != std::string::npos);
}

TEST_CASE("changed and missing files are told") {
  const Folder folder;
  folder.put("in.txt", "aa");
  folder.put("out.txt", "b");
  folder.made({"vs-annot", "convert", "in.txt", "-o", "out.txt"}, {"in.txt"}, {"out.txt"});
  folder.put("in.txt", "ab");
  CHECK(trace_file(folder.path("out.txt"), false).differences.empty());
  CHECK(trace_file(folder.path("out.txt"), true).differences.size() == 1);
  fs::remove(folder.path("in.txt"));
  CHECK(trace_file(folder.path("out.txt"), false).differences.size() == 1);
  CHECK_THROWS_AS(trace_file(folder.path("nothing"), false), vs::DataError);
}

TEST_CASE("one run with two outputs is one command, and a file made from itself ends") {
  const Folder folder;
  folder.put("a.txt", "a");
  folder.put("b.txt", "b");
  folder.put("c.txt", "c");
  folder.made({"vs-annot", "split", "-o", "a.txt"}, {}, {"a.txt", "b.txt"});
  fs::copy_file(folder.path("a.txt.manifest.json"), folder.path("b.txt.manifest.json"));
  folder.made({"vs-annot", "merge", "a.txt", "b.txt"}, {"a.txt", "b.txt", "c.txt"}, {"c.txt"});
  const Trace trace = trace_file(folder.path("c.txt"), false);
  CHECK(trace.commands.size() == 2);
  CHECK(trace_file(folder.path("c.txt.manifest.json"), false).commands.size() == 2);
}

TEST_CASE("words that are no folder's give no folder") {
  const Folder folder;
  folder.put("x.txt", "x");
  folder.made({"vs-annot", "convert", "-"}, {}, {"x.txt"});
  const Trace trace = trace_file(folder.path("x.txt"), false);
  CHECK(trace.commands[0].folder.empty());
  CHECK(trace_script(trace).find("where it ran is not known") != std::string::npos);
}

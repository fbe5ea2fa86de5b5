#include "tests/lib/cli/sample_tables.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <doctest/doctest.h>

#include "lib/core/error.h"

namespace vs::cli::test {

OptionTable sample_table() {
  OptionTable table("vs-try", "turns videos into frames");
  table.description("Reads videos. Writes 100% of \"frames\" by ffmpeg's rule; see --help. A \\n is two characters.");
  table.description("In a second paragraph No macro of mdoc (such as .Nm) may be read.");
  table.group("Frames");
  table
      .choice("method", "METHOD",
              {{"ssim", "1 - SSIM of grey frames: the reference's"}, {"luma", "mean [abs] of \"luma\" $x `y`"}, "mad"},
              "how motion is measured")
      .default_value("luma");
  table.integer("clip-len", "N", "frames of a clip").min(1).max(512);
  table.fraction("fps", "RATE", "frames a second").above(0).conflicts("clip-len").environment();
  table.size("size", "WxH", "exact size").min(2);
  table.real("weight", "X", "weights of the parts").repeatable();
  table.text("note", "TEXT", "notes to keep").repeatable();
  table.integer("level", "N", "levels to take").repeatable();
  table.input_path("list", "FILE", "list of items").dash().suffixes({"txt", "csv"});
  table.input_path("root", "FOLDER", "where the items are").folder();
  table.output_path("plot", "FILE", "chart of the curve").suffixes({"svg"}).details("It is a chart. Not more.");
  table.real("bound", "X", "bound of the flow").needs("method", {"ssim"}).default_value("20").environment();
  table.flag("wide", "a wide chart").needs("plot");
  table.integer("short-side", "N", "short side in pixels").old_name("side");
  table.choice("order", "ORDER", {"name", "size"}, "order of the items").implied("name");
  table.positional({.metavar = "VIDEO",
                    .help = "videos or folders of them",
                    .max_count = Positional::kAnyNumber,
                    .suffixes = {"mp4", "mkv"}});
  table.example("vs-try -j4 -o out 'my videos'", "all frames of a folder");
  table.section("Files", "Frames are read by \"h5py\". .Nothing here is a request.");
  table.see_also("vs-pick", 1);
  table.library("zlib", [] { return std::string("1.2"); });
  add_item_options(table);
  add_common_options(table);
  return table;
}

OptionTable sample_with_subcommands() {
  OptionTable table("vs-pick", "works on lists of videos");
  OptionTable& convert = table.subcommand("convert", "one format to another");
  convert.choice("to", "FORMAT", {"csv", "json"}, "format to write").required();
  convert.integer("seed", "N", "seed of all random choices").default_value("0");
  convert.positional({.metavar = "IN", .help = "what to read"});
  convert.positional({.metavar = "MORE", .help = "more of it", .min_count = 0, .max_count = Positional::kAnyNumber});
  convert.positional({.metavar = "OUT", .help = "what to write", .kind = Kind::kOutputPath});
  convert.example("vs-pick convert --to csv a.json a.csv", "one file");
  OptionTable& check = table.subcommand("check", "looks for mistakes");
  check.flag("deep", "opens every video");
  check.positional({.metavar = "IN", .help = "what to read", .min_count = 0, .max_count = 2});
  table.group("Shared");
  table.input_path("labels", "FILE", "names of the classes").dash();
  add_common_options(table);
  return table;
}

ParsedOptions parse(const OptionTable& table, const std::vector<std::string>& words,
                    const std::map<std::string, std::string>& variables) {
  const std::string program = "/usr/bin/" + table.program();
  std::vector<const char*> argv = {program.c_str()};
  for (const std::string& word : words) argv.push_back(word.c_str());
  const auto environment = [&](const char* name) -> const char* {
    const auto at = variables.find(name);
    return at == variables.end() ? nullptr : at->second.c_str();
  };
  return parse_command_line(table, static_cast<int>(argv.size()), argv.data(), environment);
}

std::string complaint(const OptionTable& table, const std::vector<std::string>& words,
                      const std::map<std::string, std::string>& variables) {
  try {
    parse(table, words, variables);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

ShellResult shell(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> buffer{};
  while (const size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), got);
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

bool has_tool(const std::string& name) { return shell("command -v " + name).code == 0; }

TemporaryFile::TemporaryFile(const std::string& suffix, const std::string& content) {
  std::string name = (std::filesystem::temp_directory_path() / "vs-cli-XXXXXX").string() + suffix;
  const int descriptor = ::mkstemps(name.data(), static_cast<int>(suffix.size()));
  if (descriptor >= 0) ::close(descriptor);
  path_ = name;
  std::ofstream(path_, std::ios::binary) << content;
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace vs::cli::test

TEST_CASE("the sample tables hold no contradiction") {
  CHECK_NOTHROW(vs::cli::test::sample_table().check());
  CHECK_NOTHROW(vs::cli::test::sample_with_subcommands().check());
}

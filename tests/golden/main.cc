// vs-golden FILE...: checks golden case files (.h5) and tables (.json), one line a case.
// Exit code 0: every case passes; 1: one fails, cannot be read, or has a kind that no checker knows; 2: no file named.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/nn/patient_threads.h"
#include "tests/golden/kinds.h"

namespace vs::golden {
namespace {

struct Tables {
  std::map<std::string, Checker> kinds;
  std::vector<TableKind> tables;
};

Tables all_kinds() {
  Tables all;
  for (KindTable& family : every_kind_table()) {
    for (auto& [name, checker] : family.kinds) all.kinds.emplace(name, std::move(checker));
    for (TableKind& table : family.tables) all.tables.push_back(std::move(table));
  }
  return all;
}

void demand_every_output(const Case& c, Report& report) {
  const std::set<std::string> compared(report.compared().begin(), report.compared().end());
  for (const auto& name : c.output_names())
    if (!compared.contains(name)) report.check(name + ": not compared", false);
}

/// Prints the line of a case; true if it passed.
bool print_line(const std::string& name, const Report& report) {
  const bool ok = report.failures().empty();
  fmt::print("{}  largest relative error {:.3g}  {}\n", name, report.largest_relative_error(), ok ? "pass" : "FAIL");
  constexpr size_t kShown = 20;
  for (size_t i = 0; i < std::min(kShown, report.failures().size()); ++i) fmt::print("    {}\n", report.failures()[i]);
  if (report.failures().size() > kShown) fmt::print("    and {} more\n", report.failures().size() - kShown);
  for (const auto& skipped : report.skips()) fmt::print("    skipped {}\n", skipped);
  std::fflush(stdout);
  return ok;
}

bool check_table(const Tables& all, const std::filesystem::path& path) {
  const nlohmann::json content = nlohmann::json::parse(read_file(path.string()));
  const auto table = std::find_if(all.tables.begin(), all.tables.end(), [&](const TableKind& kind) {
    return kind.is_own ? kind.is_own(content) : kind.file_name == path.filename().string();
  });
  if (table == all.tables.end()) {
    fmt::print("{}  kind not implemented\n", path.string());
    return false;
  }
  Report report;
  table->check(path.string(), report);
  return print_line(path.string(), report);
}

bool check_case(const Tables& all, const std::string& path) {
  const Case c(path);
  const auto checker = all.kinds.find(c.kind());
  if (checker == all.kinds.end()) {
    fmt::print("{}  {}: kind not implemented\n", path, c.kind());
    return false;
  }
  Report report(c);
  checker->second(c, report);
  demand_every_output(c, report);
  return print_line(path, report);
}

}  // namespace
}  // namespace vs::golden

int main(int argc, char** argv) {
  using namespace vs::golden;
  if (argc < 2) {
    fmt::print(stderr, "usage: vs-golden FILE.h5|TABLE.json...\n");
    return vs::kExitUsage;
  }
  const vs::nn::PatientThreads patient;  // tests run side by side
  const Tables all = all_kinds();
  int passed = 0, failed = 0;
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path(argv[i]);
    bool ok = false;
    try {
      ok = path.extension() == ".json" ? check_table(all, path) : check_case(all, path.string());
    } catch (const std::exception& e) {
      fmt::print("{}  FAIL\n    {}\n", path.string(), e.what());
    }
    ++(ok ? passed : failed);
  }
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed ? vs::kExitFailed : vs::kExitDone;
}

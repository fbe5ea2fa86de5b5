#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/nn/patient_threads.h"
#include "tests/golden/kinds.h"
#include "tests/golden/run.h"

namespace vs::golden {
namespace {

struct Kind {
  Checker check;
  bool networks;
};

struct Tables {
  std::map<std::string, Kind> kinds;
  std::vector<TableKind> tables;
};

Tables all_kinds() {
  Tables all;
  for (Family& family : every_family()) {
    for (auto& [name, checker] : family.table.kinds) all.kinds.emplace(name, Kind{std::move(checker), family.networks});
    for (TableKind& table : family.table.tables) all.tables.push_back(std::move(table));
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

bool check_case(const Tables& all, const std::string& path, const Place& place) {
  Case c(path);
  const auto kind = all.kinds.find(c.kind());
  if (kind == all.kinds.end()) {
    fmt::print("{}  {}: kind not implemented\n", path, c.kind());
    return false;
  }
  if (kind->second.networks) c.compute_at(place);
  Report report(c);
  kind->second.check(c, report);
  demand_every_output(c, report);
  return print_line(path, report);
}

}  // namespace

int check_files(const std::vector<std::string>& paths, const Place& place) {
  const nn::PatientThreads patient;  // tests run side by side
  const Tables all = all_kinds();
  int passed = 0, failed = 0;
  for (const std::filesystem::path path : paths) {
    bool ok = false;
    try {
      ok = path.extension() == ".json" ? check_table(all, path) : check_case(all, path.string(), place);
    } catch (const std::exception& e) {
      fmt::print("{}  FAIL\n    {}\n", path.string(), e.what());
    }
    ++(ok ? passed : failed);
  }
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed ? kExitFailed : kExitDone;
}

}  // namespace vs::golden

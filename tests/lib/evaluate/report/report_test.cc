#include "lib/evaluate/report/report.h"

#include "lib/nn/torch.h"

// After LibTorch, whose CHECK it replaces.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "lib/core/error.h"
#include "lib/core/sha256.h"
#include "lib/evaluate/report/cells.h"
#include "lib/evaluate/report/document.h"
#include "lib/evaluate/report/provenance.h"

namespace vs::evaluate {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

ReportRun run(const std::string& path, const std::string& recipe, double accuracy, double gflops = 0.5) {
  return {path, recipe, {{.name = "top1_acc", .value = accuracy}}, gflops, 0.002};
}

const Outline kOutline{"Title", "", {{"One", "", {{"a", "first"}, {"b", "second"}}}, {"Two", "", {{"c", "third"}}}}};

std::string sha256_of(const std::string& text) {
  return sha256_of_bytes({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

}  // namespace

TEST_CASE("report: runs of a recipe are a row, compared with the first; sections without runs are left out") {
  const auto sections = arrange_runs(kOutline, {run("a0", "a", 0.8), run("b0", "b", 0.5), run("a1", "a", 0.9)});
  REQUIRE(sections.size() == 1);
  REQUIRE(sections[0].rows.size() == 2);
  CHECK(sections[0].rows[0].runs.size() == 2);
  CHECK(sections[0].rows[0].metrics[0].mean == doctest::Approx(0.85));
  CHECK(sections[0].rows[1].first_less.value == doctest::Approx(0.35));
  // Variance 0.005 over two runs.
  CHECK(sections[0].rows[1].first_less.standard_error == doctest::Approx(0.05));
  const ReportTable table = table_of(sections[0]);
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0] == std::vector<std::string>{"first", "85.0 ± 7.1", "80.0, 90.0", "", "", "500", "2"});
  CHECK(table.rows[1] == std::vector<std::string>{"second", "50.0", "50.0", "+35.0", "7.0", "500", "2"});
  CHECK(table.head[table.time_column] == "ms a video");
}

TEST_CASE("report: runs from the same weights are compared in pairs") {
  std::vector<ReportRun> runs{run("a0", "a", 0.9), run("a1", "a", 0.5), run("b0", "b", 0.4), run("b1", "b", 0.8)};
  const char* const weights[] = {"x", "y", "y", "x"};
  for (size_t i = 0; i < runs.size(); ++i) runs[i].weights = {weights[i]};
  // 0.9 - 0.8 and 0.5 - 0.4.
  const auto paired = arrange_runs(kOutline, runs)[0].rows[1].first_less;
  CHECK(paired.value == doctest::Approx(0.1));
  CHECK(paired.standard_error == doctest::Approx(0).epsilon(1e-9));
  runs[3].weights = {"z"};
  CHECK(arrange_runs(kOutline, runs)[0].rows[1].first_less.standard_error > 0.2);
}

TEST_CASE("report: what no section names, and metrics that differ, are said") {
  CHECK_THROWS_WITH_AS(arrange_runs(kOutline, {run("x.h5", "x", 1)}),
                       "x.h5: no section of the outline names its recipe, x", DataError);
  ReportRun other = run("b.h5", "b", 1);
  other.metrics[0].name = "mean_average_precision";
  CHECK_THROWS_AS(arrange_runs(kOutline, {run("a.h5", "a", 1), other}), DataError);
}

TEST_CASE("report: costs that are not known are a dash and no point") {
  const auto sections = arrange_runs(kOutline, {run("c.h5", "c", 0.25, kUnknown)});
  CHECK(table_of(sections[0]).rows[0][5] == "-");
  CHECK(cost_chart(sections[0], false).empty());
  CHECK(cost_chart(sections[0], true).find("third") != std::string::npos);
}

TEST_CASE("report: names are text, never HTML or another cell") {
  Outline outline = kOutline;
  outline.title = "<b>";
  outline.sections[0].systems[0].name = "a|<script>";
  const Report report{outline.title, "", arrange_runs(outline, {run("a.h5", "a", 1)}), {}};
  const std::string html = html_report(report);
  CHECK(html.find("<script>") == std::string::npos);
  CHECK(html.find("<h1>&lt;b&gt;</h1>") != std::string::npos);
  CHECK(markdown_report(report).find("| a\\|\\<script> | 100.0 |") != std::string::npos);
}

TEST_CASE("report: many sources of a folder are one, with the hash that sha256sum gives of its list") {
  std::vector<jobs::TracedSource> sources;
  std::string lines;
  for (int i = 0; i < 9; ++i) {
    const std::string name = "v" + std::to_string(i) + ".mp4", hash(64, static_cast<char>('0' + i));
    sources.push_back({"videos/" + name, hash, 10});
    lines += hash + "  " + name + "\n";
  }
  sources.push_back({(std::filesystem::current_path() / "list.txt").string(), std::string(64, 'a'), 7});
  const auto groups = grouped_sources(sources);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].name == "list.txt");
  CHECK(groups[1].name == "videos/");
  CHECK(groups[1].num_files == 9);
  CHECK(groups[1].size == 90);
  CHECK(groups[1].sha256 == sha256_of(lines));
}

}  // namespace vs::evaluate

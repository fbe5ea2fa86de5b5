#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/text.h"
#include "lib/evaluate/report/cells.h"
#include "lib/evaluate/report/document.h"
#include "lib/evaluate/report/provenance.h"
#include "lib/plot/svg.h"

namespace vs::evaluate {
namespace {

using plot::escaped;

constexpr std::string_view kStyle =
    "body{font:16px/1.5 sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#222}\n"
    "h1,h2{line-height:1.2}h2{margin-top:2.5rem}\n"
    "table{border-collapse:collapse;font-size:14px;margin:1rem 0}\n"
    "th,td{border-bottom:1px solid #ccc;padding:.3rem .7rem;text-align:right;vertical-align:top}\n"
    "th:first-child,td:first-child{text-align:left}\n"
    "figure{display:inline-block;margin:0 0 1rem}svg{max-width:100%;height:auto}\n"
    "pre{background:#f5f5f5;padding:1rem;overflow-x:auto;font-size:13px;white-space:pre-wrap}\n"
    ".time,.source{color:#666}.source td{font-family:monospace;font-size:12px;word-break:break-all}\n";

std::string paragraphs(const std::string& text) {
  std::string out, paragraph;
  const auto end = [&] {
    if (!paragraph.empty()) out += fmt::format("<p>{}</p>\n", escaped(paragraph));
    paragraph.clear();
  };
  for (const auto line : split(text, '\n')) {
    if (trim(line).empty()) {
      end();
    } else {
      if (!paragraph.empty()) paragraph += ' ';
      paragraph += trim(line);
    }
  }
  end();
  return out;
}

std::string html_table(const ReportTable& table) {
  std::string out = "<table>\n<tr>";
  for (const auto& cell : table.head) out += fmt::format("<th>{}</th>", escaped(cell));
  out += "</tr>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (size_t c = 0; c < row.size(); ++c)
      out += fmt::format("<td{}>{}</td>", c == table.time_column ? " class=\"time\"" : "", escaped(row[c]));
    out += "</tr>\n";
  }
  return out + "</table>\n";
}

std::string figure(const std::string& svg, const char* attributes) {
  return svg.empty() ? std::string() : fmt::format("<figure{}>\n{}</figure>\n", attributes, svg);
}

std::string command_lines(const jobs::TracedCommand& command) {
  std::string line = shell_line(command.words);
  const std::string folder = relative_folder(command);
  if (!folder.empty()) line = fmt::format("(cd {} && {})", shell_quoted(folder), line);
  const std::string when = fmt::format(", {}, {}", command.start, human_duration(command.wall_s));
  return fmt::format("# {} {}<span class=\"time\">{}</span>\n{}\n", escaped(printable(command.tool)),
                     escaped(printable(command.version)), escaped(printable(when)), escaped(printable(line)));
}

std::string provenance(const jobs::Trace& trace) {
  std::string out = "<h2>How it was made</h2>\n";
  for (const auto& path : trace.unexplained)
    out += fmt::format("<p>{} has no manifest: how it was made is not known.</p>\n", escaped(printable(path)));
  if (!trace.differences.empty()) {
    out += "<p>Not as the manifests say:</p>\n<ul>\n";
    for (const auto& difference : trace.differences)
      out += fmt::format("<li>{}</li>\n", escaped(printable(difference)));
    out += "</ul>\n";
  }
  if (!trace.commands.empty()) {
    out += "<p>These commands, in this order:</p>\n<pre>\n";
    for (const auto& command : trace.commands) out += command_lines(command);
    out += "</pre>\n";
  }
  if (!trace.sources.empty()) {
    out +=
        "<p>From these files. The hash of several is that of the lines &quot;SHA-256  NAME&quot; of all, sorted by "
        "name.</p>\n<table class=\"source\">\n<tr><th>source</th><th>files</th><th>bytes</th><th>SHA-256</th></tr>\n";
    for (const auto& group : grouped_sources(trace.sources))
      out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", escaped(printable(group.name)),
                         group.num_files, group.size, group.sha256);
    out += "</table>\n";
  }
  return out;
}

}  // namespace

std::string html_report(const Report& report) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta "
      "charset=\"utf-8\">\n<title>{0}</title>\n<style>\n{1}</style>\n"
      "</head>\n<body>\n<h1>{0}</h1>\n{2}",
      escaped(report.title), kStyle, paragraphs(report.text));
  for (const auto& section : report.sections) {
    out += fmt::format("<h2>{}</h2>\n{}", escaped(section.title), paragraphs(section.text));
    out += html_table(table_of(section));
    out += figure(cost_chart(section, false), "");
    out += figure(cost_chart(section, true), " class=\"time\"");
  }
  return out + provenance(report.trace) + "</body>\n</html>\n";
}

}  // namespace vs::evaluate

// A report as a document: HTML that needs no other file, or Markdown.
#pragma once

#include <string>

#include "lib/evaluate/report/report.h"

namespace vs::evaluate {

/// One page of HTML with tables, charts (SVG inside) and how everything was made.
///
/// Two reports of the same commands are equal but for elements of class "time": cells, spans and figures, each with its
/// end tag before the next one begins.
std::string html_report(const Report& report);

/// The headings, texts and tables as Markdown, without times.
std::string markdown_report(const Report& report);

}  // namespace vs::evaluate

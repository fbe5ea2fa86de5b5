// What a report has to tell: headings, texts, and the names of systems (`vs.outline/1`).
#pragma once

#include <string>
#include <vector>

namespace vs::evaluate {

/// A row of a section's table: all score files whose recipe has this name.
struct OutlineSystem {
  std::string recipe;
  std::string name;  ///< what people call it
};

/// One table with its charts. The first system is the one that the others are compared with.
struct OutlineSection {
  std::string title;
  std::string text = {};  ///< paragraphs, with an empty line between two
  std::vector<OutlineSystem> systems;
};

struct Outline {
  std::string title;
  std::string text = {};
  std::vector<OutlineSection> sections;
};

/// Reads and checks a document. Throws DataError, also for a recipe that stands twice in one section.
Outline read_outline(const std::string& path);

/// The outline of files that nothing is known of but their recipes' names: one section, a system for each name in the
/// order of the files.
Outline plain_outline(const std::string& title, const std::vector<std::string>& recipes);

}  // namespace vs::evaluate

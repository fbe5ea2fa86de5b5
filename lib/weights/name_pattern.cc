#include "lib/weights/name_pattern.h"

#include <algorithm>

#include "lib/core/error.h"

namespace vs::weights {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

NamePattern::NamePattern(std::string_view text, const NameTables& tables) : text_(text) {
  constexpr std::string_view kRestMark = "...";
  while (!text.empty()) {
    const size_t open = text.find('{');
    if (open != 0) {
      parts_.push_back({Piece::kText, std::string(text.substr(0, open)), {}});
      text.remove_prefix(std::min(open, text.size()));
      continue;
    }
    const size_t close = text.find('}');
    if (close == std::string_view::npos || close == 1) throw DataError(text_, "a placeholder is malformed");
    std::string_view name = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    Part part{Piece::kNumber, {}, {}};
    const size_t colon = name.find(':');
    if (name.starts_with('=')) {
      part.piece = Piece::kParameter;
      name.remove_prefix(1);
    } else if (name.ends_with(kRestMark)) {
      part.piece = Piece::kRest;
      name.remove_suffix(kRestMark.size());
    } else if (colon != std::string_view::npos) {
      const auto table = tables.find(std::string(name.substr(colon + 1)));
      if (table == tables.end()) throw DataError(text_, "no table is called " + std::string(name.substr(colon + 1)));
      part.piece = Piece::kTable;
      part.table = table->second;
      name = name.substr(0, colon);
    }
    if (name.empty()) throw DataError(text_, "a placeholder has no name");
    part.text = name;
    parts_.push_back(std::move(part));
  }
}

std::optional<NameCaptures> NamePattern::match(std::string_view name, const NameCaptures& parameters) const {
  NameCaptures captures = parameters;
  for (const Part& part : parts_) {
    std::string_view taken;
    switch (part.piece) {
      case Piece::kText:
        if (!name.starts_with(part.text)) return std::nullopt;
        name.remove_prefix(part.text.size());
        continue;
      case Piece::kParameter: {
        const auto value = parameters.find(part.text);
        if (value == parameters.end() || !name.starts_with(value->second)) return std::nullopt;
        name.remove_prefix(value->second.size());
        continue;
      }
      case Piece::kRest:
        taken = name;
        break;
      default: {
        const auto end = std::find_if_not(name.begin(), name.end(), is_digit);
        taken = name.substr(0, static_cast<size_t>(end - name.begin()));
      }
    }
    if (taken.empty()) return std::nullopt;
    name.remove_prefix(taken.size());
    captures[part.text] = taken;
    if (part.piece == Piece::kTable) {
      const auto value = part.table.find(std::string(taken));
      if (value == part.table.end()) return std::nullopt;
      captures[part.text] = value->second;
    }
  }
  if (!name.empty()) return std::nullopt;
  return captures;
}

std::string NamePattern::fill(const NameCaptures& captures) const {
  std::string filled;
  for (const Part& part : parts_) {
    if (part.piece == Piece::kText) {
      filled += part.text;
      continue;
    }
    const auto value = captures.find(part.text);
    if (value == captures.end()) throw DataError(text_, "{" + part.text + "} stands for nothing");
    filled += value->second;
  }
  return filled;
}

}  // namespace vs::weights

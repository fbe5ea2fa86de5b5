#include "lib/annot/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "lib/core/text.h"

namespace vs::annot {
namespace {

struct CodeText {
  ProblemCode code;
  const char* name;
  const char* finding;
};

constexpr CodeText kCodes[] = {
    {ProblemCode::kMissingField, "missing_field", "fewer fields than needed"},
    {ProblemCode::kMissingLabel, "missing_label", "no label although other lines have one"},
    {ProblemCode::kExtraField, "extra_field", "more fields than the format has"},
    {ProblemCode::kNotAnInteger, "not_an_integer", "not an integer"},
    {ProblemCode::kNotPositive, "not_positive", "a frame count below 1"},
    {ProblemCode::kNegativeOffset, "negative_offset", "an offset below 0"},
    {ProblemCode::kLabelOutOfRange, "label_out_of_range", "label out of range"},
    {ProblemCode::kUnknownLabel, "unknown_label", "unknown label"},
    {ProblemCode::kNotANumber, "not_a_number", "not a decimal number"},
    {ProblemCode::kBadUtf8, "bad_utf8", "not UTF-8"},
    {ProblemCode::kControlCharacter, "control_character", "a control character"},
    {ProblemCode::kNoRecords, "no_records", "no records"},
    {ProblemCode::kBadJson, "bad_json", "not JSON"},
    {ProblemCode::kBadJsonType, "bad_json_type", "a JSON value of another type"},
    {ProblemCode::kMissingKey, "missing_key", "a key is missing"},
    {ProblemCode::kBadCsv, "bad_csv", "a quote that does not end"},
    {ProblemCode::kBadSegment, "bad_segment", "a segment outside its video or with its end not after its start"},
};

const CodeText& entry(ProblemCode code) {
  for (const CodeText& text : kCodes) {
    if (text.code == code) return text;
  }
  throw std::logic_error("problem code without a text");
}

constexpr size_t kLongestFound = 80;

std::string finding_of(const Problem& problem) {
  std::string text = entry(problem.code).finding;
  if (!problem.record.empty()) text = fmt::format("record {}: {}", printable(problem.record), text);
  if (!problem.found.empty()) text += fmt::format(": \"{}\"", problem.found);
  return text;
}

std::string hint_of(const Problem& problem) {
  // What a JSON parser says is a finding in its own words.
  if (problem.expected.empty() || problem.code == ProblemCode::kBadJson) return problem.expected;
  return "expected " + problem.expected;
}

const Problem& first_of(const std::vector<Problem>& problems) {
  if (problems.empty()) throw std::logic_error("AnnotationErrors without a problem");
  return problems.front();
}

}  // namespace

std::string_view name_of(ProblemCode code) { return entry(code).name; }

std::string Problem::place() const {
  if (line <= 0) return file;
  if (column <= 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

std::string Problem::text() const {
  const std::string hint = hint_of(*this);
  return fmt::format("{}: {}{}", place(), finding_of(*this), hint.empty() ? "" : " (" + hint + ")");
}

void ProblemList::add(ProblemCode code, int64_t line, int64_t column, std::string_view found, std::string_view expected,
                      std::string record) {
  Problem problem;
  problem.file = file_;
  problem.line = line;
  problem.column = column;
  problem.record = std::move(record);
  problem.code = code;
  problem.found = printable(found.substr(0, kLongestFound)) + (found.size() > kLongestFound ? "..." : "");
  problem.expected = expected;
  problems_.push_back(std::move(problem));
}

void ProblemList::append(const ProblemList& other) {
  problems_.insert(problems_.end(), other.problems_.begin(), other.problems_.end());
}

void ProblemList::throw_if_any() const {
  if (problems_.empty()) return;
  std::vector<Problem> sorted = problems_;
  // Files stay in the order they were read in: only problems of one file are put in line order.
  auto begin = sorted.begin();
  while (begin != sorted.end()) {
    const auto end = std::find_if(begin, sorted.end(), [&](const Problem& p) { return p.file != begin->file; });
    std::stable_sort(begin, end, [](const Problem& a, const Problem& b) { return a.line < b.line; });
    begin = end;
  }
  throw AnnotationErrors(std::move(sorted));
}

AnnotationErrors::AnnotationErrors(std::vector<Problem> problems)
    : DataError(first_of(problems).place(), finding_of(problems.front()), hint_of(problems.front())),
      problems_(std::move(problems)) {
  for (size_t i = 1; i < problems_.size(); ++i) add_context(problems_[i].text());
}

}  // namespace vs::annot

// What is wrong with an annotation file: every bad line, its place, a code, what was found and what was expected.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/error.h"

namespace vs::annot {

/// Why a line or record is bad. The names are part of the JSON that `vs-annot check --json` writes.
enum class ProblemCode {
  kMissingField,      ///< fewer fields than the format needs
  kMissingLabel,      ///< no label although other lines have one
  kExtraField,        ///< more fields than the format has (a path with blanks?)
  kNotAnInteger,      ///< only ASCII digits, optionally after '-', make an integer
  kNotPositive,       ///< a frame count below 1
  kNegativeOffset,    ///< an offset below 0
  kLabelOutOfRange,   ///< a label below 0, not below num_classes, or too large for 32 bits
  kUnknownLabel,      ///< a label name that the classes do not have
  kNotANumber,        ///< not a decimal number
  kBadUtf8,           ///< the line is not UTF-8
  kControlCharacter,  ///< a NUL or another control character other than tab
  kNoRecords,         ///< no line with a record
  kBadJson,           ///< not JSON
  kBadJsonType,       ///< a JSON value of another type than needed
  kMissingKey,        ///< a JSON object without a needed key
  kBadCsv,            ///< an unterminated quote
  kBadSegment,        ///< a segment whose end is not after its start, or outside the video
};

/// "missing_field", "bad_utf8", ...
std::string_view name_of(ProblemCode code);

/// One bad line or record.
struct Problem {
  std::string file;
  int64_t line = 0;    ///< 1-based; 0: the whole file
  int64_t column = 0;  ///< 1-based, in characters; 0: the whole line
  std::string record;  ///< JSON: 0-based number or key of the record; empty elsewhere
  ProblemCode code = ProblemCode::kNoRecords;
  std::string found;     ///< the text found, may be empty
  std::string expected;  ///< what should stand there

  /// "file:line:column", as far as known.
  std::string place() const;
  /// "train.txt:2:5: not an integer: \"12x\" (expected the number of frames)"
  std::string text() const;
};

/// Gathers the problems of one file.
class ProblemList {
 public:
  explicit ProblemList(std::string file) : file_(std::move(file)) {}

  void add(ProblemCode code, int64_t line, int64_t column, std::string_view found, std::string_view expected,
           std::string record = {});
  bool empty() const { return problems_.empty(); }
  const std::string& file() const { return file_; }
  const std::vector<Problem>& problems() const { return problems_; }
  /// Appends another file's problems.
  void append(const ProblemList& other);
  /// Throws AnnotationErrors with all problems, sorted by line, if there is one.
  void throw_if_any() const;

 private:
  std::string file_;
  std::vector<Problem> problems_;
};

/// A file that gives no records because of one or more bad lines. what() has one line a problem.
class AnnotationErrors : public DataError {
 public:
  explicit AnnotationErrors(std::vector<Problem> problems);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

}  // namespace vs::annot

// JSON documents: read with limits, checked against schemas, written whole and in one form.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace vs::store {

/// A JSON value whose keys keep their order. Looking up a key takes time in the number of keys: walk large objects with
/// items().
using Json = nlohmann::ordered_json;

/// What a JSON text may hold at most; foreign files are hostile.
struct JsonLimits {
  uint64_t max_bytes = uint64_t{1} << 30;
  uint64_t max_values = uint64_t{1} << 27;  ///< values and keys in the whole text
  int max_depth = 64;
  bool allow_repeated_keys = false;  ///< true: the last one counts, as in Python's reader; false: an error
};

/// The text of a JSON document with the name it has in messages.
class JsonText {
 public:
  JsonText(std::string name, std::string text);
  /// Reads a file, or standard input for "-". Throws DataError if it cannot be read or is larger than the limit.
  static JsonText read(const std::string& path, const JsonLimits& limits = {});

  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }

  /// "name:line:column" (from 1, columns in bytes) of a byte of the text.
  std::string place_of_byte(uint64_t offset) const;
  /// "name:line:column" of the value at a JSON pointer (RFC 6901, "" is the document), or of a member's key.
  /// The nearest enclosing value if there is none. The text must have been parsed without error.
  std::string place_of_value(std::string_view pointer) const;
  std::string place_of_key(std::string_view pointer) const;

 private:
  std::string name_, text_;
};

/// Parses strict JSON (UTF-8, a byte order mark is skipped, no comments). Throws DataError "name:line:column: what" on
/// a syntax error, a number that does not fit, a repeated key, or a limit that is passed.
Json parse_json(const JsonText& text, const JsonLimits& limits = {});
/// Reads and parses a file.
Json read_json(const std::string& path, const JsonLimits& limits = {});

/// The document as vs writes it: two-space indent, lists and objects of few plain values on one line, UTF-8, final line
/// feed. Throws std::logic_error on a number that is not finite or text that is not UTF-8: our writers check before.
std::string json_document(const Json& value);
/// One line without line feed, for streams of objects and logs.
std::string json_line(const Json& value);
/// Writes json_document() under its name at once; a file that holds the same bytes keeps its mtime.
void write_json(const std::string& path, const Json& value);
/// The text with every byte that is not UTF-8 replaced by U+FFFD: file names may hold any bytes, JSON may not.
std::string utf8_or_replaced(std::string_view bytes);
/// The text itself if it is UTF-8, else with bad bytes and controls as \xHH: names that differ stay different.
std::string utf8_or_escaped(std::string_view bytes);

/// Throws DataError unless `document` is an object whose "schema" is `name`/N with 1 <= N <= `version` ("vs.manifest",
/// 1). A higher number says that a newer vs is needed. `text` gives places to messages; it may be null, then `name`
/// stands there.
void check_schema_number(const Json& document, std::string_view name, int version, const JsonText* text = nullptr);

/// Checks a document against share/schemas/`kind`.schema.json (draft 7). Throws DataError with the place and finding of
/// the innermost fault; an unknown key names the nearest known one.
void validate_json(const Json& document, const std::string& kind, const JsonText* text = nullptr);

/// Reads a document of vs: parses, checks the schema number of "vs.`kind`/`version`" and validates it.
Json read_document(const std::string& path, const std::string& kind, int version, const JsonLimits& limits = {});
/// Validates and writes a document of vs. Throws std::logic_error if it does not fit its own schema: that is our fault.
void write_document(const std::string& path, const std::string& kind, const Json& document);

/// RFC 7386 merge: members of `patch` replace those of `target`, null removes.
void merge_json(Json& target, const Json& patch);
/// Applies `--set a.b=VALUE`. VALUE is JSON, or a bare text if it is not. Numbers in the path index lists.
/// Throws UsageError if "=" is missing or the path does not exist in `document`, naming the nearest key.
void set_json_value(Json& document, std::string_view assignment);

}  // namespace vs::store

// Walking foreign JSON record by record, with a problem for each record that is not as it should be.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/annot/annotation.h"
#include "lib/annot/problem.h"
#include "lib/store/json.h"

namespace vs::annot {

/// One JSON document of records. Positions are looked up for the first problems only: each costs a walk through the
/// text.
class JsonRecords {
 public:
  /// Parses; on bytes that are not UTF-8 (kBadUtf8, each line) or not JSON (kBadJson) the document is absent.
  JsonRecords(std::string_view bytes, ProblemList& problems);

  /// The document; null if it could not be read.
  const store::Json* document() const { return document_ ? &*document_ : nullptr; }
  /// The document if it is a list with records, else null and a problem (kBadJsonType, kNoRecords).
  const store::Json* list();

  /// Adds a problem of one record; `pointer` (RFC 6901) says where in the document.
  void add(ProblemCode code, const std::string& record, const std::string& pointer, std::string_view found,
           std::string_view expected);

  /// A member of a record that is an object; null and a problem if it is not there (kMissingKey).
  const store::Json* member(const store::Json& object, const std::string& key, const std::string& record,
                            const std::string& pointer);
  /// A text that is not empty and has no control characters.
  std::optional<std::string> text(const store::Json& value, const std::string& record, const std::string& pointer,
                                  std::string_view expected);
  /// One class index below num_classes (0: not checked).
  std::optional<int32_t> label(const store::Json& value, int64_t num_classes, const std::string& record,
                               const std::string& pointer);

 private:
  ProblemList* problems_;
  store::JsonText text_;
  std::optional<store::Json> document_;
  int places_ = 0;
};

/// Members of `object` other than those in `known`, as extras of `format`.
void keep_extras(const store::Json& object, Format format, std::initializer_list<std::string_view> known,
                 std::vector<Extra>& extras);
/// Puts the extras of `format` into `object`. Keys that are there stay as they are.
void put_extras(store::Json& object, Format format, const std::vector<Extra>& extras);

/// The texts of an extra that holds a list of them; other values are left out.
std::set<std::string> text_list(const Extra& extra);
/// The value of an extra that is a text; empty if it is none or `extra` is null.
std::string text_of(const Extra* extra);

/// One step of a JSON pointer: "/" and the key, "~" and "/" escaped.
std::string pointer_step(std::string_view key);

}  // namespace vs::annot

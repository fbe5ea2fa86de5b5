// Checks of documents against share/schemas. The only file that includes valijson, which takes long to compile.
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/json.h"
#include "lib/store/share_folder.h"

namespace vs::store {
namespace {

nlohmann::json load_schema(const std::string& kind) {
  const std::string path = find_share("schemas/" + kind + ".schema.json");
  return nlohmann::json(read_json(path));
}

std::string escaped(const std::string& key) {
  std::string out;
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

/// "/a/0/b" as ".a[0].b" would be for a programmer; for people: "a.0.b".
std::string words_of(const std::string& pointer) {
  std::string words = pointer.empty() ? "the document" : pointer.substr(1);
  for (char& c : words) {
    if (c == '/') c = '.';
  }
  return words;
}

std::string place_of(const std::string& pointer, bool key, const std::string& kind, const JsonText* text) {
  if (!text) return kind + " document, " + words_of(pointer);
  return key ? text->place_of_key(pointer) : text->place_of_value(pointer);
}

/// Looks for members that the schema does not allow; valijson says that there is one, but not which was meant.
void check_keys(const nlohmann::json& root, const nlohmann::json* schema, const Json& value, const std::string& pointer,
                const std::string& kind, const JsonText* text) {
  if (schema->is_object() && schema->contains("$ref")) {
    const std::string reference = schema->at("$ref").get<std::string>();
    schema = &root.at(nlohmann::json::json_pointer(reference.substr(1)));
  }
  if (!schema->is_object()) return;
  if (value.is_array() && schema->contains("items")) {
    for (size_t i = 0; i < value.size(); ++i)
      check_keys(root, &schema->at("items"), value[i], pointer + "/" + std::to_string(i), kind, text);
    return;
  }
  if (!value.is_object() || !schema->contains("properties")) return;
  const auto& properties = schema->at("properties");
  const auto rest = schema->find("additionalProperties");
  for (const auto& member : value.items()) {
    const std::string below = pointer + "/" + escaped(member.key());
    if (properties.contains(member.key())) {
      check_keys(root, &properties.at(member.key()), member.value(), below, kind, text);
    } else if (rest != schema->end() && rest->is_object()) {
      check_keys(root, &*rest, member.value(), below, kind, text);
    } else if (rest != schema->end() && *rest == false) {
      std::vector<std::string> known;
      for (const auto& property : properties.items()) known.push_back(property.key());
      const auto nearest = nearest_word(member.key(), known);
      throw DataError(place_of(below, true, kind, text),
                      "key \"" + printable(member.key().substr(0, 80)) + "\" unknown" +
                          (nearest ? ", nearest is \"" + *nearest + "\"" : ""),
                      nearest ? "" : "known are " + join(known, ", "));
    }
  }
}

/// valijson's context is "<root>", "[key]", "[3]".
std::string pointer_of(const std::vector<std::string>& context) {
  std::string pointer;
  for (size_t i = 1; i < context.size(); ++i) pointer += "/" + escaped(context[i].substr(1, context[i].size() - 2));
  return pointer;
}

}  // namespace

void validate_json(const Json& document, const std::string& kind, const JsonText* text) {
  const nlohmann::json definition = load_schema(kind);
  check_keys(definition, &definition, document, "", kind, text);
  valijson::Schema schema;
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  try {
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(definition), schema);
  } catch (const std::exception& failure) {
    throw std::logic_error("schema " + kind + " is malformed: " + failure.what());
  }
  valijson::Validator validator;
  valijson::ValidationResults results;
  const nlohmann::json plain(document);
  if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(plain), &results)) return;
  // Innermost first: that one names the value that is wrong, the others what it is part of.
  valijson::ValidationResults::Error error;
  if (!results.popError(error)) throw DataError(place_of("", false, kind, text), "does not fit its schema");
  std::string words = error.description;
  if (!words.empty() && words[0] >= 'A' && words[0] <= 'Z') words[0] = static_cast<char>(words[0] - 'A' + 'a');
  while (!words.empty() && words.back() == '.') words.pop_back();
  const std::string pointer = pointer_of(error.context);
  throw DataError(place_of(pointer, false, kind, text), words_of(pointer) + ": " + printable(words));
}

Json read_document(const std::string& path, const std::string& kind, int version, const JsonLimits& limits) {
  const JsonText text = JsonText::read(path, limits);
  Json document = parse_json(text, limits);
  check_schema_number(document, "vs." + kind, version, &text);
  validate_json(document, kind, &text);
  return document;
}

void write_document(const std::string& path, const std::string& kind, const Json& document) {
  try {
    validate_json(document, kind);
  } catch (const DataError& error) {
    throw std::logic_error(std::string("a document of ours does not fit its schema: ") + error.what());
  }
  write_json(path, document);
}

}  // namespace vs::store

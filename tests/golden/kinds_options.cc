// Golden table cfg_options.json: the reference's KEY=VALUE options, read and laid over a configuration.
#include <fmt/format.h>

#include <exception>
#include <functional>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/store/config_options.h"
#include "tests/golden/kinds.h"

namespace vs::golden {
namespace {

using Json = nlohmann::ordered_json;

/// Compares without regard to the order of keys.
bool same(const Json& got, const Json& want) { return nlohmann::json(got) == nlohmann::json(want); }

/// `outcome` is {"value": ...} or {"error": ...}; of an error only that there is one is compared.
void check_outcome(const std::string& what, const Json& outcome, const std::function<Json()>& compute, Report& report) {
  Json got;
  bool failed = false;
  std::string message;
  try {
    got = compute();
  } catch (const Error& error) {
    failed = true;
    message = error.what();
  }
  if (outcome.contains("error")) {
    report.check(what + ": refused", failed);
  } else if (failed) {
    report.check(fmt::format("{}: {}", what, message), false);
  } else {
    report.check(fmt::format("{}: got {}, want {}", what, got.dump(), outcome.at("value").dump()),
                 same(got, outcome.at("value")));
  }
}

void check_options(const std::string& path, Report& report) {
  const Json table = Json::parse(read_file(path));
  for (const Json& entry : table.at("values")) {
    const auto arguments = entry.at("arguments").get<std::vector<std::string>>();
    const std::string what = entry.at("arguments").dump();
    const auto parsed = [&](store::ConfigDialect dialect) {
      return [&arguments, dialect] { return store::parse_config_options(arguments, dialect); };
    };
    check_outcome(what, entry.at("mmcv"), parsed(store::ConfigDialect::kMmcv), report);
    check_outcome(what + " (mmengine)", entry.contains("mmengine") ? entry.at("mmengine") : entry.at("mmcv"),
                  parsed(store::ConfigDialect::kMmengine), report);
  }
  for (const Json& entry : table.at("merge")) {
    check_outcome(
        "merge " + entry.at("options").dump(), entry.at("mmcv"),
        [&] { return store::merge_config_options(table.at("base"), entry.at("options")); }, report);
  }
}

}  // namespace

KindTable options_kinds() { return {{}, {{"cfg_options.json", check_options}}}; }

}  // namespace vs::golden

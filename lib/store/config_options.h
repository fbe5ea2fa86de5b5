// The options syntax of mmcv and mmengine, KEY=VALUE with dotted keys, for people who bring their command lines along.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace vs::store {

/// Whose reading of a value: they differ in `None`.
enum class ConfigDialect {
  kMmcv,      ///< mmcv 1.x: `None` is a text
  kMmengine,  ///< mmengine: `None` is null
};

/// One value: quotes at both ends and all blanks are taken off; brackets or a comma make a list, parentheses a tuple,
/// nested; else an integer, a number, true or false in any case, else text.
///
/// JSON has no tuples and no special numbers: a tuple is {"tuple": [...]}, "nan", "inf" and "-inf" are {"float":
/// "nan"}. Throws UsageError for unbalanced brackets and integers beyond 64 bits. Source: DictAction of mmcv 1.3.9 and
/// mmengine 0.10.7, read and compared.
nlohmann::ordered_json parse_config_value(std::string_view text, ConfigDialect dialect = ConfigDialect::kMmcv);

/// Arguments KEY=VALUE, cut at the first `=`; a key given twice: the last one counts. Throws UsageError without `=`.
nlohmann::ordered_json parse_config_options(const std::vector<std::string>& arguments,
                                            ConfigDialect dialect = ConfigDialect::kMmcv);

/// Lays options over a configuration as the reference does: keys are cut at dots, objects are merged, a number as key
/// is the index of a list, an unknown key is added, `_delete_: true` in an object replaces instead of merging. Throws
/// DataError for an index behind the end of a list, an object laid over a plain value, a plain value as an element.
nlohmann::ordered_json merge_config_options(const nlohmann::ordered_json& base, const nlohmann::ordered_json& options);

}  // namespace vs::store

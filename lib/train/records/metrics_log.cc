#include "lib/train/records/metrics_log.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/store/json.h"

namespace vs::train {
namespace {

using store::Json;

constexpr const char* kSchema = "vs.training_log";
constexpr int kSchemaNumber = 1;
constexpr const char* kTrain = "train";
constexpr const char* kValidation = "val";

std::string header_line() {
  return store::json_line({{"schema", fmt::format("{}/{}", kSchema, kSchemaNumber)}}) + "\n";
}

Json json_of(double number) { return std::isfinite(number) ? Json(number) : Json(nullptr); }

Json json_of(const NamedNumbers& numbers) {
  Json object = Json::object();
  for (const auto& [name, number] : numbers) object[name] = json_of(number);
  return object;
}

/// Reads one line; every fault names it.
class LineReader {
 public:
  LineReader(std::string_view line, std::string place) : place_(std::move(place)) {
    try {
      object_ = store::parse_json(store::JsonText(place_, std::string(line)));
    } catch (const DataError& error) {
      throw DataError(place_, error.finding());
    }
    if (!object_.is_object()) bad("is no JSON object");
  }

  void check_header() const {
    try {
      store::check_schema_number(object_, kSchema, kSchemaNumber);
    } catch (const DataError& error) {
      throw DataError(place_, error.finding(), error.hint());
    }
  }

  LogRecord record() const {
    LogRecord record;
    const std::string mode = text("mode");
    if (mode != kTrain && mode != kValidation) bad("its mode \"" + printable(mode) + "\" is none of train, val");
    record.mode = mode == kTrain ? LogRecord::Mode::kTrain : LogRecord::Mode::kValidation;
    record.epoch = count("epoch");
    record.iteration = count("iteration");
    record.losses = numbers("losses");
    record.metrics = numbers("metrics");
    const auto rate = object_.find("learning_rate");
    if (rate != object_.end() && !rate->is_object()) {
      record.learning_rates = {{"", number("learning_rate", *rate)}};
    } else {
      record.learning_rates = numbers("learning_rate");
    }
    record.time = number("time", value("time"));
    record.data_time = number("data_time", value("data_time"));
    record.memory = static_cast<uint64_t>(count("memory"));
    return record;
  }

 private:
  [[noreturn]] void bad(const std::string& finding) const { throw DataError(place_, finding); }

  const Json& value(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) bad(std::string("has no ") + key);
    return *found;
  }

  std::string text(const char* key) const {
    const Json& found = value(key);
    if (!found.is_string()) bad(std::string("its ") + key + " is no text");
    return found.get<std::string>();
  }

  int64_t count(const char* key) const {
    const Json& found = value(key);
    if (!found.is_number_integer() || found.get<int64_t>() < 0) bad(std::string("its ") + key + " is no count");
    return found.get<int64_t>();
  }

  double number(const std::string& name, const Json& found) const {
    if (found.is_null()) return std::numeric_limits<double>::quiet_NaN();
    if (!found.is_number()) bad("its " + printable(name) + " is no number");
    return found.get<double>();
  }

  NamedNumbers numbers(const char* key) const {
    NamedNumbers list;
    const auto found = object_.find(key);
    if (found == object_.end()) return list;
    if (!found->is_object()) bad(std::string("its ") + key + " is no JSON object");
    for (const auto& member : found->items()) list.emplace_back(member.key(), number(member.key(), member.value()));
    return list;
  }

  std::string place_;
  Json object_;
};

/// The text up to and with its last line feed.
std::string_view whole_lines(std::string_view text) { return text.substr(0, text.rfind('\n') + 1); }

/// Calls visit(record, bytes of the text up to the record's line, with it) until it says false.
template <class Visit>
void for_each_record(std::string_view text, const std::string& name, Visit visit) {
  size_t begin = 0, number = 1;
  for (size_t end = 0; (end = text.find('\n', begin)) != std::string_view::npos; begin = end + 1, ++number) {
    const LineReader line(text.substr(begin, end - begin), fmt::format("{}:{}", name, number));
    if (number == 1) {
      line.check_header();
    } else if (!visit(line.record(), end + 1)) {
      return;
    }
  }
}

}  // namespace

std::string log_line(const LogRecord& record) {
  Json object{{"mode", record.mode == LogRecord::Mode::kTrain ? kTrain : kValidation},
              {"epoch", record.epoch},
              {"iteration", record.iteration}};
  if (!record.losses.empty()) object["losses"] = json_of(record.losses);
  if (!record.metrics.empty()) object["metrics"] = json_of(record.metrics);
  const NamedNumbers& rates = record.learning_rates;
  if (rates.size() == 1 && rates[0].first.empty()) {
    object["learning_rate"] = json_of(rates[0].second);
  } else if (!rates.empty()) {
    object["learning_rate"] = json_of(rates);
  }
  object["time"] = json_of(record.time);
  object["data_time"] = json_of(record.data_time);
  object["memory"] = record.memory;
  return store::json_line(object);
}

std::vector<LogRecord> parse_metrics_log(std::string_view text, const std::string& name) {
  std::vector<LogRecord> records;
  for_each_record(whole_lines(text), name, [&](LogRecord record, size_t) {
    records.push_back(std::move(record));
    return true;
  });
  return records;
}

std::vector<LogRecord> read_metrics_log(const std::string& path) { return parse_metrics_log(read_file(path), path); }

MetricsLog::MetricsLog(const std::string& path)
    : path_(path), file_(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)) {
  if (!file_.is_open()) throw RunError(path_, std::string("cannot be written: ") + std::strerror(errno));
}

MetricsLog MetricsLog::start(const std::string& path) {
  write_file_atomically(path, header_line());
  return MetricsLog(path);
}

MetricsLog MetricsLog::resume(const std::string& path, int64_t iteration, bool validated) {
  std::error_code code;
  if (!std::filesystem::exists(path, code)) return start(path);
  const std::string text = read_file(path);
  size_t kept = text.find('\n') + 1;
  for_each_record(whole_lines(text), path, [&](const LogRecord& record, size_t end) {
    const bool again = record.mode == LogRecord::Mode::kValidation && record.iteration == iteration && !validated;
    if (record.iteration > iteration || again) return false;
    kept = end;
    return true;
  });
  if (kept == 0) return start(path);
  write_file_atomically(path, std::string_view(text).substr(0, kept));
  return MetricsLog(path);
}

void MetricsLog::append(const LogRecord& record) {
  const std::string line = log_line(record) + "\n";
  write_all(file_.get(), {reinterpret_cast<const uint8_t*>(line.data()), line.size()}, path_);
}

}  // namespace vs::train

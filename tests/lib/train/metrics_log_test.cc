#include "lib/train/records/metrics_log.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/store/json.h"
#include "tests/lib/nn/refusal.h"
#include "tests/support/scratch.h"

using namespace vs;
using namespace vs::train;
using vs::nn::testing::is_refused;

namespace {

constexpr const char* kHeader = "{\"schema\": \"vs.training_log/1\"}\n";

LogRecord train_record(int64_t iteration) {
  return {.epoch = 1,
          .iteration = iteration,
          .losses = {{"loss_cls", 0.1 + 0.2}, {"top1_acc", 0.25}, {"loss", 1.0 / 3}},
          .learning_rates = {{"", 0.01}},
          .time = 0.5,
          .data_time = 1e-300,
          .memory = uint64_t{1} << 40U};
}

LogRecord validation_record(int64_t iteration) {
  LogRecord record{.mode = LogRecord::Mode::kValidation, .epoch = 2, .iteration = iteration};
  record.metrics = {{"top1_acc", 0.5}, {"mean_class_accuracy", std::nextafter(0.5, 1)}};
  return record;
}

std::vector<int64_t> iterations_of(const std::string& path) {
  std::vector<int64_t> iterations;
  for (const LogRecord& record : read_metrics_log(path)) iterations.push_back(record.iteration);
  return iterations;
}

using Iterations = std::vector<int64_t>;

}  // namespace

TEST_CASE("a line has its keys in one order and numbers in their shortest form") {
  CHECK(
      log_line(train_record(20)) ==
      R"({"mode": "train", "epoch": 1, "iteration": 20, "losses": {"loss_cls": 0.30000000000000004, "top1_acc": 0.25, )"
      R"("loss": 0.3333333333333333}, "learning_rate": 0.01, "time": 0.5, "data_time": 1e-300, "memory": 1099511627776})");
  LogRecord record = validation_record(40);
  record.learning_rates = {{"normal_weight", 0.01}, {"bn", 0.0}};
  CHECK(
      log_line(record) ==
      R"({"mode": "val", "epoch": 2, "iteration": 40, "metrics": {"top1_acc": 0.5, "mean_class_accuracy": 0.5000000000000001}, )"
      R"("learning_rate": {"normal_weight": 0.01, "bn": 0.0}, "time": 0.0, "data_time": 0.0, "memory": 0})");
}

TEST_CASE("every line of a log fits the schema of logs") {
  const test::Scratch scratch("vs-metrics-test");
  const std::string path = scratch / "metrics.jsonl";
  MetricsLog log = MetricsLog::start(path);
  log.append(train_record(20));
  LogRecord record = validation_record(40);
  log.append(record);
  record.learning_rates = {{"normal_weight", 0.01}, {"bn", std::nan("")}};
  record.losses = {{"loss", std::numeric_limits<double>::infinity()}};
  record.data_time = std::nan("");
  log.append(record);
  log.append({});
  const auto check = [](const std::string& line) {
    store::validate_json(store::parse_json(store::JsonText("a line", line)), "training_log");
  };
  const std::string text = read_file(path);
  size_t lines = 0;
  for (size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1, ++lines)
    CHECK_NOTHROW(check(text.substr(begin, end - begin)));
  CHECK(lines == 5);
  const std::string good = log_line(train_record(20));
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string line = good;
    return line.replace(line.find(from), from.size(), to);
  };
  CHECK_THROWS_AS(check(R"({"schema": "vs.training_log/2"})"), DataError);
  CHECK_THROWS_AS(check("{}"), DataError);
  CHECK_THROWS_AS(check(changed("{", R"({"schema": "vs.training_log/1", )")), DataError);
  CHECK_THROWS_AS(check(changed("\"train\"", "\"test\"")), DataError);
  CHECK_THROWS_AS(check(changed("20", "-1")), DataError);
  CHECK_THROWS_AS(check(changed("0.25", "\"many\"")), DataError);
  CHECK_THROWS_AS(check(changed(", \"memory\": 1099511627776", "")), DataError);
  CHECK_THROWS_WITH_AS(check(changed("\"epoch\"", "\"epochs\"")), doctest::Contains("nearest is \"epoch\""), DataError);
}

TEST_CASE("records come back as they were") {
  const test::Scratch scratch("vs-metrics-test");
  const std::string path = scratch / "metrics.jsonl";
  std::vector<LogRecord> records = {train_record(1), train_record(2), validation_record(2)};
  records[1].learning_rates = {{"normal_weight", 5e-324}, {"bn", std::numeric_limits<double>::max()}};
  records[2].losses = {{"loss", -0.0}};
  MetricsLog log = MetricsLog::start(path);
  for (size_t i = 0; i < records.size(); ++i) {
    log.append(records[i]);
    CHECK(read_metrics_log(path).size() == i + 1);
  }
  CHECK(read_metrics_log(path) == records);
  CHECK(read_file(path).starts_with(kHeader));
  CHECK(std::signbit(read_metrics_log(path)[2].losses[0].second));
}

TEST_CASE("numbers that are not finite are null and read as NaN") {
  LogRecord record = train_record(1);
  record.losses = {{"loss", std::numeric_limits<double>::infinity()}};
  const std::string line = log_line(record);
  CHECK(line.find("\"loss\": null") != std::string::npos);
  CHECK(std::isnan(parse_metrics_log(kHeader + line + "\n", "log")[0].losses[0].second));
}

TEST_CASE("a log is resumed at an iteration") {
  const test::Scratch scratch("vs-metrics-test");
  const std::string path = scratch / "metrics.jsonl";
  const auto fill = [&] {
    MetricsLog log = MetricsLog::start(path);
    for (const int64_t iteration : {10, 20}) log.append(train_record(iteration));
    log.append(validation_record(20));
    log.append(train_record(30));
  };
  for (const auto& [at, kept] : {std::pair<int64_t, Iterations>{0, {}},
                                 {9, {}},
                                 {10, {10}},
                                 {19, {10}},
                                 {20, {10, 20, 20}},
                                 {29, {10, 20, 20}},
                                 {30, {10, 20, 20, 30}},
                                 {99, {10, 20, 20, 30}}}) {
    CAPTURE(at);
    fill();
    MetricsLog log = MetricsLog::resume(path, at);
    CHECK(iterations_of(path) == kept);
    log.append(train_record(100));
    Iterations more = kept;
    more.push_back(100);
    CHECK(iterations_of(path) == more);
    CHECK_FALSE(std::filesystem::exists(partial_name(path)));
  }
}

TEST_CASE("the line of a validation that is to come again goes") {
  const test::Scratch scratch("vs-metrics-test");
  const std::string path = scratch / "metrics.jsonl";
  {
    MetricsLog log = MetricsLog::start(path);
    log.append(train_record(20));
    log.append(validation_record(20));
  }
  MetricsLog::resume(path, 20, true);
  CHECK(iterations_of(path) == Iterations{20, 20});
  MetricsLog::resume(path, 20, false);
  CHECK(iterations_of(path) == Iterations{20});
}

TEST_CASE("a half-written last line is dropped, wherever it was cut") {
  const test::Scratch scratch("vs-metrics-test");
  const std::string path = scratch / "metrics.jsonl", lines = kHeader + log_line(train_record(10)) + "\n",
                    last = log_line(train_record(20)) + "\n";
  for (const size_t cut :
       {size_t{0}, size_t{1}, size_t{2}, last.size() / 2, last.size() - 2, last.size() - 1, last.size()}) {
    scratch.touch("metrics.jsonl", lines + last.substr(0, cut));
    MetricsLog log = MetricsLog::resume(path, 50);
    CHECK(iterations_of(path) == (cut == last.size() ? Iterations{10, 20} : Iterations{10}));
    log.append(train_record(30));
    CHECK(iterations_of(path).back() == 30);
  }
  // Even the header may be half there, or the file empty or missing.
  for (const char* start : {"", "{\"sch"}) {
    write_file_atomically(path, start);
    MetricsLog::resume(path, 50).append(train_record(60));
    CHECK(iterations_of(path) == Iterations{60});
  }
  std::filesystem::remove(path);
  MetricsLog::resume(path, 50);
  CHECK(read_file(path) == kHeader);
}

TEST_CASE("resuming where nothing is to be cut leaves the file alone") {
  const test::Scratch scratch("vs-metrics-test");
  const std::string path = scratch / "metrics.jsonl";
  MetricsLog::start(path).append(train_record(10));
  struct stat before {
  }, after{};
  ::stat(path.c_str(), &before);
  MetricsLog::resume(path, 10);
  ::stat(path.c_str(), &after);
  CHECK(before.st_ino == after.st_ino);
}

TEST_CASE("what is no log is refused by its line") {
  const std::string good = log_line(train_record(1));
  const auto refused = [](const std::string& text, const std::string& words) {
    return is_refused([&] { parse_metrics_log(text, "m.jsonl"); }, words);
  };
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string line = good;
    return kHeader + line.replace(line.find(from), from.size(), to) + "\n";
  };
  CHECK(refused(good + "\n", "m.jsonl:1: "));
  CHECK(refused("{\"schema\":\"vs.training_log/2\"}\n", "m.jsonl:1: "));
  CHECK(refused(std::string(kHeader) + good + "\nnull\n", "m.jsonl:3: is no JSON object"));
  CHECK(refused(std::string(kHeader) + "{\"mode\n", "m.jsonl:2: "));
  CHECK(refused(with("\"train\"", "\"test\""), "m.jsonl:2: its mode \"test\" is none of train, val"));
  CHECK(refused(with("\"epoch\": 1", "\"epoch\": -1"), "its epoch is no count"));
  CHECK(refused(with("\"iteration\": 1", "\"iteration\": 1.5"), "its iteration is no count"));
  CHECK(refused(with("\"time\": 0.5", "\"time\": \"long\""), "its time is no number"));
  CHECK(refused(with("0.25", "[]"), "its top1_acc is no number"));
  CHECK(refused(with("\"time\": 0.5, ", ""), "has no time"));
  CHECK(refused(with("0.01", "false"), "its learning_rate is no number"));
  CHECK(parse_metrics_log("", "m.jsonl").empty());
}

TEST_CASE("a log that cannot be written is a RunError") {
  const test::Scratch scratch("vs-metrics-test");
  CHECK_THROWS_AS(MetricsLog::start(scratch / "none/metrics.jsonl"), RunError);
}

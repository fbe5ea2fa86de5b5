// Golden kinds of DRCA's evaluation: retrieval, and the metrics of its classifier.
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/metrics/accuracy.h"
#include "lib/metrics/retrieval.h"
#include "tests/golden/golden.h"

namespace vs::golden {
namespace {

/// A floating-point matrix that the case describes under "inputs": drawn, or a dataset.
struct Matrix {
  std::vector<float> values;
  int64_t rows = 0, columns = 0;

  Matrix(const Case& c, const std::string& name) {
    const auto& description = c.parameters().at("inputs").at(name);
    std::vector<uint64_t> shape;
    if (description.contains("dataset")) {
      const std::string dataset = description.at("dataset").get<std::string>().substr(std::string("input/").size());
      shape = c.input_shape(dataset);
      values = c.input<float>(dataset);
    } else {
      if (description.at("fn").get<std::string>() != "fill") throw DataError(c.path(), "input " + name + " is unknown");
      shape = description.at("shape").get<std::vector<uint64_t>>();
      uint64_t count = 1;
      for (const uint64_t extent : shape) count *= extent;
      values = fill(count, description.at("key").get<std::string>(), description.value("scale", 1.0),
                    description.value("shift", 0.0));
    }
    if (shape.size() != 2) throw DataError(c.path(), "input " + name + " is not a matrix");
    rows = static_cast<int64_t>(shape[0]);
    columns = static_cast<int64_t>(shape[1]);
  }
};

void check_chamfer(const Case& c, Report& report) {
  const auto& parameters = c.parameters().at("params");
  const auto read_videos = [&](const std::string& letter, const char* list) {
    std::vector<Matrix> videos;
    for (size_t i = 0; i < parameters.at(list).size(); ++i) videos.emplace_back(c, letter + std::to_string(i));
    return videos;
  };
  const auto queries = read_videos("q", "query_clips"), database = read_videos("d", "db_clips");
  const auto dim = parameters.at("dim").get<int64_t>();
  constexpr int64_t kBestClips = 3;
  std::vector<double> mean, best;
  for (const Matrix& query : queries) {
    for (const Matrix& video : database) {
      mean.push_back(metrics::chamfer_similarity(query.values, video.values, dim));
      best.push_back(metrics::chamfer_similarity(query.values, video.values, dim, kBestClips));
    }
  }
  report.compare("mean", mean, {queries.size(), database.size()});
  report.compare("topk3", best, {queries.size(), database.size()});
}

/// Place of a video that a case names, or gives as a number.
size_t place_of(const nlohmann::json& video, const std::vector<std::string>& names, const std::string& path) {
  if (video.is_number_integer()) return video.get<size_t>();
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == video.get<std::string>()) return i;
  }
  throw DataError(path, "video " + video.dump() + " is unknown");
}

void check_fivr(const Case& c, Report& report) {
  const auto& parameters = c.parameters().at("params");
  const auto names = parameters.at("queries").get<std::vector<std::string>>();
  const auto database = parameters.at("database").get<std::vector<std::string>>();
  std::vector<metrics::FivrQuery> queries;
  for (const std::string& name : names) {
    const auto& annotation = parameters.at("annotation").at(name);
    const auto list = [&](const char* label) {
      return annotation.contains(label) ? annotation.at(label).get<std::vector<std::string>>()
                                        : std::vector<std::string>();
    };
    queries.push_back({name, list("ND"), list("DS"), list("CS"), list("IS")});
  }
  const Matrix similarity(c, "similarity");
  std::vector<uint8_t> compared(similarity.values.size(), 1);
  for (const auto& pair : parameters.at("missing")) {
    const size_t query = place_of(pair.at(0), names, c.path()), video = place_of(pair.at(1), database, c.path());
    compared.at(query * database.size() + video) = 0;
  }
  const std::vector<double> values(similarity.values.begin(), similarity.values.end());
  const auto result = metrics::fivr_precision(queries, database, values, compared);
  const auto compare = [&](const std::string& task, const metrics::RetrievalPrecision& precision) {
    report.compare(task, std::vector<double>{precision.mean});
    report.compare(task + "_ap", precision.each, {names.size()});
  };
  compare("DSVR", result.dsvr);
  compare("CSVR", result.csvr);
  compare("ISVR", result.isvr);
}

void check_classifier(const Case& c, Report& report) {
  const Matrix scores(c, "scores");
  const auto labels = c.input<int64_t>("label");
  const metrics::Scores<float> view{scores.values, scores.columns};
  const std::vector<int64_t> ks = {1, 5};
  const auto shares = metrics::top_k_accuracy(view, labels, ks);
  report.compare("top1", std::vector<double>{shares[0]});
  report.compare("top5", std::vector<double>{shares[1]});
  report.compare("mean_class", std::vector<double>{metrics::mean_class_accuracy(view, labels)});
}

}  // namespace

KindTable retrieval_kinds() {
  KindTable table;
  table.kinds = {
      {"drca.chamfer", check_chamfer}, {"drca.fivr_map", check_fivr}, {"drca.cls_metrics", check_classifier}};
  return table;
}

}  // namespace vs::golden

#include "lib/evaluate/retrieval.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/parallel.h"
#include "lib/metrics/retrieval.h"
#include "lib/store/features_file.h"
#include "lib/store/json.h"

namespace vs::evaluate {
namespace {

using store::Json;

std::vector<std::string> names_at(const Json& query, const char* key, const std::string& place) {
  if (!query.contains(key)) return {};
  std::vector<std::string> names;
  if (!query.at(key).is_array()) throw DataError(place + "." + key, "is no list of video names");
  for (const Json& name : query.at(key)) {
    if (!name.is_string()) throw DataError(place + "." + key, fmt::format("{} is no video name", name.dump()));
    names.push_back(name.get<std::string>());
  }
  return names;
}

/// Queries of the annotation that the query file holds, in the annotation's order.
std::vector<metrics::FivrQuery> read_queries(const std::string& path, const store::FeaturesFile& queries) {
  Json document = store::read_json(path);
  if (document.is_object() && document.contains("annotation")) document = Json(document.at("annotation"));
  if (!document.is_object())
    throw DataError(path, "is no annotation of FIVR-200K", "an object query: {ND, DS, CS, IS: [video names]}");
  std::vector<metrics::FivrQuery> found;
  for (const auto& [name, query] : document.items()) {
    const std::string place = fmt::format("{}: {}", path, name);
    if (!query.is_object()) throw DataError(place, "is no object of lists ND, DS, CS, IS");
    if (queries.find(name) < 0) continue;
    found.push_back({name, names_at(query, "ND", place), names_at(query, "DS", place), names_at(query, "CS", place),
                     names_at(query, "IS", place)});
  }
  if (found.empty()) throw DataError(path, "names none of the query file's videos");
  return found;
}

std::vector<float> clips_of(const store::FeaturesFile& file, int64_t video) {
  return file.rows(video, 0, file.num_rows(video));
}

}  // namespace

int retrieve(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  const store::FeaturesFile queries(parsed.text("queries")), database(parsed.text("database"));
  if (queries.info().row_shape != database.info().row_shape || queries.info().row_shape.size() != 1)
    throw DataError(parsed.text("database"), "holds embeddings of another width than " + parsed.text("queries"));
  const auto asked = read_queries(parsed.text("relevant"), queries);
  const auto dim = static_cast<int64_t>(queries.info().row_values());
  const int64_t best_clips = parsed.integer("best-clips");
  const int64_t size = database.num_videos();
  std::vector<std::vector<float>> query_clips;
  for (const auto& query : asked) query_clips.push_back(clips_of(queries, queries.find(query.name)));
  std::vector<double> similarity(asked.size() * static_cast<size_t>(size));
  // A database video is read once, for all queries.
  ordered_parallel(
      static_cast<uint64_t>(size), thread_count(0, static_cast<uint64_t>(size)),
      [&](uint64_t video) {
        throw_if_cancelled();
        const auto clips = clips_of(database, static_cast<int64_t>(video));
        std::vector<double> column;
        for (const auto& query : query_clips)
          column.push_back(metrics::chamfer_similarity(query, clips, dim, best_clips));
        return column;
      },
      [&](uint64_t video, const std::vector<double>& column) {
        for (size_t q = 0; q < column.size(); ++q) similarity[q * static_cast<size_t>(size) + video] = column[q];
      });
  const auto found = metrics::fivr_precision(asked, database.video_ids(), similarity);
  if (context.json()) {
    Json each = Json::array();
    for (size_t q = 0; q < asked.size(); ++q) {
      each.push_back({{"query", asked[q].name},
                      {"dsvr", found.dsvr.each[q]},
                      {"csvr", found.csvr.each[q]},
                      {"isvr", found.isvr.each[q]}});
    }
    context.print(store::json_document(
        {{"schema", "vs.retrieval/1"},
         {"queries", asked.size()},
         {"database", size},
         {"metrics", {{"dsvr", found.dsvr.mean}, {"csvr", found.csvr.mean}, {"isvr", found.isvr.mean}}},
         {"per_query", std::move(each)}}));
    return kExitDone;
  }
  context.print(fmt::format("DSVR {:.4f}\nCSVR {:.4f}\nISVR {:.4f}\n{} queries, {} videos in the database\n",
                            found.dsvr.mean, found.csvr.mean, found.isvr.mean, asked.size(), size));
  return kExitDone;
}

}  // namespace vs::evaluate

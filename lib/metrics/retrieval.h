// Video retrieval: similarity of clip embeddings, and how well it ranks a database.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vs::metrics {

/// Similarity of two videos from the embeddings of their clips: the mean over the query's clips of the largest cosine
/// to a clip of the other video.
///
/// query [query clips, dim] and other [other clips, dim]; at least one clip each. best_clips 0: mean over all query
/// clips; k: over the k clips that match best (all if there are fewer; the published choice is 3). A clip of zeros has
/// cosine 0 with everything. In [-1, 1], not symmetric. Throws DataError for sizes that do not fit or values that are
/// not finite, UsageError for best_clips below 0.
/// Source: chamfer similarity of 3D-CSL (Deng et al. 2022), with its option topk-cs.
double chamfer_similarity(std::span<const float> query, std::span<const float> other, int64_t dim,
                          int64_t best_clips = 0);

/// Average precision of one query: the mean over relevant items of the precision at each that is in the ranking.
///
/// similarity, relevant, candidate [num_items]; only items whose `candidate` is not 0 are ranked (empty: all), by
/// falling similarity, equal ones in order of the list. Relevant items that are not ranked count as not found. 1 if
/// nothing is relevant. Throws DataError for NaN of a candidate or sizes that differ.
/// Source: evaluation of FIVR-200K (Kordopatis-Zilos et al., TMM 2019) as 3D-CSL runs it.
double retrieval_average_precision(std::span<const double> similarity, std::span<const uint8_t> relevant,
                                   std::span<const uint8_t> candidate = {});

/// A query of FIVR-200K and the names of the videos that are related to it.
struct FivrQuery {
  std::string name;
  std::vector<std::string> near_duplicate, duplicate_scene, complementary_scene, incident_scene;  ///< ND, DS, CS, IS
};

/// Mean over queries, and each.
struct RetrievalPrecision {
  double mean = 0;  ///< NaN without queries
  std::vector<double> each;
};

struct FivrPrecision {
  RetrievalPrecision dsvr;  ///< duplicate scene: ND, DS
  RetrievalPrecision csvr;  ///< complementary scene: ND, DS, CS
  RetrievalPrecision isvr;  ///< incident scene: ND, DS, CS, IS
};

/// The three tasks of FIVR-200K. Related videos that the database lacks do not count; the query itself, where the
/// database holds it, is not ranked.
///
/// similarity [queries, database]; compared [queries, database], 0 where a pair was not (empty: all were). Throws
/// DataError if sizes do not fit, a database name stands twice, or a similarity is NaN (naming both videos).
/// Source: FIVR-200K as above.
FivrPrecision fivr_precision(std::span<const FivrQuery> queries, std::span<const std::string> database,
                             std::span<const double> similarity, std::span<const uint8_t> compared = {});

}  // namespace vs::metrics

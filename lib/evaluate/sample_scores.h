// What a system said of one video, as the files of vs keep it.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/data/sample.h"
#include "lib/store/item_run.h"
#include "lib/store/scores_file.h"
#include "lib/systems/system.h"

namespace vs::evaluate {

/// Row `video` of a batch's result as a score file keeps it, but for its name and labels.
///
/// plan: the frames that the system was given, of all clips; crops repeat them. Frames that were looked at are
/// `result.picks` where the system chose some, else all of them, and go to the rows of scores in equal parts where they
/// divide so, else all to the first. stages: logits of the stages are kept.
store::VideoScores video_scores(const systems::Result& result, int64_t video, const data::FramePlan& plan, bool stages);

/// Where results go, in the order of the items: a score file, or a feature file of embeddings.
class ResultFile {
 public:
  virtual ~ResultFile() = default;
  virtual uint64_t first() const = 0;
  virtual store::ItemRunResult before(const std::vector<store::Item>& items) const = 0;
  /// Row `video` of a batch. Throws DataError naming the video for values that are not finite.
  virtual void add(const store::ItemOutcome& outcome, const systems::Result& result, int64_t video,
                   const data::FramePlan& plan, const std::vector<int32_t>& labels, double gflops) = 0;
  virtual void fail(const store::ItemOutcome& outcome, const std::string& reason) = 0;
  virtual void finish(const nlohmann::ordered_json& inner_manifest) = 0;
  virtual void done() = 0;
};

/// `vs.scores/1`. The key decides whether a killed run goes on.
std::unique_ptr<ResultFile> open_scores(const std::string& path, const store::ScoresInfo& info,
                                        const nlohmann::ordered_json& key, bool force);
/// `vs.features/1`: a row an embedding of a clip. width: values of an embedding.
std::unique_ptr<ResultFile> open_embeddings(const std::string& path, int64_t width, const std::string& recipe,
                                            const std::string& parameters, const nlohmann::ordered_json& key,
                                            bool force);

}  // namespace vs::evaluate

#include "lib/evaluate/saved_picks.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <vector>

#include "lib/core/error.h"
#include "lib/store/plan_file.h"
#include "lib/store/scores_file.h"

namespace vs::evaluate {
namespace {

/// Lists of frames of a video, those of equal rows (crops of one clip) once.
std::vector<std::vector<int64_t>> clips_of(const store::VideoScores& video) {
  std::vector<std::vector<int64_t>> clips;
  auto next = video.pick_frames.begin();
  for (const int64_t count : video.pick_counts) {
    const auto end = next + count;
    const std::set<int64_t> frames(next, end);
    next = end;
    std::vector<int64_t> clip(frames.begin(), frames.end());
    if (!clip.empty() && std::find(clips.begin(), clips.end(), clip) == clips.end()) clips.push_back(std::move(clip));
  }
  return clips;
}

}  // namespace

void write_picks(const std::string& scores, const std::string& plan, const data::Dataset& data) {
  const store::ScoresFile file(scores);
  if (!file.info().has_picks) throw DataError(scores, "does not say which frames were looked at");
  std::unordered_map<std::string, const data::DataItem*> items;
  for (const auto& item : data.items) items.emplace(item.id, &item);
  store::SamplingPlan written;
  written.rule = file.info().recipe;
  for (int64_t i = 0; i < file.num_videos(); ++i) {
    const store::VideoScores video = file.video(i);
    store::VideoPlan one;
    one.id = video.video_id;
    one.frame_index = clips_of(video);
    int64_t last = 0;
    for (const auto& clip : one.frame_index) last = std::max(last, clip.back());
    one.total_frames = last + 1;
    if (const auto found = items.find(video.video_id); found != items.end()) {
      one.path = found->second->place.path;
      one.total_frames = std::max(one.total_frames, found->second->place.num_frames);
    }
    written.videos.push_back(std::move(one));
  }
  store::write_plan(plan, written);
}

}  // namespace vs::evaluate

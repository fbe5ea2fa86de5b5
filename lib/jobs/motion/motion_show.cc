#include "lib/jobs/motion/motion_show.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/jobs/motion/motion_pictures.h"
#include "lib/jobs/motion/motion_text.h"

namespace vs::jobs {

using store::VideoMotion;

MotionShow::MotionShow(const MotionOptions& options, const MotionSource& source, const FileValues& values,
                       const std::vector<store::Item>& items, cli::ProgramContext& context)
    : options_(options), source_(source), values_(values), context_(context) {
  if (!source.opens_videos && !options.sheet.empty()) {
    throw UsageError("--sheet", "needs the video, and a motion file does not hold it", "give the video itself");
  }
  if (!source.opens_videos && !options.flow_images.empty()) {
    throw UsageError("--flow-images", "needs the video, and a motion file does not hold it", "give the video itself");
  }
  const std::string& wanted = options.picture_video;
  if (wanted.empty() || std::any_of(items.begin(), items.end(), [&](const auto& item) { return item.id == wanted; })) {
    return;
  }
  std::vector<std::string> ids;
  for (const auto& item : items) ids.push_back(item.id);
  const auto nearest = nearest_word(wanted, ids);
  throw UsageError("--video " + wanted, "is no video of this run", nearest ? "nearest is " + *nearest : "");
}

bool MotionShow::wants_picture() const { return !options_.plot.empty() || !options_.sheet.empty(); }

bool MotionShow::wants_all() const { return prints_lines(options_) || wants_picture(); }

void MotionShow::begin() const {
  if (prints_table(options_)) context_.print(motion_table_heading());
}

void MotionShow::add(const store::Item& item, const VideoMotion& motion) {
  const auto of_file = [&] {
    VideoMotion video = motion;
    values_.convert(video);
    return video;
  };
  if (prints_lines(options_)) {
    const std::string path = source_.opens_videos ? item.path : "";
    context_.print(options_.make_plan ? plan_line(motion, source_.info.kind, path, options_.plan)
                                      : motion_line(of_file(), values_.info(), path));
  } else if (prints_table(options_)) {
    context_.print(motion_table_row(of_file()));
  }
  if (!wants_picture() || pictured_) return;
  if (options_.picture_video.empty() || options_.picture_video == item.id) pictured_.emplace(item, motion);
}

std::vector<std::string> MotionShow::draw_pictures() const {
  std::vector<std::string> failed;
  const auto draw = [&](const std::string& path, auto write) {
    if (path.empty()) return;
    try {
      if (!pictured_) throw DataError(path, "the video it would show failed");
      write(pictured_->first, pictured_->second);
    } catch (const DataError& error) {
      context_.log().error(error.what());
      failed.push_back(path);
    }
  };
  draw(options_.plot,
       [&](const store::Item&, const VideoMotion& motion) { write_motion_plot(motion, source_.info, options_); });
  draw(options_.sheet, [&](const store::Item& item, const VideoMotion& motion) {
    write_motion_sheet(motion, source_.info, item, options_, source_.opener);
  });
  return failed;
}

}  // namespace vs::jobs

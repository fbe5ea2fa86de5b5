#include "lib/jobs/motion/motion_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "lib/core/file.h"
#include "lib/jobs/motion/contact_sheet.h"
#include "lib/jobs/motion/motion_plan.h"
#include "lib/jobs/motion/motion_plot.h"
#include "lib/media/image_png.h"
#include "lib/sampling/segment.h"

namespace vs::jobs {
namespace {

// More pictures than this are not looked at; a sheet shows the first of them.
constexpr std::size_t kMostPictures = 128;

std::vector<int64_t> first_clip(const store::VideoMotion& video, const store::MotionInfo& info,
                                const MotionOptions& options) {
  return plan_frames(video, info.kind, options.plan).front();
}

}  // namespace

void write_motion_plot(const store::VideoMotion& video, const store::MotionInfo& info, const MotionOptions& options) {
  write_file_atomically(options.plot, draw_motion_plot(video, info.kind, info.method, info.units, options.plan,
                                                       first_clip(video, info, options)));
}

void write_motion_sheet(const store::VideoMotion& video, const store::MotionInfo& info, const store::Item& item,
                        const MotionOptions& options, const ItemOpener& opener) {
  std::vector<int64_t> chosen = first_clip(video, info, options);
  std::vector<int64_t> uniform =
      sampling::segment_centers(std::max<int64_t>(video.num_frames, 1), options.plan.num_segments);
  chosen.resize(std::min(chosen.size(), kMostPictures));
  uniform.resize(std::min(uniform.size(), kMostPictures));
  std::vector<int64_t> all = chosen;
  all.insert(all.end(), uniform.begin(), uniform.end());
  const media::Image sheet =
      draw_contact_sheet({{fmt::format("{} frames by motion ({})", chosen.size(), info.method), chosen},
                          {fmt::format("{} frames uniformly spaced", uniform.size()), uniform}},
                         read_thumbnails(item, opener, all));
  const std::vector<uint8_t> bytes = media::encode_png(sheet.view());
  write_file_atomically(options.sheet, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace vs::jobs

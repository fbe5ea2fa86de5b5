// What standard output gets for each video.
#pragma once

#include <string>

#include "lib/jobs/motion/motion_options.h"
#include "lib/store/item_run.h"
#include "lib/store/motion_file.h"

namespace vs::jobs {

/// True if each video is one JSON object a line on standard output; else it may be a row of a table for people.
bool prints_lines(const MotionOptions& options);
bool prints_table(const MotionOptions& options);

/// The heading of the table.
std::string motion_table_heading();
/// A row of it. motion: values of the video.
std::string motion_table_row(const store::VideoMotion& motion);

/// The line of a plan. raw: values as measured or read, of the kind `kind`; path: of the video, "" if not known.
std::string plan_line(const store::VideoMotion& raw, store::MotionKind kind, const std::string& path,
                      const PlanOptions& plan);
/// The line of values. info: of the values.
std::string motion_line(const store::VideoMotion& motion, const store::MotionInfo& info, const std::string& path);

}  // namespace vs::jobs

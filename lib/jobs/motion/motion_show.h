// What people and pipes see of a run: lines and tables on standard output, and pictures of one video.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/cli/program.h"
#include "lib/jobs/motion/file_values.h"
#include "lib/jobs/motion/motion_options.h"
#include "lib/jobs/motion/motion_source.h"
#include "lib/store/item_run.h"
#include "lib/store/motion_file.h"

namespace vs::jobs {

/// Takes the videos of a run one after the other. What it is given must outlive it.
class MotionShow {
 public:
  /// Throws UsageError for pictures that this run cannot make: of no video of `items`, or without the videos.
  MotionShow(const MotionOptions& options, const MotionSource& source, const FileValues& values,
             const std::vector<store::Item>& items, cli::ProgramContext& context);

  /// True if it must see the videos that a killed run had done, too.
  bool wants_all() const;
  /// Prints what stands above the table, if there is one.
  void begin() const;
  /// motion: values of the source.
  void add(const store::Item& item, const store::VideoMotion& motion);
  /// Draws the pictures. Returns those that could not be drawn, after saying why: the files beside them are good.
  /// RunError on a full disk.
  std::vector<std::string> draw_pictures() const;

 private:
  bool wants_picture() const;

  const MotionOptions& options_;
  const MotionSource& source_;
  const FileValues& values_;
  cli::ProgramContext& context_;
  std::optional<std::pair<store::Item, store::VideoMotion>> pictured_;
};

}  // namespace vs::jobs

// Where motion values go while a run lasts, and the motion file made of them at its end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/jobs/motion/motion_options.h"
#include "lib/store/item_log.h"
#include "lib/store/item_run.h"
#include "lib/store/motion_file.h"

namespace vs::jobs {

using VisitMotion = std::function<void(const store::VideoMotion&)>;
using VisitItem = std::function<void(const store::Item&, const store::VideoMotion&)>;

/// The journal of a run: takes the values of one video after the other and keeps them until close(), so that a run that
/// is killed at any moment goes on, and everything made of the values can be made again. Without a path it keeps
/// nothing.
class MotionJournal {
 public:
  /// path: journal_path(), may be empty. key: store::run_key(). Throws as store::ItemLog.
  MotionJournal(const std::string& path, const nlohmann::ordered_json& key, bool start_anew);

  /// Items that a killed run had done, and what came of them. before() is called once, before anything is added.
  uint64_t first() const;
  store::ItemRunResult before(const std::vector<store::Item>& items);
  void add(const store::ItemOutcome& outcome, const store::VideoMotion& motion);
  void fail(const store::ItemOutcome& outcome, const std::string& reason);

  /// Calls visit for every video that did not fail, in item order; nothing if nothing is kept.
  void for_each(const VisitItem& visit) const;
  /// Writes all videos, failed ones too, to an HDF5 writer. to_file: changes values into those of the file.
  void copy_to(store::MotionWriter& writer, const std::function<void(store::VideoMotion&)>& to_file) const;
  /// Everything made from the values is written: the journal is removed.
  void close();

 private:
  std::vector<store::Item> items_;
  std::optional<store::ItemLog> log_;
};

/// Writes options.motion_path() from the journal: HDF5 or MGSampler's JSON, by its name. info: of the file; to_file:
/// changes a video's values into those of the file.
void write_motion_file(const MotionOptions& options, const MotionJournal& journal, const store::MotionInfo& info,
                       const nlohmann::ordered_json& key, const nlohmann::ordered_json& inner_manifest,
                       const std::function<void(store::VideoMotion&)>& to_file);

/// Writes a motion file in MGSampler's JSON, whole or not at all. each: calls its argument for every video.
/// Throws UsageError if two videos get one name.
void write_motion_json(const std::string& path, motion::NameRule rule,
                       const std::function<void(const VisitMotion&)>& each);

}  // namespace vs::jobs

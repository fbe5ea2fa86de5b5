// Where motion values go while a run lasts, and what becomes of them at its end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/jobs/motion/motion_options.h"
#include "lib/store/item_run.h"
#include "lib/store/motion_file.h"

namespace vs::jobs {

using VisitMotion = std::function<void(const store::VideoMotion&)>;

/// Takes the values of one video after the other.
class MotionSink {
 public:
  virtual ~MotionSink() = default;
  /// Items that a killed run had done, and what came of them. before() is called once, before anything is added.
  virtual uint64_t first() const { return 0; }
  virtual store::ItemRunResult before(const std::vector<store::Item>& items);
  virtual void add(const store::ItemOutcome& outcome, const store::VideoMotion& motion) = 0;
  virtual void fail(const store::ItemOutcome& outcome, const std::string& reason) = 0;
  /// All items were gone over: makes the motion file, if it is one.
  virtual void finish(const nlohmann::ordered_json& inner_manifest) = 0;
  /// Calls visit for every video that did not fail, in item order; after finish(). The values are as in the file.
  virtual void for_each(const VisitMotion& visit) const = 0;
  /// Everything made from the values is written: what was kept to go on after a kill is removed.
  virtual void close() = 0;
};

/// The sink of a run: the HDF5 motion file itself; a journal beside a JSON motion file or a plan, from which they (and
/// the motion file beside a plan) are made at the end; where nothing is written, none that keeps anything (for_each()
/// then visits nothing). Throws UsageError if the motion file exists and force is not set. info: of the motion file;
/// key: store::run_key().
std::unique_ptr<MotionSink> open_motion_sink(const MotionOptions& options, const store::MotionInfo& info,
                                             const nlohmann::ordered_json& key);

/// Writes a motion file in MGSampler's JSON, whole or not at all. each: calls its argument for every video.
/// Throws UsageError if two videos get one name.
void write_motion_json(const std::string& path, motion::NameRule rule,
                       const std::function<void(const VisitMotion&)>& each);

}  // namespace vs::jobs

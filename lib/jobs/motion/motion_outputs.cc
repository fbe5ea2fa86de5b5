#include "lib/jobs/motion/motion_outputs.h"

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/jobs/inputs/item_list.h"

namespace vs::jobs {
namespace {

using Json = nlohmann::ordered_json;

// The values of one video as bytes of the journal.
std::string packed(const store::VideoMotion& motion) {
  std::string bytes(sizeof(int64_t) + motion.motion.size() * sizeof(double), '\0');
  std::memcpy(bytes.data(), &motion.num_frames, sizeof(int64_t));
  if (!motion.motion.empty()) {
    std::memcpy(bytes.data() + sizeof(int64_t), motion.motion.data(), motion.motion.size() * sizeof(double));
  }
  return bytes;
}

store::VideoMotion unpacked(const std::string& bytes, const std::string& id) {
  store::VideoMotion motion;
  motion.video_id = id;
  if (bytes.size() < sizeof(int64_t) || (bytes.size() - sizeof(int64_t)) % sizeof(double) != 0) {
    throw DataError(id, "the journal of the killed run holds a bad record", "start anew with --force");
  }
  std::memcpy(&motion.num_frames, bytes.data(), sizeof(int64_t));
  motion.motion.resize((bytes.size() - sizeof(int64_t)) / sizeof(double));
  if (!motion.motion.empty()) {
    std::memcpy(motion.motion.data(), bytes.data() + sizeof(int64_t), motion.motion.size() * sizeof(double));
  }
  return motion;
}

}  // namespace

MotionJournal::MotionJournal(const std::string& path, const Json& key, bool start_anew) {
  if (!path.empty()) log_.emplace(path, key, start_anew);
}

uint64_t MotionJournal::first() const { return log_ ? log_->size() : 0; }

store::ItemRunResult MotionJournal::before(const std::vector<store::Item>& items) {
  items_ = items;
  return log_ ? log_->result(items) : store::ItemRunResult{};
}

void MotionJournal::add(const store::ItemOutcome& outcome, const store::VideoMotion& motion) {
  if (log_) log_->append({outcome.index, outcome.input, std::nullopt, packed(motion)});
}

void MotionJournal::fail(const store::ItemOutcome& outcome, const std::string& reason) {
  if (log_) log_->append({outcome.index, outcome.input, reason, {}});
}

void MotionJournal::for_each(const VisitItem& visit) const {
  if (!log_) return;
  log_->for_each([&](const store::LoggedItem& logged) {
    const store::Item& item = items_.at(logged.index);
    if (!logged.reason) visit(item, unpacked(logged.payload, item.id));
  });
}

void MotionJournal::copy_to(store::MotionWriter& writer,
                            const std::function<void(store::VideoMotion&)>& to_file) const {
  if (!log_) return;
  log_->for_each([&](const store::LoggedItem& logged) {
    const store::Item& item = items_.at(logged.index);
    // Without the inputs: this writer's journal lives for a moment only, nobody goes on with it.
    const store::ItemOutcome outcome{&item, logged.index, std::nullopt};
    if (logged.reason) return writer.fail(outcome, *logged.reason);
    store::VideoMotion motion = unpacked(logged.payload, item.id);
    to_file(motion);
    writer.add(outcome, motion);
  });
}

void MotionJournal::close() {
  if (log_) log_->remove();
}

void write_motion_file(const MotionOptions& options, const MotionJournal& journal, const store::MotionInfo& info,
                       const Json& key, const Json& inner_manifest,
                       const std::function<void(store::VideoMotion&)>& to_file) {
  const std::string& path = options.motion_path();
  if (is_json_name(path)) {
    write_motion_json(path, options.name_rule, [&](const VisitMotion& visit) {
      journal.for_each([&](const store::Item&, store::VideoMotion motion) {
        to_file(motion);
        visit(motion);
      });
    });
    return;
  }
  store::MotionWriter writer(path, info, key, true);
  journal.copy_to(writer, to_file);
  writer.finish(inner_manifest);
  writer.done();
}

void write_motion_json(const std::string& path, motion::NameRule rule,
                       const std::function<void(const VisitMotion&)>& each) {
  AtomicFile file(path);
  motion::MgsamplerJsonWriter writer([&](std::string_view text) { file.write(text); });
  std::set<std::string> names;
  each([&](const store::VideoMotion& video) {
    // An id has lost its last suffix already.
    const bool cut = rule == motion::NameRule::kFirstDot;
    const std::string name = cut ? motion::video_name(video.video_id, rule) : video.video_id;
    if (!names.insert(name).second) {
      throw UsageError("--name-rule", fmt::format("two videos get the name \"{}\"", printable(name)),
                       "use --name-rule extension, and --levels if folders must tell them apart");
    }
    writer.add(name, video.motion);
  });
  writer.finish();
  file.commit();
}

}  // namespace vs::jobs

#include "lib/jobs/motion/motion_outputs.h"

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/store/item_log.h"
#include "lib/store/pack_file.h"

namespace vs::jobs {
namespace {

using Json = nlohmann::ordered_json;

// HDF5: the store's writer keeps its own journal.
class PackSink final : public MotionSink {
 public:
  PackSink(const std::string& path, const store::MotionInfo& info, const Json& key, bool force)
      : path_(path), writer_(path, info, key, force) {}

  uint64_t first() const override { return writer_.first(); }
  store::ItemRunResult before(const std::vector<store::Item>& items) override { return writer_.before(items); }
  void add(const store::ItemOutcome& outcome, const store::VideoMotion& motion) override {
    writer_.add(outcome, motion);
  }
  void fail(const store::ItemOutcome& outcome, const std::string& reason) override { writer_.fail(outcome, reason); }
  void finish(const Json& inner_manifest) override { writer_.finish(inner_manifest); }
  void for_each(const VisitMotion& visit) const override {
    const store::MotionFile file(path_);
    for (int64_t v = 0; v < file.num_videos(); ++v) visit(file.video(v));
  }
  void close() override {}

 private:
  std::string path_;
  store::MotionWriter writer_;
};

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

// A journal beside the output; at the end the motion file is made of it, if one is wanted, and then others make what
// they like: a run that is killed between these steps still has the journal.
class JournalSink final : public MotionSink {
 public:
  JournalSink(const MotionOptions& options, store::MotionInfo info, const std::string& beside, Json key)
      : path_(options.motion_path()),
        name_rule_(options.name_rule),
        info_(std::move(info)),
        key_(std::move(key)),
        log_(partial_name(beside) + ".log", key_, options.force) {
    if (path_.empty() || log_.resumed()) return;
    try {
      store::check_output_free(path_, options.force);
    } catch (...) {
      log_.remove();  // it is empty
      throw;
    }
  }

  uint64_t first() const override { return log_.size(); }
  store::ItemRunResult before(const std::vector<store::Item>& items) override {
    items_ = items;
    return log_.result(items);
  }
  void add(const store::ItemOutcome& outcome, const store::VideoMotion& motion) override {
    log_.append({outcome.index, outcome.input, std::nullopt, packed(motion)});
  }
  void fail(const store::ItemOutcome& outcome, const std::string& reason) override {
    log_.append({outcome.index, outcome.input, reason, {}});
  }
  void finish(const Json& inner_manifest) override {
    if (path_.empty()) return;
    if (path_.ends_with(".json")) {
      write_motion_json(path_, name_rule_, [&](const VisitMotion& visit) { for_each(visit); });
      return;
    }
    store::MotionWriter writer(path_, info_, key_, true);
    log_.for_each([&](const store::LoggedItem& logged) {
      const store::Item& item = items_.at(logged.index);
      const store::ItemOutcome outcome{&item, logged.index, logged.input};
      if (logged.reason) {
        writer.fail(outcome, *logged.reason);
      } else {
        writer.add(outcome, unpacked(logged.payload, item.id));
      }
    });
    writer.finish(inner_manifest);
  }
  void for_each(const VisitMotion& visit) const override {
    log_.for_each([&](const store::LoggedItem& item) {
      if (!item.reason) visit(unpacked(item.payload, items_.at(item.index).id));
    });
  }
  void close() override { log_.remove(); }

 private:
  std::string path_;
  motion::NameRule name_rule_;
  store::MotionInfo info_;
  Json key_;
  std::vector<store::Item> items_;
  store::ItemLog log_;
};

// Nothing is kept: lines on standard output, tables, pictures alone.
class NoSink final : public MotionSink {
 public:
  void add(const store::ItemOutcome&, const store::VideoMotion&) override {}
  void fail(const store::ItemOutcome&, const std::string&) override {}
  void finish(const Json&) override {}
  void for_each(const VisitMotion&) const override {}
  void close() override {}
};

}  // namespace

store::ItemRunResult MotionSink::before(const std::vector<store::Item>&) { return {}; }

std::unique_ptr<MotionSink> open_motion_sink(const MotionOptions& options, const store::MotionInfo& info,
                                             const Json& key) {
  const std::string& output = options.output;
  if (output == "-") {
    if (options.motion_path().empty() || options.motion_path() == "-") return std::make_unique<NoSink>();
    return std::make_unique<JournalSink>(options, info, options.motion_path(), key);
  }
  if (output.empty()) return std::make_unique<NoSink>();
  const bool pack = !output.ends_with(".json");  // a plan is JSON, so this is the motion file
  if (pack) return std::make_unique<PackSink>(output, info, key, options.force);
  return std::make_unique<JournalSink>(options, info, output, key);
}

void write_motion_json(const std::string& path, motion::NameRule rule,
                       const std::function<void(const VisitMotion&)>& each) {
  AtomicFile file(path);
  motion::MgsamplerJsonWriter writer([&](std::string_view text) { file.write(text); });
  std::set<std::string> names;
  each([&](const store::VideoMotion& video) {
    std::string name = video.video_id;
    if (rule == motion::NameRule::kFirstDot) {
      const auto slash = name.find_last_of('/');
      name = name.substr(slash == std::string::npos ? 0 : slash + 1);
      name = name.substr(0, name.find('.'));
    }
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

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/media/video_index.h"
#include "lib/store/json.h"

namespace vs::media {
namespace {

using store::Json;

constexpr const char* kSchema = "vs.video_index";
constexpr int kVersion = 1;
constexpr size_t kMaxEntries = size_t{1} << 23;

// The flags of a packet, one bit each.
enum PacketFlag : int { kKey = 1, kStart = 2, kDiscard = 4, kHidden = 8, kSkippable = 16 };

int flags_of(const PacketInfo& packet) {
  return (packet.key ? kKey : 0) | (packet.start ? kStart : 0) | (packet.discard ? kDiscard : 0) |
         (packet.hidden ? kHidden : 0) | (packet.skippable ? kSkippable : 0);
}

void set_flags(PacketInfo& packet, int64_t flags) {
  packet.key = (flags & kKey) != 0;
  packet.start = (flags & kStart) != 0;
  packet.discard = (flags & kDiscard) != 0;
  packet.hidden = (flags & kHidden) != 0;
  packet.skippable = (flags & kSkippable) != 0;
}

Json time_or_null(int64_t time) { return time == kNoTime ? Json(nullptr) : Json(time); }

template <class Entry>
Json column(const std::vector<Entry>& entries, const std::function<Json(const Entry&)>& value) {
  Json list = Json::array();
  for (const Entry& entry : entries) list.push_back(value(entry));
  return list;
}

// Reads members of a document whose writer is not trusted.
class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  [[noreturn]] void fail(const std::string& finding) const { throw DataError(path_, finding, "make the index again"); }
  const Json& member(const Json& object, const std::string& name) const {
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (!object.is_object() || found == object.end()) fail(fmt::format("\"{}\" is missing", name));
    return *found;
  }
  int64_t integer(const Json& value, const std::string& name, int64_t low, int64_t high) const {
    const bool fits = value.is_number_integer() &&
                      !(value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX));
    if (!fits || value.get<int64_t>() < low || value.get<int64_t>() > high) {
      fail(fmt::format("\"{}\" is not a whole number from {} to {}", name, low, high));
    }
    return value.get<int64_t>();
  }
  std::string text(const Json& object, const std::string& name) const {
    const Json& value = member(object, name);
    if (!value.is_string()) fail(fmt::format("\"{}\" is not a text", name));
    return value.get<std::string>();
  }
  /// A list of `count` whole numbers; null stands for kNoTime where it is allowed.
  std::vector<int64_t> column(const Json& object, const std::string& name, size_t count, int64_t low, int64_t high,
                              bool may_be_null = false) const {
    const Json& list = member(object, name);
    if (!list.is_array() || list.size() != count) fail(fmt::format("\"{}\" is not a list of {} numbers", name, count));
    std::vector<int64_t> values;
    values.reserve(count);
    for (const Json& value : list) {
      values.push_back(may_be_null && value.is_null() ? kNoTime : integer(value, name, low, high));
    }
    return values;
  }
  /// Length of a column, bounded.
  size_t count(const Json& object, const std::string& name) const {
    const Json& list = member(object, name);
    if (!list.is_array() || list.size() > kMaxEntries) {
      fail(fmt::format("\"{}\" is not a list of at most {} numbers", name, kMaxEntries));
    }
    return list.size();
  }

 private:
  std::string path_;
};

constexpr int64_t kAnyLow = std::numeric_limits<int64_t>::min() + 1;
constexpr int64_t kAnyHigh = std::numeric_limits<int64_t>::max();
// Times beyond are of no use, and their differences could overflow.
constexpr int64_t kLastTime = int64_t{1} << 62;

std::vector<PacketInfo> read_packets(const Reader& reader, const Json& object) {
  const size_t count = reader.count(object, "pts");
  const auto pts = reader.column(object, "pts", count, -kLastTime, kLastTime, true);
  const auto dts = reader.column(object, "dts", count, -kLastTime, kLastTime, true);
  const auto duration = reader.column(object, "duration", count, 0, kLastTime);
  const auto position = reader.column(object, "position", count, -1, kAnyHigh);
  const auto size = reader.column(object, "size_bytes", count, 0, std::numeric_limits<int32_t>::max());
  const auto flags = reader.column(object, "flags", count, 0, 2 * kSkippable - 1);
  std::vector<PacketInfo> packets(count);
  for (size_t i = 0; i < count; ++i) {
    packets[i].pts = pts[i];
    packets[i].dts = dts[i];
    packets[i].duration = duration[i];
    packets[i].position = position[i];
    packets[i].size_bytes = static_cast<int32_t>(size[i]);
    set_flags(packets[i], flags[i]);
  }
  return packets;
}

std::vector<FrameTime> read_frames(const Reader& reader, const Json& object) {
  const size_t count = reader.count(object, "ticks");
  const auto ticks = reader.column(object, "ticks", count, -kLastTime, kLastTime);
  const auto duration = reader.column(object, "duration", count, 0, kLastTime);
  const auto key = reader.column(object, "key", count, 0, 1);
  const auto reshaped = reader.column(object, "reshaped", count, 0, 1);
  std::vector<FrameTime> frames(count);
  for (size_t i = 0; i < count; ++i) frames[i] = {ticks[i], duration[i], -1, key[i] != 0, reshaped[i] != 0};
  return frames;
}

}  // namespace

FileStamp FileStamp::of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) throw DataError(path, "no such file");
  constexpr int64_t kNanoseconds = 1'000'000'000;
  return {int64_t{status.st_size}, int64_t{status.st_mtim.tv_sec} * kNanoseconds + status.st_mtim.tv_nsec};
}

void save_index(const std::string& path, const VideoIndex& index, const std::string& video) {
  const FileStamp stamp = FileStamp::of(video);
  Json document;
  document["schema"] = fmt::format("{}/{}", kSchema, kVersion);
  document["video"] = {{"name", store::utf8_or_replaced(std::filesystem::path(video).filename().string())},
                       {"size_bytes", stamp.size_bytes},
                       {"mtime_ns", stamp.mtime_ns}};
  document["stream_index"] = index.stream_index;
  document["time_base"] = {index.time_base.numerator, index.time_base.denominator};
  document["reorder_delay"] = index.reorder_delay;
  document["warm_up_packets"] = index.warm_up_packets;
  document["distrust"] = store::utf8_or_replaced(index.distrust);
  const auto& packets = index.packets;
  Json& columns = document["packets"];
  columns["pts"] = column<PacketInfo>(packets, [](const PacketInfo& p) { return time_or_null(p.pts); });
  columns["dts"] = column<PacketInfo>(packets, [](const PacketInfo& p) { return time_or_null(p.dts); });
  columns["duration"] =
      column<PacketInfo>(packets, [](const PacketInfo& p) { return std::max<int64_t>(p.duration, 0); });
  columns["position"] =
      column<PacketInfo>(packets, [](const PacketInfo& p) { return std::max<int64_t>(p.position, -1); });
  columns["size_bytes"] = column<PacketInfo>(packets, [](const PacketInfo& p) { return p.size_bytes; });
  columns["flags"] = column<PacketInfo>(packets, [](const PacketInfo& p) { return flags_of(p); });
  if (index.knowledge == FrameKnowledge::kDecoding) {
    Json& frames = document["frames"];
    frames["ticks"] = column<FrameTime>(index.frames, [](const FrameTime& f) { return f.ticks; });
    frames["duration"] = column<FrameTime>(index.frames, [](const FrameTime& f) { return f.duration_ticks; });
    frames["key"] = column<FrameTime>(index.frames, [](const FrameTime& f) { return f.key ? 1 : 0; });
    frames["reshaped"] = column<FrameTime>(index.frames, [](const FrameTime& f) { return f.reshaped ? 1 : 0; });
  }
  write_file_atomically(path, store::json_line(document) + "\n");
}

std::optional<VideoIndex> load_index(const std::string& path, const std::string& video) {
  const Reader reader(path);
  const Json document = store::read_json(path);
  store::check_schema_number(document, kSchema, kVersion);
  const Json& source = reader.member(document, "video");
  FileStamp stamp;
  stamp.size_bytes = reader.integer(reader.member(source, "size_bytes"), "size_bytes", 0, kAnyHigh);
  stamp.mtime_ns = reader.integer(reader.member(source, "mtime_ns"), "mtime_ns", kAnyLow, kAnyHigh);
  const std::string name = store::utf8_or_replaced(std::filesystem::path(video).filename().string());
  if (reader.text(source, "name") != name || !(stamp == FileStamp::of(video))) return std::nullopt;

  constexpr int64_t kMaxInt = std::numeric_limits<int32_t>::max();
  VideoIndex index;
  index.stream_index =
      static_cast<int>(reader.integer(reader.member(document, "stream_index"), "stream_index", 0, kMaxInt));
  const auto time_base = reader.column(document, "time_base", 2, 1, kMaxInt);
  index.time_base = {time_base[0], time_base[1]};
  index.reorder_delay = reader.integer(reader.member(document, "reorder_delay"), "reorder_delay", 0, 64);
  index.packets = read_packets(reader, reader.member(document, "packets"));
  index.warm_up_packets = reader.integer(reader.member(document, "warm_up_packets"), "warm_up_packets", 0,
                                         static_cast<int64_t>(index.packets.size()));
  const std::string distrust = reader.text(document, "distrust");
  derive_frames(index, distrust);
  if (!distrust.empty() && document.contains("frames")) {
    index.frames = read_frames(reader, document["frames"]);
    index.knowledge = FrameKnowledge::kDecoding;
  }
  return index;
}

}  // namespace vs::media

#include "lib/store/frames_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <stdexcept>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/pack_file.h"
#include "lib/store/pack_writer.h"

namespace vs::store {
namespace {

constexpr int kFramesVersion = 1;

constexpr std::array<std::pair<FrameEncoding, const char*>, 4> kEncodings{{{FrameEncoding::kJpeg, "jpeg"},
                                                                           {FrameEncoding::kPng, "png"},
                                                                           {FrameEncoding::kRawRgb, "raw-rgb24"},
                                                                           {FrameEncoding::kRawGray, "raw-gray8"}}};

/// Bytes a frame must have; 0: any number.
int64_t raw_frame_bytes(FrameEncoding encoding, int64_t width, int64_t height) {
  switch (encoding) {
    case FrameEncoding::kRawRgb:
      return width * height * 3;
    case FrameEncoding::kRawGray:
      return width * height;
    default:
      return 0;
  }
}

PackSchema frames_schema(FrameEncoding encoding) {
  const bool raw = encoding == FrameEncoding::kRawRgb || encoding == FrameEncoding::kRawGray;
  PackSchema schema;
  schema.schema = fmt::format("vs.frames/{}", kFramesVersion);
  schema.attributes = {{"encoding", frame_encoding_name(encoding)}};
  // One encoded frame takes tens of kilobytes, one raw frame hundreds: a chunk is about what one read takes.
  schema.columns = {
      {.name = "data",
       .type = Type::kUint8,
       .units = raw ? "sample of 0 to 255" : "byte",
       .axes = "byte",
       .layout = {.chunk_rows = raw ? uint64_t{256} << 10 : uint64_t{64} << 10, .compress = false, .checksum = true},
       .streamed = true},
      {.name = "frame_offsets",
       .type = Type::kInt64,
       .units = "byte",
       .axes = "frame",
       .formula = "frame k is data[frame_offsets[k]:frame_offsets[k + 1]]",
       .cumulative = true},
      {.name = "frame_index", .type = Type::kInt64, .units = "frame", .axes = "frame"},
      {.name = "time_s", .type = Type::kFloat64, .units = "s", .axes = "frame"},
      {.name = "offsets",
       .type = Type::kInt64,
       .units = "frame",
       .axes = "video",
       .formula = "video v has the frames offsets[v] to offsets[v + 1] - 1",
       .cumulative = true},
      {.name = "video_id", .type = Type::kString, .units = "1", .axes = "video"},
      {.name = "width", .type = Type::kInt32, .units = "pixel", .axes = "video"},
      {.name = "height", .type = Type::kInt32, .units = "pixel", .axes = "video"},
  };
  return schema;
}

}  // namespace

std::string frame_encoding_name(FrameEncoding encoding) {
  for (const auto& [value, name] : kEncodings) {
    if (value == encoding) return name;
  }
  throw std::logic_error("no such frame encoding");
}

struct FramesWriter::Impl {
  PackWriter pack;
  FrameEncoding encoding;
};

FramesWriter::FramesWriter(std::string path, FrameEncoding encoding, const nlohmann::ordered_json& key, bool force)
    : impl_(new Impl{PackWriter(std::move(path), frames_schema(encoding), key, force), encoding}) {}
FramesWriter::FramesWriter(FramesWriter&&) noexcept = default;
FramesWriter& FramesWriter::operator=(FramesWriter&&) noexcept = default;
FramesWriter::~FramesWriter() = default;

uint64_t FramesWriter::first() const { return impl_->pack.first(); }
ItemRunResult FramesWriter::before(const std::vector<Item>& items) const { return impl_->pack.before(items); }

void FramesWriter::add(const ItemOutcome& outcome, const VideoFrames& frames, const ByteSpool& data) {
  const size_t count = frames.frame_index.size();
  const int64_t raw = raw_frame_bytes(impl_->encoding, frames.width, frames.height);
  const bool sizes_fit = std::all_of(frames.frame_bytes.begin(), frames.frame_bytes.end(),
                                     [&](int64_t size) { return size >= 0 && (raw == 0 || size == raw); });
  if (frames.time_s.size() != count || frames.frame_bytes.size() != count || !sizes_fit ||
      std::accumulate(frames.frame_bytes.begin(), frames.frame_bytes.end(), int64_t{0}) !=
          static_cast<int64_t>(data.size()))
    throw std::logic_error("frames and their sizes differ");
  PackWriter& pack = impl_->pack;
  data.for_each_part([&](std::span<const uint8_t> part) { pack.append<uint8_t>("data", part); });
  pack.append<int64_t>("frame_offsets", frames.frame_bytes);
  pack.append<int64_t>("frame_index", frames.frame_index);
  pack.append<double>("time_s", frames.time_s);
  pack.append_one<int64_t>("offsets", static_cast<int64_t>(count));
  pack.append_text("video_id", frames.video_id);
  pack.append_one<int32_t>("width", frames.width);
  pack.append_one<int32_t>("height", frames.height);
  pack.end_item(outcome);
}

void FramesWriter::fail(const ItemOutcome& outcome, const std::string& reason) {
  impl_->pack.fail_item(outcome, reason);
}

void FramesWriter::finish(const nlohmann::ordered_json& inner_manifest) { impl_->pack.finish(inner_manifest); }
void FramesWriter::done() { impl_->pack.done(); }

struct FramesFile::Impl {
  H5File file;
  VideoIndex videos;
  FrameEncoding encoding = FrameEncoding::kJpeg;
  std::vector<int64_t> offsets;
  std::vector<int32_t> width, height;
  uint64_t data_bytes = 0;

  // Where the frames of the video read last are; most callers read frame after frame.
  mutable std::mutex mutex;
  mutable int64_t cached = -1;
  mutable std::shared_ptr<const std::vector<int64_t>> cached_places;

  explicit Impl(const std::string& path)
      : file(open_pack(path, "vs.frames", kFramesVersion,
                       {"data", "frame_offsets", "frame_index", "time_s", "offsets", "video_id", "width", "height"})),
        videos(file) {
    const std::string name = file.has_attribute("/", "encoding") ? file.read_text("/", "encoding") : "";
    const auto known =
        std::find_if(kEncodings.begin(), kEncodings.end(), [&](const auto& e) { return name == e.second; });
    if (known == kEncodings.end()) throw DataError(path, "encoding \"" + printable(name) + "\" is unknown");
    encoding = known->first;
    data_bytes = count_rows(file, "data");
    const uint64_t frames = count_rows(file, "frame_index");
    offsets = read_offsets(file, "offsets", videos.size(), frames);
    if (count_rows(file, "time_s") != frames || count_rows(file, "frame_offsets") != frames + 1)
      throw DataError(path, "datasets of frames differ in length");
    width = file.read<int32_t>("width");
    height = file.read<int32_t>("height");
    if (width.size() != videos.size() || height.size() != videos.size())
      throw DataError(path, "datasets of videos differ in length");
    constexpr int32_t kLargestSide = 1 << 16;
    const auto bad = [](int32_t side) { return side < 0 || side > kLargestSide; };
    if (std::any_of(width.begin(), width.end(), bad) || std::any_of(height.begin(), height.end(), bad))
      throw DataError(path, "width and height must lie in 0 to 65536");
  }

  /// frame_offsets of a video's frames, one more than it has frames.
  std::shared_ptr<const std::vector<int64_t>> places(int64_t video) const {
    videos.check(video);
    const std::lock_guard guard(mutex);
    if (cached == video) return cached_places;
    const auto at = static_cast<size_t>(video);
    const auto begin = static_cast<uint64_t>(offsets[at]), end = static_cast<uint64_t>(offsets[at + 1]);
    auto read =
        std::make_shared<std::vector<int64_t>>(file.read_rows<int64_t>("frame_offsets", begin, end - begin + 1));
    const int64_t raw = raw_frame_bytes(encoding, width[at], height[at]);
    for (size_t i = 0; i < read->size(); ++i) {
      const int64_t place = (*read)[i];
      const int64_t before = i ? (*read)[i - 1] : 0;
      if (place < before || static_cast<uint64_t>(place) > data_bytes || (i && raw && place - before != raw))
        throw DataError(file.path(), fmt::format("frame {} of \"{}\" does not lie in the data as it should",
                                                 i ? i - 1 : 0, printable(videos.ids()[at])));
    }
    cached = video;
    cached_places = read;
    return read;
  }
};

FramesFile::FramesFile(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
FramesFile::FramesFile(FramesFile&&) noexcept = default;
FramesFile& FramesFile::operator=(FramesFile&&) noexcept = default;
FramesFile::~FramesFile() = default;

const std::string& FramesFile::path() const { return impl_->file.path(); }
FrameEncoding FramesFile::encoding() const { return impl_->encoding; }
int64_t FramesFile::num_videos() const { return static_cast<int64_t>(impl_->videos.size()); }
const std::vector<std::string>& FramesFile::video_ids() const { return impl_->videos.ids(); }
int64_t FramesFile::find(const std::string& video_id) const { return impl_->videos.find(video_id); }

VideoFrames FramesFile::video(int64_t video) const {
  const auto places = impl_->places(video);
  const auto at = static_cast<size_t>(video);
  const auto begin = static_cast<uint64_t>(impl_->offsets[at]);
  const uint64_t count = places->size() - 1;
  VideoFrames frames;
  frames.video_id = impl_->videos.ids()[at];
  frames.width = impl_->width[at];
  frames.height = impl_->height[at];
  frames.frame_index = impl_->file.read_rows<int64_t>("frame_index", begin, count);
  frames.time_s = impl_->file.read_rows<double>("time_s", begin, count);
  for (uint64_t i = 0; i < count; ++i) frames.frame_bytes.push_back((*places)[i + 1] - (*places)[i]);
  return frames;
}

int64_t FramesFile::num_frames(int64_t video) const {
  impl_->videos.check(video);
  const auto at = static_cast<size_t>(video);
  return impl_->offsets[at + 1] - impl_->offsets[at];
}

std::vector<uint8_t> FramesFile::frame(int64_t video, int64_t k) const { return frames(video, k, 1); }

std::vector<uint8_t> FramesFile::frames(int64_t video, int64_t k, int64_t count) const {
  const auto places = impl_->places(video);
  const auto total = static_cast<int64_t>(places->size()) - 1;
  if (k < 0 || count < 0 || k > total || count > total - k) throw std::logic_error("no such frame in the pack");
  const auto begin = static_cast<uint64_t>((*places)[static_cast<size_t>(k)]);
  const auto end = static_cast<uint64_t>((*places)[static_cast<size_t>(k + count)]);
  return impl_->file.read_rows<uint8_t>("data", begin, end - begin);
}

}  // namespace vs::store

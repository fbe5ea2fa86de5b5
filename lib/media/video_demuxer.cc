#include "lib/media/video_demuxer.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <set>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

#include "lib/core/cancel.h"
#include "lib/core/error.h"

namespace vs::media {
namespace {

constexpr const char* kNotAVideo = "cannot be opened as a video";

Fraction fraction(AVRational value) {
  if (value.den == 0) return {0, 1};
  const int64_t divisor = std::gcd(int64_t{value.num}, int64_t{value.den});
  const int64_t sign = value.den < 0 ? -1 : 1;
  return {sign * value.num / divisor, sign * value.den / divisor};
}

int stop_callback(void* clock) { return static_cast<const WorkClock*>(clock)->must_stop() ? 1 : 0; }

// A playlist or a reference inside a hostile file must not make us read other files.
int open_only_this_file(AVFormatContext* format, AVIOContext** io, const char* url, int flags, AVDictionary** options) {
  const auto* allowed = static_cast<const std::string*>(format->opaque);
  if (*allowed != url || (flags & AVIO_FLAG_WRITE)) return AVERROR(EACCES);
  return avio_open2(io, url, flags, &format->interrupt_callback, options);
}

// Every demuxer but those whose files name other files, or are programs.
const std::string& allowed_demuxers() {
  static const std::string names = [] {
    const std::set<std::string> refused = {"concat", "dash", "hls", "imf",      "rtp",
                                           "rtsp",   "sap",  "sdp", "avisynth", "vapoursynth"};
    std::string list;
    void* position = nullptr;
    while (const AVInputFormat* format = av_demuxer_iterate(&position)) {
      const std::string name = format->name;
      if (!refused.contains(name.substr(0, name.find(',')))) list += (list.empty() ? "" : ",") + name;
    }
    return list;
  }();
  return names;
}

class Dictionary {
 public:
  Dictionary() = default;
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;
  ~Dictionary() { av_dict_free(&entries_); }
  void set(const char* key, const char* value) { av_dict_set(&entries_, key, value, 0); }
  void set(const char* key, int64_t value) { av_dict_set_int(&entries_, key, value, 0); }
  AVDictionary** address() { return &entries_; }

 private:
  AVDictionary* entries_ = nullptr;
};

std::string range_name(AVColorRange range) {
  const char* name = range == AVCOL_RANGE_UNSPECIFIED ? nullptr : av_color_range_name(range);
  return name ? name : "unknown";
}

std::string space_name(AVColorSpace space) {
  const char* name = space == AVCOL_SPC_UNSPECIFIED ? nullptr : av_color_space_name(space);
  return name ? name : "unknown";
}

void check_is_file(const std::string& path) {
  std::error_code failure;
  const auto status = std::filesystem::status(path, failure);
  if (!std::filesystem::exists(status)) throw DataError(path, "no such file");
  if (std::filesystem::is_directory(status)) throw DataError(path, "is a folder, not a video");
  if (!std::filesystem::is_regular_file(status)) throw DataError(path, "is not a regular file");
}

}  // namespace

bool WorkClock::expired() const {
  if (limit_s_ <= 0) return false;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count() > limit_s_;
}

bool WorkClock::must_stop() const { return cancel_signal() != 0 || expired(); }

void WorkClock::check(const std::string& path) const {
  throw_if_cancelled();
  if (expired()) {
    throw DataError(path, fmt::format("no frame within {:g} s", limit_s_),
                    "the file is damaged, or needs a longer time limit");
  }
}

VideoDemuxer::VideoDemuxer(const std::string& path, const VideoOptions& options, AvLog& log, WorkClock& clock)
    : path_("file:" + path), options_(options), log_(log), clock_(clock) {
  check_is_file(path);
  open();
}

void VideoDemuxer::open() {
  const AvLogScope scope(log_);
  format_.reset();
  open_input();
  choose_stream();
  fill_info();
}

void VideoDemuxer::open_input() {
  const std::string place = path_.substr(std::strlen("file:"));
  clock_.restart();
  AVFormatContext* context = avformat_alloc_context();
  if (!context) throw std::bad_alloc();
  context->interrupt_callback = {stop_callback, &clock_};
  context->io_open = open_only_this_file;
  context->opaque = &path_;
  Dictionary options;
  options.set("protocol_whitelist", "file");
  options.set("format_whitelist", allowed_demuxers().c_str());
  options.set("pattern_type", "none");  // a picture named "%d.jpg" is that file, not a series
  // On failure FFmpeg frees the context itself.
  const int opened = avformat_open_input(&context, path_.c_str(), nullptr, options.address());
  if (opened < 0) {
    clock_.check(place);
    throw DataError(place, fmt::format("{}: {}", kNotAVideo, av_error_text(opened)));
  }
  format_.reset(context);
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const AVCodecParameters& parameters = *format_->streams[i]->codecpar;
    if (int64_t{parameters.width} * parameters.height > options_.max_pixels) {
      throw DataError(place, fmt::format("frame size {}x{} is over the limit of {} pixels", parameters.width,
                                         parameters.height, options_.max_pixels));
    }
  }
  Dictionary probing;
  probing.set("max_pixels", options_.max_pixels);
  probing.set("threads", "1");
  std::vector<AVDictionary*> of_stream(format_->nb_streams, nullptr);
  for (auto& entries : of_stream) av_dict_copy(&entries, *probing.address(), 0);
  const int found = avformat_find_stream_info(format_.get(), of_stream.empty() ? nullptr : of_stream.data());
  for (auto& entries : of_stream) av_dict_free(&entries);
  clock_.check(place);
  if (found < 0) throw DataError(place, fmt::format("{}: {}", kNotAVideo, av_error_text(found)));
}

void VideoDemuxer::choose_stream() {
  const std::string place = path_.substr(std::strlen("file:"));
  const AVCodec* decoder = nullptr;
  const int best = av_find_best_stream(format_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
  if (best == AVERROR_DECODER_NOT_FOUND) throw DataError(place, "no decoder for its video stream");
  if (best < 0) throw NoVideoStream(place, "no video stream", "give a file with pictures");
  stream_ = best;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    format_->streams[i]->discard = static_cast<int>(i) == stream_ ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
  const AVCodecParameters& parameters = codec_parameters();
  if (int64_t{parameters.width} * parameters.height > options_.max_pixels) {
    throw DataError(place, fmt::format("frame size {}x{} is over the limit of {} pixels", parameters.width,
                                       parameters.height, options_.max_pixels));
  }
}

const AVCodecParameters& VideoDemuxer::codec_parameters() const { return *format_->streams[stream_]->codecpar; }

void VideoDemuxer::fill_info() {
  AVStream& stream = *format_->streams[stream_];
  const AVCodecParameters& parameters = *stream.codecpar;
  VideoInfo info;
  info.container = format_->iformat->name;
  info.codec = avcodec_get_name(parameters.codec_id);
  if (const char* profile = avcodec_profile_name(parameters.codec_id, parameters.profile)) {
    info.profile = profile;
  } else if (parameters.profile != FF_PROFILE_UNKNOWN) {
    info.profile = std::to_string(parameters.profile);
  }
  const char* format_name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(parameters.format));
  info.pixel_format = format_name ? format_name : "unknown";
  info.width = parameters.width;
  info.height = parameters.height;
  info.time_base = fraction(stream.time_base);
  info.r_frame_rate = fraction(stream.r_frame_rate);
  info.avg_frame_rate = fraction(stream.avg_frame_rate);
  info.sample_aspect_ratio = fraction(av_guess_sample_aspect_ratio(format_.get(), &stream, nullptr));
  info.color_range = range_name(parameters.color_range);
  info.color_space = space_name(parameters.color_space);
  if (stream.nb_frames > 0) info.header_frames = stream.nb_frames;
  if (stream.duration != AV_NOPTS_VALUE) {
    info.duration_s = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  } else if (format_->duration != AV_NOPTS_VALUE) {
    info.duration_s = static_cast<double>(format_->duration) / AV_TIME_BASE;
  }
  if (format_->start_time != AV_NOPTS_VALUE) info.file_start_us = format_->start_time;
  if (stream.start_time != AV_NOPTS_VALUE) info.stream_start_ticks = stream.start_time;
  info.start_of_stream_counts = info.container == "mpeg" || info.container == "mpegts";
  info.stream_index = stream_;
  info.stream_count = static_cast<int>(format_->nb_streams);
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    info.video_stream_count += format_->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
  }
  info.reorder_delay = parameters.video_delay;
  info.interlaced = parameters.field_order != AV_FIELD_UNKNOWN && parameters.field_order != AV_FIELD_PROGRESSIVE;
  info.cover_picture = (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
  size_t matrix_bytes = 0;
  const uint8_t* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &matrix_bytes);
  if (matrix && matrix_bytes >= 9 * sizeof(int32_t)) {
    int32_t numbers[9];
    std::memcpy(numbers, matrix, sizeof(numbers));
    info.rotate_clockwise = rotation_of_display_matrix(numbers);
  }
  info_ = std::move(info);
}

bool VideoDemuxer::read(AVPacket& packet) {
  const AvLogScope scope(log_);
  for (;;) {
    av_packet_unref(&packet);
    const int code = av_read_frame(format_.get(), &packet);
    if (code == AVERROR(EAGAIN)) {
      clock_.check(path_.substr(std::strlen("file:")));
      continue;
    }
    if (code < 0) {
      clock_.check(path_.substr(std::strlen("file:")));
      if (code != AVERROR_EOF) read_failure_ = fmt::format("reading stopped: {}", av_error_text(code));
      return false;
    }
    if (packet.stream_index == stream_) return true;
  }
}

bool VideoDemuxer::seek(int64_t ticks) {
  const AvLogScope scope(log_);
  return av_seek_frame(format_.get(), stream_, ticks, AVSEEK_FLAG_BACKWARD) >= 0;
}

void VideoDemuxer::reopen() {
  read_failure_.clear();
  open();
}

int rotation_of_display_matrix(const int32_t matrix[9]) {
  const double counterclockwise = av_display_rotation_get(matrix);
  if (std::isnan(counterclockwise)) return 0;
  const int degrees = static_cast<int>(std::lround(-counterclockwise)) % 360;
  return degrees < 0 ? degrees + 360 : degrees;
}

}  // namespace vs::media

#include "lib/annot/format.h"

#include "lib/annot/text_lines.h"
#include "lib/annot/video_names.h"

namespace vs::annot {
namespace {

struct FormatName {
  Format format;
  std::string_view name;
};

constexpr FormatName kFormats[] = {
    {Format::kRawframes, "rawframes"},
    {Format::kVideos, "videos"},
    {Format::kRawframesJson, "rawframes-json"},
    {Format::kVideosJson, "videos-json"},
    {Format::kKineticsCsv, "kinetics-csv"},
    {Format::kSomethingCsv, "sth-csv"},
    {Format::kSomethingJson, "sth-json"},
    {Format::kUcf101, "ucf101"},
    {Format::kHmdb51, "hmdb51"},
    {Format::kMmitCsv, "mmit-csv"},
    {Format::kDiving48Json, "diving48-json"},
    {Format::kActivitynetJson, "activitynet-json"},
    {Format::kActnetList, "actnet-list"},
    {Format::kMinikList, "minik-list"},
    {Format::kAnnotations, "annotations"},
};

constexpr size_t kLookAt = size_t{1} << 16;

bool is_integer(std::string_view text) {
  int64_t value = 0;
  return read_integer(text, value) == IntegerForm::kInteger;
}

std::optional<Format> detect_json(std::string_view text) {
  const auto has = [&](std::string_view key) { return text.find(key) != std::string_view::npos; };
  if (text[0] == '{') return has("\"database\"") ? std::optional(Format::kActivitynetJson) : std::nullopt;
  if (has("\"frame_dir\"")) return Format::kRawframesJson;
  if (has("\"filename\"")) return Format::kVideosJson;
  if (has("\"vid_name\"")) return Format::kDiving48Json;
  if (has("\"id\"")) return Format::kSomethingJson;
  return std::nullopt;
}

std::optional<Format> detect_line(std::string_view line, std::string_view file_name) {
  if (line.starts_with("label,youtube_id") || line.starts_with("youtube_id,")) return Format::kKineticsCsv;
  if (line.find(';') != std::string_view::npos) return Format::kSomethingCsv;
  if (file_name.find("_test_split") != std::string_view::npos) return Format::kHmdb51;
  const auto commas = delimited_fields(line, ',');
  if (commas.size() >= 2 && is_integer(commas.back().text)) {
    if (has_video_extension(commas[0].text)) return commas.size() == 2 ? Format::kVideos : Format::kMmitCsv;
    return commas.size() >= 3 && is_integer(commas[1].text) ? Format::kActnetList : Format::kVideos;
  }
  const auto fields = blank_fields(line);
  if (has_video_extension(fields[0].text)) return Format::kVideos;
  if (fields.size() >= 2 && is_integer(fields[1].text)) return Format::kRawframes;
  return fields.size() == 1 ? std::optional(Format::kVideos) : std::nullopt;
}

}  // namespace

std::string_view name_of(Format format) {
  for (const FormatName& entry : kFormats) {
    if (entry.format == format) return entry.name;
  }
  return {};
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const FormatName& entry : kFormats) names.emplace_back(entry.name);
  return names;
}

std::optional<Format> format_of(std::string_view name) {
  for (const FormatName& entry : kFormats) {
    if (entry.name == name) return entry.format;
  }
  return std::nullopt;
}

std::optional<Format> detect_format(std::string_view bytes, std::string_view file_name) {
  if (bytes.starts_with("\x89HDF\r\n\x1a\n")) return Format::kAnnotations;
  bytes.remove_prefix(byte_order_mark(bytes));
  bytes = bytes.substr(0, kLookAt);
  const size_t start = bytes.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return std::nullopt;
  const std::string_view text = bytes.substr(start);
  if (text[0] == '{' || (text[0] == '[' && text.find('{') != std::string_view::npos)) {
    if (const auto json = detect_json(text)) return json;
  }
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return detect_line(line, file_name);
}

}  // namespace vs::annot

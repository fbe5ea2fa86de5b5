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

/// AR-Net's Mini-Kinetics lists: every line ends with a count and a label, and in front of them some path holds blanks.
/// A list without such a path is a list of rawframes too. The last line counts only if it is whole.
bool is_minik_list(std::string_view text, bool cut) {
  bool blanks_in_path = false;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos && cut) break;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto fields = blank_fields(line);
    if (fields.empty()) continue;
    if (fields.size() < 3 || !is_integer(fields.back().text) || !is_integer(fields[fields.size() - 2].text))
      return false;
    if (fields.size() > 3 && !is_integer(fields[1].text)) blanks_in_path = true;
  }
  return blanks_in_path;
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

std::optional<Format> detect_line(std::string_view line, std::string_view file_name, bool is_minik) {
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
  if (is_minik) return Format::kMinikList;
  if (fields.size() >= 2 && is_integer(fields[1].text)) return Format::kRawframes;
  // A lone bracket begins JSON of some other kind.
  const bool json = line[0] == '[' || line[0] == '{';
  return fields.size() == 1 && !json ? std::optional(Format::kVideos) : std::nullopt;
}

/// The first line that holds something, without its end; empty if there is none.
std::string_view first_line(std::string_view bytes) {
  bytes.remove_prefix(byte_order_mark(bytes));
  const size_t start = bytes.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {};
  std::string_view line = bytes.substr(start, bytes.find('\n', start) - start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

bool is_comma_list(std::string_view bytes) {
  const auto fields = delimited_fields(first_line(bytes), ',');
  return fields.size() == 2 && !fields[0].text.empty() && is_integer(fields[1].text);
}

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
  const bool cut = bytes.size() > kLookAt;
  bytes = bytes.substr(0, kLookAt);
  const size_t start = bytes.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return std::nullopt;
  const std::string_view text = bytes.substr(start);
  if (text[0] == '{' || (text[0] == '[' && text.find('{') != std::string_view::npos)) {
    if (const auto json = detect_json(text)) return json;
  }
  return detect_line(first_line(text), file_name, is_minik_list(text, cut));
}

}  // namespace vs::annot

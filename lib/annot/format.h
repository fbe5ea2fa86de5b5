// The file formats that annotations come in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vs::annot {

enum class Format {
  kRawframes,        ///< `folder frames label...`, `folder offset frames label...`, or without label
  kVideos,           ///< `file label...`, or without label; any delimiter
  kRawframesJson,    ///< [{"frame_dir", "total_frames", "label": [..]}]
  kVideosJson,       ///< [{"filename", "label": [..]}]
  kKineticsCsv,      ///< label,youtube_id,time_start,time_end,split,is_cc
  kSomethingCsv,     ///< Something-Something V1, Jester: `id;label name`
  kSomethingJson,    ///< Something-Something V2: [{"id", "template"}]
  kUcf101,           ///< `Class/v_x.avi 1`
  kHmdb51,           ///< one class's `name.avi 1|2|0` (train, test, unused)
  kMmitCsv,          ///< `a/b_1.mp4,1,3,5`
  kDiving48Json,     ///< [{"vid_name", "label"}]
  kActivitynetJson,  ///< {"database": {id: {duration, subset, annotations}}}
  kActnetList,       ///< AR-Net's ActivityNet and FCVID lists: `v_x,4169,33[,label]`
  kMinikList,        ///< AR-Net's Mini-Kinetics lists: `path with blanks frames label`
  kAnnotations,      ///< vs.annotations/1 (HDF5)
};

/// "rawframes", "kinetics-csv", ...: what `--from` and `--to` take.
std::string_view name_of(Format format);
/// All names in the order above.
std::vector<std::string> format_names();
/// The format of a name; nothing if there is none.
std::optional<Format> format_of(std::string_view name);

/// The format that bytes show by themselves, with the file's name as a help: HDF5 and JSON by their structure, lists by
/// their first line (kMinikList by the lines of the first 64 KiB: paths with blanks before a count and a label). A list
/// `folder a b c` is read as kRawframes, with several labels or an offset only if the reader is told so. Nothing if no
/// format fits.
std::optional<Format> detect_format(std::string_view bytes, std::string_view file_name = {});

/// True if the first line is `file,label`: a list of videos with commas between its fields.
bool is_comma_list(std::string_view bytes);

}  // namespace vs::annot

// MGSampler's own motion files: one JSON object, video name -> list of numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vs::motion {

/// How a video's name in a motion file is made from its file name.
enum class NameRule {
  kExtension,  ///< only the last extension is cut: "a.1.mp4" -> "a.1"
  kFirstDot,   ///< all from the first dot on is cut, as the published script does: "a.1.mp4" -> "a"
};

/// What the numbers of a motion file are. Raw motion and a curve cannot be told apart safely, so that somebody says it.
enum class Values {
  kRaw,    ///< motion between frames i and i + 1
  kCurve,  ///< cumulative curve that rises to 1
};

/// The name of a video in a motion file: the last component of `path`, cut by `rule`. A dot at the very start does not
/// count as an extension (".mp4" stays; by kFirstDot it gives "").
std::string video_name(const std::string& path, NameRule rule);

/// One video of a motion file. An unreadable or one-frame video has an empty list in the published files.
struct NamedMotion {
  std::string name;
  std::vector<double> values;
  bool operator==(const NamedMotion&) const = default;
};

/// What a motion file held.
struct MgsamplerMotion {
  std::vector<NamedMotion> videos;    ///< in file order, each name once
  std::vector<std::string> warnings;  ///< "m.json: 2 objects follow each other ..."
};

/// Reads a motion file's text. The published script appends, so several objects may follow each other and names may
/// come twice: the last entry of a name counts, and a warning says so.
/// Throws DataError "name:line:column: finding" for anything but objects of lists of numbers, for a value that is
/// not finite or below 0, and for a curve (values == kCurve) that falls or does not end at 1 within 1e-6.
/// Source: the published code of MGSampler (Zhi et al., ICCV 2021), generate_img_diff.py and generate_feature_diff.py.
MgsamplerMotion read_mgsampler_json(const std::string& name, std::string_view text, Values values);

/// Writes a motion file piece by piece, in the published layout: `{"abc": [1.5, 2.0], "one": []}` and no line feed.
/// Numbers are written so that they read back equal, as Python's repr does.
class MgsamplerJsonWriter {
 public:
  /// write: takes the next piece of text.
  explicit MgsamplerJsonWriter(std::function<void(std::string_view)> write);
  /// Throws DataError if a value is not finite (JSON has no such number).
  void add(const std::string& name, const std::vector<double>& values);
  /// The closing bracket. Call it once, last.
  void finish();

 private:
  std::function<void(std::string_view)> write_;
  bool first_ = true;
};

/// A finite number as Python prints it: the shortest text that reads back equal, with ".0" behind a whole number.
std::string python_number(double value);

}  // namespace vs::motion

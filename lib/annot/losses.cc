#include "lib/annot/losses.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/annot/kinetics_name.h"
#include "lib/annot/label_map.h"
#include "lib/annot/parsers_internal.h"

namespace vs::annot {
namespace {

/// What a format has a place for.
struct Holds {
  bool frames = false, seconds = false, split = false, class_names = false;
  bool ending = false;  ///< of file names
  bool folders = true;  ///< above a name, other than that of the class
};

Holds holds_of(Format format) {
  switch (format) {
    case Format::kRawframes:
    case Format::kRawframesJson:
    case Format::kActnetList:
    case Format::kMinikList:
      return {.frames = true, .ending = true};
    case Format::kVideos:
    case Format::kVideosJson:
    case Format::kMmitCsv:
      return {.ending = true};
    case Format::kKineticsCsv:
      return {.split = true, .class_names = true, .folders = false};
    case Format::kSomethingCsv:
    case Format::kSomethingJson:
      return {.class_names = true};
    case Format::kUcf101:
      return {.class_names = true, .ending = true, .folders = false};
    case Format::kHmdb51:
      return {.split = true, .class_names = true, .ending = true, .folders = false};
    case Format::kDiving48Json:
      return {};
    case Format::kActivitynetJson:
      return {.seconds = true, .split = true, .class_names = true, .folders = false};
    case Format::kAnnotations:
      break;
  }
  return {.frames = true, .seconds = true, .split = true, .class_names = true, .ending = true};
}

/// True if a path has folders other than its class's own.
bool has_folders(const AnnotationSet& set, const Annotation& item) {
  const std::string name = last_components(item.path, 1);
  if (name == item.path) return false;
  if (item.labels.size() != 1 || static_cast<size_t>(item.labels[0]) >= set.classes.size()) return true;
  const std::string& class_name = set.classes[static_cast<size_t>(item.labels[0])];
  return item.path != class_name + "/" + name && item.path != kinetics_class_name(class_name) + "/" + name;
}

/// True if the name of a Kinetics clip tells the duration.
bool name_tells_duration(const Annotation& item) {
  const auto name = kinetics_name(last_components(without_extension(item.path), 1));
  return name && static_cast<double>(name->end_s - name->start_s) == item.duration_s;
}

bool splits_differ(const AnnotationSet& set) {
  return std::any_of(set.items.begin(), set.items.end(),
                     [&](const Annotation& item) { return item.split != set.items[0].split; });
}

}  // namespace

void add_losses(const std::vector<Loss>& from, std::vector<Loss>& losses) {
  for (const Loss& loss : from) {
    const auto known = std::find_if(losses.begin(), losses.end(), [&](const Loss& l) { return l.what == loss.what; });
    if (known == losses.end()) {
      losses.push_back(loss);
    } else {
      known->records += loss.records;
    }
  }
}

void note_loss(std::vector<Loss>& losses, std::string_view what, const std::string& path) {
  add_losses({{std::string(what), 1, path}}, losses);
}

std::vector<Loss> losses_of(const AnnotationSet& set, Format format, bool classes_known) {
  std::vector<Loss> losses;
  if (format == Format::kAnnotations) return losses;
  const Holds holds = holds_of(format);
  const auto lose_extras = [&](const std::vector<Extra>& extras, const std::string& path) {
    for (const Extra& extra : extras) {
      if (extra.format == format || extra.name.starts_with('.')) continue;
      if (path.empty()) {
        losses.push_back({fmt::format("`{}`", extra.name), 0, {}});
      } else {
        note_loss(losses, fmt::format("`{}`", extra.name), path);
      }
    }
  };
  lose_extras(set.extras, {});
  if (!holds.class_names && !classes_known && !set.classes.empty()) losses.push_back({"the class names", 0, {}});
  const bool lose_split = !holds.split && splits_differ(set);
  for (const Annotation& item : set.items) {
    if (set.with_offset && format != Format::kRawframes) note_loss(losses, "an offset", item.path);
    if (!holds.frames && item.num_frames >= 0) note_loss(losses, "a number of frames", item.path);
    if (!holds.seconds && !item.segments.empty()) note_loss(losses, "segments in seconds", item.path);
    if (!holds.seconds && item.duration_s >= 0 && !name_tells_duration(item)) {
      note_loss(losses, "a duration", item.path);
    }
    if (lose_split && !item.split.empty()) note_loss(losses, "a split", item.path);
    if (!holds.ending && set.media == Media::kVideos) note_loss(losses, "a file name's ending", item.path);
    if (!holds.folders && has_folders(set, item)) note_loss(losses, "folders in its path", item.path);
    lose_extras(item.extras, item.path);
  }
  return losses;
}

}  // namespace vs::annot

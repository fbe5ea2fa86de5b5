#include "lib/annot/file_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

#include "lib/annot/parsers_internal.h"
#include "lib/annot/video_names.h"
#include "lib/core/error.h"
#include "lib/core/file_template.h"

namespace vs::annot {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 64;  // a folder that links to itself ends here

/// Entries of a folder, sorted, hidden ones left out.
std::vector<fs::directory_entry> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().string().starts_with('.')) entries.push_back(*it);
  }
  if (error) throw DataError(folder.string(), "folder cannot be read: " + error.message());
  std::sort(entries.begin(), entries.end());
  return entries;
}

/// The relative path of an entry of a folder.
std::string below(const std::string& relative, const std::string& name) {
  return relative.empty() ? name : fmt::format("{}/{}", relative, name);
}

struct FrameCounts {
  int64_t frames = 0, flow_x = 0, flow_y = 0;
};

class FrameCounter {
 public:
  explicit FrameCounter(const FrameRule& rule) : rule_(&rule) {
    if (!rule.name_template.empty()) template_ = FileTemplate::parse(rule.name_template);
  }

  FrameCounts count(const std::vector<fs::directory_entry>& entries) const {
    FrameCounts counts;
    for (const auto& entry : entries) {
      const std::string name = entry.path().filename().string();
      if (template_ ? template_->number_of(name).has_value() : name.starts_with(rule_->prefix)) ++counts.frames;
      if (!rule_->flow_x_prefix.empty() && name.starts_with(rule_->flow_x_prefix)) ++counts.flow_x;
      if (!rule_->flow_y_prefix.empty() && name.starts_with(rule_->flow_y_prefix)) ++counts.flow_y;
    }
    return counts;
  }

  std::string what() const { return template_ ? rule_->name_template : rule_->prefix + "*"; }

 private:
  const FrameRule* rule_;
  std::optional<FileTemplate> template_;
};

void add_frame_folder(FolderIndex& index, const std::string& name, const std::string& path, const FrameCounter& counter,
                      const FrameCounts& counts) {
  if (counts.flow_x != counts.flow_y) {
    index.left_out.push_back({name, fmt::format("{} x and {} y flow images", counts.flow_x, counts.flow_y)});
  } else if (counts.frames == 0) {
    index.left_out.push_back({name, fmt::format("no frame named {}", counter.what())});
  } else {
    index.videos.emplace(name, FoundVideo{path, counts.frames});
  }
}

void walk_frame_folders(const fs::path& folder, const std::string& relative, int depth, int level,
                        const FrameCounter& counter, FolderIndex& index) {
  const auto entries = entries_of(folder);
  const bool here = level == 0 ? depth > 0 : depth == level;
  if (here) {
    const FrameCounts counts = counter.count(entries);
    if (level > 0 || counts.frames > 0) add_frame_folder(index, relative, relative, counter, counts);
    if (level > 0) return;
  }
  if (depth >= kDeepest) return;
  for (const auto& entry : entries) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename().string();
    walk_frame_folders(entry.path(), below(relative, name), depth + 1, level, counter, index);
  }
}

void walk_videos(const fs::path& folder, const std::string& relative, int depth, int level, FolderIndex& index) {
  for (const auto& entry : entries_of(folder)) {
    const std::string name = entry.path().filename().string();
    const std::string path = below(relative, name);
    if (entry.is_directory()) {
      if (level == 0 ? depth + 1 < kDeepest : depth + 1 < level)
        walk_videos(entry.path(), path, depth + 1, level, index);
      continue;
    }
    if (level == 0 ? !has_video_extension(name) : depth + 1 != level) continue;
    const std::string key = without_extension(path);
    const auto [place, added] = index.videos.emplace(key, FoundVideo{path, -1});
    if (!added) index.left_out.push_back({path, fmt::format("the same name as {}", place->second.path)});
  }
}

void sort_left_out(FolderIndex& index) {
  std::sort(index.left_out.begin(), index.left_out.end(),
            [](const LeftOut& a, const LeftOut& b) { return a.name < b.name; });
}

AnnotationSet empty_like(const AnnotationSet& annotations, Media media) {
  AnnotationSet set;
  set.media = media;
  set.multi_label = annotations.multi_label;
  set.num_classes = annotations.num_classes;
  set.classes = annotations.classes;
  set.extras = annotations.extras;
  set.losses = annotations.losses;
  return set;
}

}  // namespace

FolderIndex index_frame_folders(const std::string& folder, int level, const FrameRule& rule) {
  FolderIndex index;
  index.media = Media::kFrames;
  walk_frame_folders(folder, {}, 0, level, FrameCounter(rule), index);
  sort_left_out(index);
  return index;
}

FolderIndex index_video_files(const std::string& folder, int level) {
  FolderIndex index;
  index.media = Media::kVideos;
  walk_videos(folder, {}, 0, level, index);
  sort_left_out(index);
  return index;
}

BuiltList build_list(const AnnotationSet& annotations, const FolderIndex& index) {
  BuiltList list;
  list.set = empty_like(annotations, index.media);
  std::map<std::string, const LeftOut*> left_out;
  for (const LeftOut& entry : index.left_out) left_out.emplace(entry.name, &entry);
  for (const Annotation& annotation : annotations.items) {
    const std::string name = annotations.media == Media::kVideos ? without_extension(annotation.path) : annotation.path;
    const auto found = index.videos.find(name);
    if (found == index.videos.end()) {
      const auto unusable = left_out.find(name);
      if (unusable != left_out.end()) {
        list.left_out.push_back(*unusable->second);
      } else {
        list.missing.push_back(annotation.path);
      }
      continue;
    }
    Annotation item = annotation;
    item.path = found->second.path;
    item.num_frames = found->second.num_frames;
    list.set.items.push_back(std::move(item));
  }
  return list;
}

AnnotationSet list_folder(const FolderIndex& index, bool classes_from_folders,
                          const std::vector<std::string>& classes) {
  AnnotationSet set;
  set.media = index.media;
  const auto first_folder = [](const std::string& path) { return path.substr(0, path.find('/')); };
  if (classes_from_folders) {
    set.classes = classes;
    if (classes.empty()) {
      std::set<std::string> names;
      for (const auto& [name, video] : index.videos) {
        if (video.path.find('/') != std::string::npos) names.insert(first_folder(video.path));
      }
      set.classes.assign(names.begin(), names.end());
    }
    set.num_classes = static_cast<int64_t>(set.classes.size());
  }
  std::map<std::string, int32_t> class_index;
  for (size_t i = 0; i < set.classes.size(); ++i) class_index.emplace(set.classes[i], static_cast<int32_t>(i));
  for (const auto& [name, video] : index.videos) {
    Annotation item;
    item.path = video.path;
    item.num_frames = video.num_frames;
    if (classes_from_folders) {
      const auto found = class_index.find(first_folder(video.path));
      if (found == class_index.end()) {
        throw DataError(video.path, "its first folder is no class",
                        "give class names with --classes, or list it without labels");
      }
      item.labels = {found->second};
    }
    set.items.push_back(std::move(item));
  }
  return set;
}

AnnotationSet activitynet_videos(const AnnotationSet& annotations, const std::string& split, const FolderIndex& index,
                                 VideoLabels labels) {
  AnnotationSet set = empty_like(annotations, index.media);
  set.multi_label = labels == VideoLabels::kAll;
  for (const Annotation& annotation : annotations.items) {
    if (annotation.split != split || annotation.segments.empty()) continue;
    const auto found = index.videos.find(annotation.path);
    if (found == index.videos.end()) continue;
    Annotation item = annotation;
    item.path = found->second.path;
    item.num_frames = found->second.num_frames;
    if (labels == VideoLabels::kFirst) item.labels = {annotation.segments[0].label};
    set.items.push_back(std::move(item));
  }
  return set;
}

AnnotationSet activitynet_clips(const AnnotationSet& annotations, const std::string& split, const FolderIndex& index) {
  AnnotationSet set = empty_like(annotations, index.media);
  set.multi_label = false;
  set.with_offset = true;
  for (const Annotation& annotation : annotations.items) {
    if (annotation.split != split) continue;
    const auto found = index.videos.find(annotation.path);
    if (found == index.videos.end() || annotation.duration_s <= 0) continue;
    const int64_t frames = found->second.num_frames;
    const double fps = static_cast<double>(frames) / annotation.duration_s;
    for (const Segment& segment : annotation.segments) {
      // Compared as reals first: a time far behind the end does not fit an integer.
      const double last = static_cast<double>(frames - 1);
      const double start = std::trunc(segment.start_s * fps);
      const double end = std::min(std::trunc(segment.end_s * fps), last);
      if (!(start <= end)) continue;
      Annotation item;
      item.path = found->second.path;
      item.split = annotation.split;
      item.offset = static_cast<int64_t>(start);
      item.num_frames = static_cast<int64_t>(end) - item.offset + 1;
      item.labels = {segment.label};
      set.items.push_back(std::move(item));
    }
  }
  return set;
}

}  // namespace vs::annot

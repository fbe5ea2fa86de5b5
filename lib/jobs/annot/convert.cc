#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "lib/annot/combine.h"
#include "lib/annot/dataset.h"
#include "lib/annot/file_lists.h"
#include "lib/annot/label_map.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/jobs/annot/annot.h"
#include "lib/jobs/annot/reading.h"
#include "lib/jobs/annot/writing.h"
#include "lib/jobs/inputs/named_input.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

/// One conversion, step by step.
class Conversion {
 public:
  Conversion(const cli::ParsedOptions& parsed, cli::ProgramContext& context)
      : parsed_(&parsed),
        log_(&context.log()),
        reading_(read_annot_reading(parsed)),
        writing_(read_annot_writing(parsed)),
        input_(parsed.positional("INPUT")),
        folder_(parsed.text_or("from-folder", {})),
        prefix_(reading_.options.data_prefix) {
    refuse_existing(writing_.output, writing_.force);
    on_disk_ = parsed.has("videos") || parsed.has("frames");
    // What is looked for on disk has its prefix put on at the end.
    if (on_disk_) reading_.options.data_prefix.clear();
  }

  int run(cli::ProgramContext& context) {
    read();
    keep_subset();
    find_on_disk();
    set_.num_classes = std::max(set_.num_classes, static_cast<int64_t>(set_.classes.size()));
    if (parsed_->has("relabel")) {
      const std::string& map = parsed_->text("relabel");
      annot::relabel(set_, read_named_input("--relabel", [&] { return annot::load_relabeling(map, set_); }), input_);
    }
    put_prefix();
    write_failed();
    write_annot_outputs(outputs(), writing_, sources_, *parsed_, context);
    return sources_.failures.empty() ? kExitDone : kExitFailed;
  }

 private:
  /// One file; HMDB51 has one file a class, whose name stands where the output has {}.
  std::vector<AnnotOutput> outputs() {
    const size_t place = writing_.output.find("{}");
    if (place == std::string::npos ||
        output_format(writing_, writing_.output, set_, sources_) != annot::Format::kHmdb51) {
      return {{writing_.output, &set_}};
    }
    by_class_ = annot::sets_by_class(set_);
    std::vector<AnnotOutput> files;
    for (const annot::ClassSet& part : by_class_) {
      std::string file = writing_.output;
      file.replace(place, 2, part.name);
      files.push_back({std::move(file), &part.set});
    }
    return files;
  }

  void read() {
    if (input_.empty() == folder_.empty()) {
      throw UsageError(folder_.empty() ? "INPUT" : input_,
                       folder_.empty() ? "is missing" : "cannot go with --from-folder",
                       "give an annotation file or --from-folder FOLDER");
    }
    sources_.classes_given = !reading_.options.classes.empty() || parsed_->has("relabel");
    if (!reading_.classes_path.empty()) sources_.paths.push_back(reading_.classes_path);
    (folder_.empty() ? sources_.paths : sources_.folders).push_back(folder_.empty() ? input_ : folder_);
    std::error_code ignored;
    const bool is_folder = !input_.empty() && fs::is_directory(input_, ignored);
    if (parsed_->has("dataset")) {
      if (!is_folder) throw UsageError(input_, "is not a folder", "--dataset needs the folder of the annotation files");
      read_whole_dataset();
    } else if (is_folder) {
      throw UsageError(input_, "is a folder", "list it with --from-folder, or name the --dataset");
    } else if (!folder_.empty()) {
      list_input_folder();
    } else {
      AnnotInput input = read_annot_input(input_, reading_, *log_);
      set_ = std::move(input.named.set);
      sources_.format = input.format;
      sources_.delimiter = input.delimiter;
      if (parsed_->flag("clips") || parsed_->flag("first-label")) need_activitynet(input.format);
    }
  }

  void need_activitynet(annot::Format format) const {
    if (format == annot::Format::kActivitynetJson) return;
    throw UsageError(parsed_->flag("clips") ? "--clips" : "--first-label", "the input is no ActivityNet JSON",
                     "these options go with --from activitynet-json");
  }

  void read_whole_dataset() {
    const std::string& name = parsed_->text("dataset");
    const int level = parsed_->given("level") ? reading_.options.level : annot::usual_level(name);
    level_ = level;
    const annot::Dataset dataset = annot::read_dataset(name, input_, level);
    const bool several = std::any_of(dataset.parts.begin(), dataset.parts.end(),
                                     [](const annot::DatasetPart& part) { return part.split_number > 0; });
    const int split = static_cast<int>(parsed_->integer_or("split-number", several ? 1 : 0));
    set_ = annot::part_of(dataset, parsed_->text_or("subset", "train"), split).set;
    if (name == "activitynet") sources_.format = annot::Format::kActivitynetJson;
    sources_.keeps_format = false;
    if (parsed_->flag("clips") || parsed_->flag("first-label")) need_activitynet(sources_.format);
  }

  annot::FrameRule frame_rule() const {
    annot::FrameRule rule;
    rule.prefix = parsed_->text("frame-prefix");
    rule.name_template = parsed_->text_or("template", {});
    rule.flow_x_prefix = parsed_->text("flow-x-prefix");
    rule.flow_y_prefix = parsed_->text("flow-y-prefix");
    return rule;
  }

  void list_input_folder() {
    const bool frames = parsed_->text("media") == "frames";
    const auto index =
        frames ? annot::index_frame_folders(folder_, 0, frame_rule()) : annot::index_video_files(folder_, 0);
    keep_left_out(index.left_out);
    if (index.videos.empty()) {
      throw DataError(folder_, frames ? "no folder with frames in it" : "no video file in it",
                      frames ? "name the frames with --template" : "folders of frames need --media frames");
    }
    set_ = annot::list_folder(index, parsed_->flag("labels-from-folders"), reading_.options.classes);
    sources_.classes_given = true;  // the paths have them
    sources_.keeps_format = false;
    from_folder_ = folder_;
  }

  void keep_subset() {
    if (!parsed_->has("subset") || parsed_->has("dataset")) return;
    const std::string& subset = parsed_->text("subset");
    const auto before = static_cast<int64_t>(set_.items.size());
    std::erase_if(set_.items, [&](const annot::Annotation& item) { return item.split != subset; });
    sources_.skipped += before - static_cast<int64_t>(set_.items.size());
    if (set_.items.empty()) throw DataError(input_, fmt::format("no record of subset {}", subset));
  }

  /// Folders above the names that are looked for; 0 if they differ.
  int disk_level() const {
    if (level_ > 0) return level_;
    const auto depth = [](const annot::Annotation& item) {
      return static_cast<int>(std::count(item.path.begin(), item.path.end(), '/')) + 1;
    };
    const int first = set_.items.empty() ? 1 : depth(set_.items[0]);
    const bool same =
        std::all_of(set_.items.begin(), set_.items.end(), [&](const auto& item) { return depth(item) == first; });
    return same ? first : 0;
  }

  void find_on_disk() {
    if (!on_disk_) {
      if (parsed_->flag("first-label")) {
        for (annot::Annotation& item : set_.items) {
          if (!item.segments.empty()) item.labels = {item.segments[0].label};
        }
        set_.multi_label = false;
      }
      return;
    }
    const bool frames = parsed_->has("frames");
    from_folder_ = parsed_->text(frames ? "frames" : "videos");
    sources_.folders.push_back(from_folder_);
    const int level = disk_level();
    const auto index = frames ? annot::index_frame_folders(from_folder_, level, frame_rule())
                              : annot::index_video_files(from_folder_, level);
    sources_.keeps_format = false;
    const bool activitynet = sources_.format == annot::Format::kActivitynetJson;
    if (activitynet && frames && (parsed_->flag("clips") || parsed_->flag("first-label"))) {
      keep_left_out(index.left_out);
      const annot::AnnotationSet all = set_;
      set_.items.clear();
      for (const char* split : {"train", "val", "test"}) {
        annot::AnnotationSet part = parsed_->flag("clips")
                                        ? annot::activitynet_clips(all, split, index)
                                        : annot::activitynet_videos(all, split, index, annot::VideoLabels::kFirst);
        part.items.insert(part.items.begin(), set_.items.begin(), set_.items.end());
        set_ = std::move(part);
      }
      return;
    }
    annot::BuiltList list = annot::build_list(set_, index);
    keep_left_out(list.left_out);
    if (!list.missing.empty()) {
      log_->warning(fmt::format("{}: {} of {} videos are not there (first: {})", from_folder_, list.missing.size(),
                                set_.items.size(), list.missing[0]));
      for (const std::string& name : list.missing) log_->detail(fmt::format("not there: {}", name));
    }
    sources_.skipped += static_cast<int64_t>(list.missing.size());
    missing_ = std::move(list.missing);
    set_ = std::move(list.set);
  }

  void keep_left_out(const std::vector<annot::LeftOut>& left_out) {
    for (const annot::LeftOut& entry : left_out) {
      log_->warning(fmt::format("{}: {}, left out", entry.name, entry.reason));
      sources_.failures.push_back({entry.name, entry.name, entry.reason});
    }
  }

  void put_prefix() {
    if (from_folder_.empty()) return;  // the reader did
    const annot::Format format = output_format(writing_, writing_.output, set_, sources_);
    std::string prefix = prefix_;
    // Lists of a folder, and vs.annotations/1, have paths that lead to the files.
    if (prefix.empty() && (!folder_.empty() || format == annot::Format::kAnnotations)) prefix = from_folder_;
    if (prefix.empty()) return;
    for (annot::Annotation& item : set_.items) item.path = (fs::path(prefix) / item.path).lexically_normal().string();
  }

  void write_failed() const {
    if (!parsed_->has("failed") || writing_.dry_run) return;
    std::string text;
    for (const store::Failure& failure : sources_.failures) text += failure.path + "\n";
    for (const std::string& name : missing_) text += name + "\n";
    write_file_atomically(parsed_->text("failed"), text);
  }

  const cli::ParsedOptions* parsed_;
  Log* log_;
  AnnotReading reading_;
  AnnotWriting writing_;
  std::string input_, folder_, prefix_, from_folder_;
  int level_ = 0;
  bool on_disk_ = false;
  annot::AnnotationSet set_;
  std::vector<annot::ClassSet> by_class_;
  AnnotSources sources_;
  std::vector<std::string> missing_;
};

}  // namespace

int run_annot_convert(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  return Conversion(parsed, context).run(context);
}

}  // namespace vs::jobs

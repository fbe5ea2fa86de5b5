#include "lib/annot/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "lib/annot/label_map.h"
#include "lib/annot/losses.h"
#include "lib/annot/parsers_internal.h"
#include "lib/annot/read.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace vs::annot {
namespace {

namespace fs = std::filesystem;

/// Reads the files of a dataset and gathers the bad lines of all of them.
class Reader {
 public:
  Reader(std::string name, const std::string& folder, int level) : folder_(folder), level_(level) {
    dataset_.name = std::move(name);
  }

  Dataset finish() {
    if (!problems_.empty()) throw AnnotationErrors(std::move(problems_));
    if (dataset_.parts.empty()) {
      throw DataError(folder_, fmt::format("no annotation file of {}", dataset_.name),
                      "looked for " + join(looked_for_, ", "));
    }
    return std::move(dataset_);
  }

  bool has(const std::string& file) const { return fs::is_regular_file(path(file)); }

  /// The whole file, which must be there.
  std::string bytes(const std::string& file) const {
    if (!has(file)) throw DataError(path(file), fmt::format("not there, {} needs it", dataset_.name));
    return read_file(path(file));
  }

  std::vector<std::string> classes(const std::string& file) {
    try {
      return parse_label_file(bytes(file), path(file));
    } catch (const AnnotationErrors& errors) {
      keep(errors);
      return {};
    }
  }

  /// Adds one part from one file, if the file is there; returns its classes.
  std::vector<std::string> part(const std::string& file, Format format, const std::string& subset,
                                ReadOptions options = {}, int split_number = 0) {
    looked_for_.push_back(file);
    if (!has(file)) return {};
    options.level = level_;
    try {
      AnnotationSet set = parse_annotations(bytes(file), path(file), format, options);
      for (Annotation& item : set.items) item.split = subset;
      dataset_.parts.push_back({subset, split_number, std::move(set)});
      return dataset_.parts.back().set.classes;
    } catch (const AnnotationErrors& errors) {
      keep(errors);
      return {};
    }
  }

  void keep(const AnnotationErrors& errors) {
    problems_.insert(problems_.end(), errors.problems().begin(), errors.problems().end());
  }

  std::string path(const std::string& file) const { return (fs::path(folder_) / file).string(); }
  const std::string& folder() const { return folder_; }
  int level() const { return level_; }
  Dataset& dataset() { return dataset_; }

 private:
  Dataset dataset_;
  std::string folder_;
  int level_;
  std::vector<Problem> problems_;
  std::vector<std::string> looked_for_;
};

ReadOptions with_classes(std::vector<std::string> classes) {
  ReadOptions options;
  options.classes = std::move(classes);
  return options;
}

void read_kinetics(Reader& reader) {
  const auto classes = reader.part("kinetics_train.csv", Format::kKineticsCsv, "train");
  reader.part("kinetics_val.csv", Format::kKineticsCsv, "val", with_classes(classes));
  ReadOptions test = with_classes(classes);
  test.unlabelled = true;
  reader.part("kinetics_test.csv", Format::kKineticsCsv, "test", test);
}

void read_something(Reader& reader, const std::string& stem, const std::string& extension, Format format) {
  const auto options = with_classes(reader.classes(stem + "labels" + extension));
  if (options.classes.empty()) return;
  reader.part(stem + "train" + extension, format, "train", options);
  reader.part(stem + "validation" + extension, format, "val", options);
  reader.part(stem + "test" + extension, format, "test", options);
}

void read_ucf101(Reader& reader) {
  const auto options = with_classes(reader.classes("classInd.txt"));
  if (options.classes.empty()) return;
  for (int split = 1; split <= 3; ++split) {
    reader.part(fmt::format("trainlist{:02}.txt", split), Format::kUcf101, "train", options, split);
    reader.part(fmt::format("testlist{:02}.txt", split), Format::kUcf101, "val", options, split);
  }
}

void read_hmdb51(Reader& reader) {
  constexpr std::string_view kMark = "_test_split";
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(reader.folder(), error), end; !error && it != end; it.increment(error)) {
    const std::string file = it->path().filename().string();
    const size_t mark = file.find(kMark);
    if (mark != std::string::npos && mark > 0 && file.ends_with(".txt")) names.insert(file.substr(0, mark));
  }
  const std::vector<std::string> classes(names.begin(), names.end());
  for (int split = 1; split <= 3 && !classes.empty(); ++split) {
    DatasetPart train{"train", split, {}}, test{"val", split, {}};
    for (const std::string& name : classes) {
      const std::string file = fmt::format("{}{}{}.txt", name, kMark, split);
      if (!reader.has(file)) continue;
      ReadOptions options = with_classes(classes);
      options.level = reader.level();
      options.hmdb51_class = name;
      try {
        AnnotationSet set = parse_annotations(reader.bytes(file), reader.path(file), Format::kHmdb51, options);
        for (DatasetPart* part : {&train, &test}) {
          std::vector<Annotation> items = std::move(part->set.items);
          for (const Annotation& item : set.items) {
            if ((item.split == "train") == (part == &train)) items.push_back(item);
          }
          std::vector<Loss> losses = std::move(part->set.losses);
          add_losses(set.losses, losses);
          part->set = set;
          part->set.items = std::move(items);
          part->set.losses = std::move(losses);
        }
      } catch (const AnnotationErrors& errors) {
        reader.keep(errors);
      }
    }
    if (train.set.items.empty() && test.set.items.empty()) continue;
    for (Annotation& item : test.set.items) item.split = "val";
    reader.dataset().parts.push_back(std::move(train));
    reader.dataset().parts.push_back(std::move(test));
  }
}

void read_activitynet(Reader& reader) {
  ReadOptions options;
  if (reader.has("action_name.csv")) options.classes = reader.classes("action_name.csv");
  options.level = reader.level();
  const std::string file = "activity_net.v1-3.min.json";
  try {
    const AnnotationSet all =
        parse_annotations(reader.bytes(file), reader.path(file), Format::kActivitynetJson, options);
    for (const char* subset : {"train", "val", "test"}) {
      DatasetPart part{subset, 0, all};
      std::erase_if(part.set.items, [&](const Annotation& item) { return item.split != subset; });
      if (!part.set.items.empty()) reader.dataset().parts.push_back(std::move(part));
    }
  } catch (const AnnotationErrors& errors) {
    reader.keep(errors);
  }
}

}  // namespace

std::vector<std::string> dataset_names() {
  return {"kinetics400", "kinetics600", "kinetics700", "sthv1",    "sthv2",      "jester",
          "ucf101",      "hmdb51",      "mmit",        "diving48", "activitynet"};
}

int usual_level(const std::string& dataset) {
  const bool flat = dataset == "sthv1" || dataset == "sthv2" || dataset == "jester" || dataset == "diving48" ||
                    dataset == "activitynet";
  return flat ? 1 : 2;
}

Dataset read_dataset(const std::string& name, const std::string& folder, int level) {
  Reader reader(name, folder, level);
  if (name == "kinetics400" || name == "kinetics600" || name == "kinetics700") {
    read_kinetics(reader);
  } else if (name == "sthv1") {
    read_something(reader, "something-something-v1-", ".csv", Format::kSomethingCsv);
  } else if (name == "jester") {
    read_something(reader, "jester-v1-", ".csv", Format::kSomethingCsv);
  } else if (name == "sthv2") {
    read_something(reader, "something-something-v2-", ".json", Format::kSomethingJson);
  } else if (name == "ucf101") {
    read_ucf101(reader);
  } else if (name == "hmdb51") {
    read_hmdb51(reader);
  } else if (name == "mmit") {
    reader.part("trainingSet.csv", Format::kMmitCsv, "train");
    reader.part("validationSet.csv", Format::kMmitCsv, "val");
  } else if (name == "diving48") {
    reader.part("Diving48_V2_train.json", Format::kDiving48Json, "train");
    reader.part("Diving48_V2_test.json", Format::kDiving48Json, "val");
  } else if (name == "activitynet") {
    read_activitynet(reader);
  } else {
    const auto nearest = nearest_word(name, dataset_names());
    throw UsageError(fmt::format("data set \"{}\"", name), "unknown",
                     nearest ? fmt::format("nearest is \"{}\"", *nearest) : "known: " + join(dataset_names(), ", "));
  }
  return reader.finish();
}

const DatasetPart& part_of(const Dataset& dataset, const std::string& subset, int split_number) {
  std::vector<std::string> known;
  for (const DatasetPart& part : dataset.parts) {
    if (part.subset == subset && part.split_number == split_number) return part;
    known.push_back(part.split_number ? fmt::format("{} of split {}", part.subset, part.split_number) : part.subset);
  }
  const std::string wanted = split_number ? fmt::format("{} of split {}", subset, split_number) : subset;
  throw DataError(dataset.name, fmt::format("no {} part", wanted), "there is " + join(known, ", "));
}

std::string list_name(const std::string& dataset, const std::string& subset, int split_number, Media media, bool json) {
  const char* kind = media == Media::kFrames ? "rawframes" : "videos";
  const char* extension = json ? "json" : "txt";
  if (split_number > 0) return fmt::format("{}_{}_split_{}_{}.{}", dataset, subset, split_number, kind, extension);
  return fmt::format("{}_{}_list_{}.{}", dataset, subset, kind, extension);
}

}  // namespace vs::annot

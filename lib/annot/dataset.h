// The published datasets: which annotation files they come with, and all their parts at once.
#pragma once

#include <string>
#include <vector>

#include "lib/annot/annotation.h"

namespace vs::annot {

/// One part of a dataset: train, val or test; of one of its splits, where there are several.
struct DatasetPart {
  std::string subset;    ///< "train", "val", "test"
  int split_number = 0;  ///< 1, 2, 3; 0: the dataset has one split
  AnnotationSet set;
};

/// A dataset as its own files describe it.
struct Dataset {
  std::string name;
  std::vector<DatasetPart> parts;
};

/// Names that read_dataset knows: kinetics400, kinetics600, kinetics700, sthv1, sthv2, jester, ucf101, hmdb51, mmit,
/// diving48, activitynet.
std::vector<std::string> dataset_names();

/// Folders above the names of a dataset in its usual layout: 1 where videos lie side by side, 2 with class folders.
int usual_level(const std::string& dataset);

/// Reads the files below `folder` under their published names (kinetics_train.csv, something-something-v1-labels.csv,
/// jester-v1-train.csv, classInd.txt with trainlist01.txt, <class>_test_split1.txt, trainingSet.csv,
/// Diving48_V2_train.json, activity_net.v1-3.min.json with action_name.csv). A file of a part that is not there leaves
/// the part out; without any part, or without the label file, DataError. Bad lines of all files together are one
/// AnnotationErrors. level: 1 or 2 folders in the names.
Dataset read_dataset(const std::string& name, const std::string& folder, int level);

/// The part; DataError naming those that are there.
const DatasetPart& part_of(const Dataset& dataset, const std::string& subset, int split_number);

/// File name that the reference's tools give a list: `kinetics400_train_list_rawframes.txt`,
/// `ucf101_val_split_1_videos.json`.
std::string list_name(const std::string& dataset, const std::string& subset, int split_number, Media media, bool json);

}  // namespace vs::annot

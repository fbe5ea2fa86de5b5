#include "lib/annot/file_lists.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "lib/annot/dataset.h"
#include "lib/annot/problem.h"
#include "lib/core/error.h"

using namespace vs::annot;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "vs-annot-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
  }
  ~Folder() { fs::remove_all(root_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  void put(const std::string& file, const std::string& text = {}) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }
  std::string path(const std::string& file = {}) const { return (root_ / file).string(); }

 private:
  fs::path root_;
};

}  // namespace

TEST_CASE("frame folders are counted by prefix or template") {
  const Folder folder;
  for (int i = 1; i <= 3; ++i) folder.put("c/v/img_0000" + std::to_string(i) + ".jpg");
  folder.put("c/v/img_note.txt");
  folder.put("c/v/flow_x_00001.jpg");
  folder.put("c/v/flow_y_00001.jpg");
  folder.put("c/odd/img_00001.jpg");
  folder.put("c/odd/flow_x_00001.jpg");
  folder.put("c/none/x.jpg");
  folder.put("c/.hidden/img_00001.jpg");
  const auto by_prefix = index_frame_folders(folder.path(), 2);
  REQUIRE(by_prefix.videos.size() == 1);
  CHECK(by_prefix.videos.at("c/v").num_frames == 4);
  REQUIRE(by_prefix.left_out.size() == 2);
  CHECK(by_prefix.left_out[0].name == "c/none");
  CHECK(by_prefix.left_out[1].reason == "1 x and 0 y flow images");
  FrameRule rule;
  rule.name_template = "img_{:05}.jpg";
  CHECK(index_frame_folders(folder.path(), 2, rule).videos.at("c/v").num_frames == 3);
  CHECK(index_frame_folders(folder.path(), 0, rule).videos.contains("c/v"));
  CHECK_THROWS_AS(index_frame_folders(folder.path("nowhere"), 1), vs::DataError);
}

TEST_CASE("video files by name without extension") {
  const Folder folder;
  folder.put("a/x.mp4");
  folder.put("a/x.webm");
  folder.put("a/y.d.MKV");
  folder.put("a/notes.txt");
  folder.put("z.avi");
  const auto two = index_video_files(folder.path(), 2);
  CHECK(two.videos.at("a/x").path == "a/x.mp4");
  CHECK(two.videos.at("a/y.d").path == "a/y.d.MKV");
  REQUIRE(two.left_out.size() == 1);
  CHECK(two.left_out[0].name == "a/x.webm");
  const auto any = index_video_files(folder.path(), 0);
  CHECK(any.videos.size() == 3);
  CHECK_FALSE(any.videos.contains("a/notes"));
  const auto labelled = list_folder(two, true);
  CHECK(labelled.classes == std::vector<std::string>{"a"});
  CHECK(is_unlabelled(list_folder(any, false)));
  CHECK_THROWS_AS(list_folder(two, true, {"b"}), vs::DataError);
}

TEST_CASE("lists keep the order of the annotations and say what is missing") {
  FolderIndex index;
  index.videos["b"] = {"b", 5};
  index.videos["a"] = {"a", 6};
  index.left_out.push_back({"c", "no frame named img_*"});
  AnnotationSet names;
  names.media = Media::kNames;
  for (const char* name : {"b", "c", "d", "a"}) {
    names.items.emplace_back();
    names.items.back().path = name;
    names.items.back().labels = {1};
  }
  const auto list = build_list(names, index);
  REQUIRE(list.set.items.size() == 2);
  CHECK(list.set.items[0].path == "b");
  CHECK(list.set.items[1].num_frames == 6);
  CHECK(list.missing == std::vector<std::string>{"d"});
  CHECK(list.left_out[0].name == "c");
}

TEST_CASE("ActivityNet clips: frames of a segment") {
  FolderIndex index;
  index.videos["v_x"] = {"v_x", 9};
  AnnotationSet set;
  set.items.resize(1);
  set.items[0].path = "v_x";
  set.items[0].split = "val";
  set.items[0].duration_s = 26.75;
  set.items[0].segments = {{2.578755070202808, 24.914101404056165, 1}, {0.5, 30.0, 0}, {26.7, 26.74, 0}};
  set.items[0].labels = {0, 1};
  const auto clips = activitynet_clips(set, "val", index);
  REQUIRE(clips.items.size() == 3);
  CHECK(clips.items[0].offset == 0);
  CHECK(clips.items[0].num_frames == 9);
  CHECK(clips.items[2].offset == 8);
  CHECK(clips.items[2].num_frames == 1);
  CHECK(activitynet_clips(set, "train", index).items.empty());
  CHECK(activitynet_videos(set, "val", index, VideoLabels::kFirst).items[0].labels == std::vector<int32_t>{1});
  CHECK(activitynet_videos(set, "val", index, VideoLabels::kAll).items[0].labels == std::vector<int32_t>{0, 1});
}

TEST_CASE("datasets by their own files") {
  const Folder folder;
  folder.put("h/brush_test_split1.txt", "a.avi 1\nb.avi 2\nc.avi 0\n");
  folder.put("h/walk_test_split1.txt", "w.avi 1\n");
  const auto hmdb = read_dataset("hmdb51", folder.path("h"), 2);
  CHECK(part_of(hmdb, "train", 1).set.items.size() == 2);
  CHECK(part_of(hmdb, "train", 1).set.items[1].labels == std::vector<int32_t>{1});
  CHECK(part_of(hmdb, "val", 1).set.items[0].path == "brush/b");
  CHECK_THROWS_AS(part_of(hmdb, "val", 2), vs::DataError);
  CHECK_THROWS_AS(read_dataset("hmdb51", folder.path(), 2), vs::DataError);
  CHECK_THROWS_AS(read_dataset("kinetics40", folder.path(), 2), vs::UsageError);
  CHECK_THROWS_AS(read_dataset("ucf101", folder.path(), 2), vs::DataError);
  CHECK(list_name("ucf101", "val", 3, Media::kFrames, false) == "ucf101_val_split_3_rawframes.txt");
  CHECK(list_name("jester", "train", 0, Media::kVideos, true) == "jester_train_list_videos.json");
  folder.put("k/kinetics_train.csv", "label,youtube_id,time_start,time_end,split,is_cc\na,x,q,2,train,0\n");
  folder.put("k/kinetics_val.csv", "label,youtube_id,time_start,time_end,split,is_cc\na,x,1,z,train,0\n");
  try {
    read_dataset("kinetics400", folder.path("k"), 2);
    FAIL("accepted");
  } catch (const AnnotationErrors& errors) {
    CHECK(errors.problems().size() == 2);
  }
}

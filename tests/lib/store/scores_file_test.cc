#include "lib/store/scores_file.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/store/h5.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"
#include "tests/lib/store/temporary_folder.h"

using namespace vs;
using namespace vs::store;

namespace {

ScoresInfo full_info() {
  ScoresInfo info;
  info.num_classes = 2;
  info.kind = ScoreKind::kLogits;
  info.average = RowAverage::kScore;
  info.class_names = {"run", "jump"};
  info.recipe = "adafocus_v2_actnet_mbv2_128";
  info.parameters = R"({"test":{"num_segments":16}})";
  info.num_stages = 3;
  info.has_picks = true;
  info.patch_size = 96;
  return info;
}

/// Video v has v + 1 rows of v frames each.
VideoScores video_of(int v) {
  VideoScores video;
  video.video_id = "v" + std::to_string(v);
  for (int row = 0; row <= v; ++row) {
    video.scores.push_back(static_cast<float>(v) + 0.25F);
    video.scores.push_back(static_cast<float>(row) - 0.5F);
    video.pick_counts.push_back(v);
    for (int k = 0; k < v; ++k) {
      video.pick_frames.push_back(row * 10 + k);
      video.pick_patches.push_back(static_cast<float>(k));
      video.pick_patches.push_back(static_cast<float>(row) + 0.5F);
    }
  }
  for (int label = 0; label < v && label < 2; ++label) video.labels.push_back(label);
  if (v != 1) video.gflops = 10.5 + v;
  video.stage_logits = {0, 1, 2, 3, 4, static_cast<float>(v)};
  return video;
}

Json manifest() {
  const Json parameters = {{"size", 1}};
  return Manifest("test", {"test"}, parameters, parameters).inner_document("");
}

std::vector<Item> items(int count) {
  std::vector<Item> list;
  for (int v = 0; v < count; ++v) list.push_back({"v" + std::to_string(v), "v" + std::to_string(v) + ".mp4"});
  return list;
}

/// Writes videos from where a killed run stopped, up to `until`; the file is made only if all are there.
void write(const std::string& path, int count, int until, const ScoresInfo& info, bool force = false) {
  const auto list = items(count);
  ScoresWriter writer(path, info, Json{{"run", 1}}, force);
  for (int v = static_cast<int>(writer.first()); v < until; ++v) {
    const auto index = static_cast<uint64_t>(v);
    VideoScores video = video_of(v);
    if (info.num_stages == 0) video.stage_logits.clear();
    if (!info.has_picks) video.pick_counts.clear(), video.pick_frames.clear();
    if (info.patch_size == 0) video.pick_patches.clear();
    writer.add({&list[index], index, {}}, video);
  }
  if (until < count) return;
  writer.finish(manifest());
  writer.done();
}

void check_equal(const VideoScores& got, const VideoScores& want) {
  CHECK(got.video_id == want.video_id);
  CHECK(got.scores == want.scores);
  CHECK(got.labels == want.labels);
  CHECK((got.gflops == want.gflops || (std::isnan(got.gflops) && std::isnan(want.gflops))));
  CHECK(got.pick_counts == want.pick_counts);
  CHECK(got.pick_frames == want.pick_frames);
  CHECK(got.pick_patches == want.pick_patches);
  CHECK(got.stage_logits == want.stage_logits);
}

}  // namespace

TEST_CASE("scores: what is written is read, with everything that may be kept") {
  const TemporaryFolder folder;
  const std::string path = folder / "s.h5";
  write(path, 4, 4, full_info());
  const ScoresFile file(path);
  CHECK(file.num_videos() == 4);
  CHECK(file.video_ids() == std::vector<std::string>{"v0", "v1", "v2", "v3"});
  CHECK(file.find("v2") == 2);
  CHECK(file.find("x") == -1);
  for (int v = 0; v < 4; ++v) check_equal(file.video(v), video_of(v));
  CHECK(file.offsets() == std::vector<int64_t>{0, 1, 3, 6, 10});
  CHECK(file.scores().size() == 20);
  CHECK(file.scores()[2 * 3] == 2.25F);
  CHECK(file.labels() == std::vector<std::vector<int64_t>>{{}, {0}, {0, 1}, {0, 1}});
  CHECK(file.stage_logits().size() == 24);
  CHECK(file.stage_logits()[23] == 3);
  CHECK(std::isnan(file.gflops()[1]));
  const ScoresInfo& info = file.info();
  CHECK(describe_scores(info) == describe_scores(full_info()));
  CHECK(info.class_names == full_info().class_names);
  CHECK(info.patch_size == 96);
  CHECK(info.num_stages == 3);
}

TEST_CASE("scores: only what is asked for is kept") {
  const TemporaryFolder folder;
  const std::string path = folder / "s.h5";
  ScoresInfo info;
  info.num_classes = 2;
  info.kind = ScoreKind::kProbabilities;
  write(path, 3, 3, info);
  CHECK(H5File::open(path).list_datasets() ==
        std::vector<std::string>{"class_names", "gflops", "label_offsets", "labels", "offsets", "scores", "video_id"});
  const ScoresFile file(path);
  CHECK(file.info().kind == ScoreKind::kProbabilities);
  CHECK(!file.info().has_picks);
  CHECK(file.info().num_stages == 0);
  CHECK(file.stage_logits().empty());
  CHECK(file.video(2).pick_frames.empty());
  CHECK(H5File::open(path).read_text("/", "classes").empty());
  info.has_picks = true;  // frames without patches
  write(folder / "p.h5", 3, 3, info);
  CHECK(ScoresFile(folder / "p.h5").video(2).pick_frames == std::vector<int64_t>{0, 1, 10, 11, 20, 21});
}

TEST_CASE("scores: a run that goes on gives the same bytes, none videos too") {
  const TemporaryFolder folder;
  const std::string whole = folder / "a.h5", parts = folder / "b.h5";
  write(whole, 6, 6, full_info());
  write(parts, 6, 2, full_info());
  CHECK_THROWS_AS(ScoresFile{parts}, DataError);
  write(parts, 6, 5, full_info());
  write(parts, 6, 6, full_info());
  CHECK(read_file(whole) == read_file(parts));
  CHECK_THROWS_AS(write(whole, 6, 6, full_info()), UsageError);
  write(folder / "empty.h5", 0, 0, full_info());
  const ScoresFile empty(folder / "empty.h5");
  CHECK(empty.num_videos() == 0);
  CHECK(empty.scores().empty());
  CHECK(empty.info().num_classes == 2);
  CHECK(empty.offsets() == std::vector<int64_t>{0});
}

TEST_CASE("scores: a video that is bad is refused by name and can be failed") {
  const TemporaryFolder folder;
  const auto list = items(3);
  ScoresWriter writer(folder / "s.h5", full_info(), Json{{"run", 1}}, false);
  const auto refusal = [&](auto change) {
    VideoScores video = video_of(1);
    change(video);
    return message_of<DataError>([&] { writer.add({&list[0], 0, {}}, video); });
  };
  CHECK(refusal([](VideoScores& v) { v.scores[3] = NAN; }) == "v1: score of class 1 in row 1 is not a finite number");
  CHECK(refusal([](VideoScores& v) { v.scores[0] = INFINITY; }) ==
        "v1: score of class 0 in row 0 is not a finite number");
  CHECK(refusal([](VideoScores& v) { v.stage_logits[2] = NAN; }) ==
        "v1: score of class 0 in stage 1 is not a finite number");
  CHECK(refusal([](VideoScores& v) { v.labels = {2}; }).starts_with("v1: label 2 is not in 0..1"));
  CHECK(refusal([](VideoScores& v) { v.labels = {-1}; }).starts_with("v1: label -1 is not in 0..1"));
  CHECK(refusal([](VideoScores& v) { v.pick_frames[0] = -1; }) == "v1: a picked frame is negative");
  CHECK(refusal([](VideoScores& v) { v.pick_patches[0] = NAN; }) == "v1: place of a patch is not finite");
  const auto misfit = [&](auto change) {
    VideoScores video = video_of(1);
    change(video);
    CHECK_THROWS_AS(writer.add({&list[0], 0, {}}, video), std::logic_error);
  };
  misfit([](VideoScores& v) { v.scores.clear(); });
  misfit([](VideoScores& v) { v.scores.pop_back(); });
  misfit([](VideoScores& v) { v.pick_counts.pop_back(); });
  misfit([](VideoScores& v) { v.pick_counts = {-1, 3}; });
  misfit([](VideoScores& v) { v.pick_patches.pop_back(); });
  misfit([](VideoScores& v) { v.stage_logits.pop_back(); });
  misfit([](VideoScores& v) { v.video_id.clear(); });
  writer.fail({&list[0], 0, {}}, "is bad");
  writer.add({&list[1], 1, {}}, video_of(1));
  writer.finish(manifest());
  writer.done();
  CHECK(ScoresFile(folder / "s.h5").video_ids() == std::vector<std::string>{"v1"});
}

TEST_CASE("scores: what a file holds is the caller's choice, but not any") {
  const TemporaryFolder folder;
  const auto refused = [&](auto change) {
    ScoresInfo info = full_info();
    change(info);
    CHECK_THROWS_AS(ScoresWriter(folder / "s.h5", info, Json{{"run", 1}}, false), UsageError);
  };
  refused([](ScoresInfo& info) { info.num_classes = 0; });
  refused([](ScoresInfo& info) { info.class_names.pop_back(); });
  refused([](ScoresInfo& info) { info.has_picks = false; });
  refused([](ScoresInfo& info) { info.num_stages = -1; });
}

TEST_CASE("class names: the hash tells lists apart") {
  CHECK(class_names_hash({}).empty());
  CHECK(class_names_hash({"a", "b"}).size() == 64);
  CHECK(class_names_hash({"a", "b"}) != class_names_hash({"b", "a"}));
  CHECK(class_names_hash({"a", "b"}) != class_names_hash({"ab"}));
  CHECK(class_names_hash({"a1:b"}) != class_names_hash({"a", "b"}));
}

TEST_CASE("scores: files that do not fit together are refused") {
  const TemporaryFolder folder;
  const std::string path = folder / "s.h5";
  // What is changed, and what is said of it.
  const auto refusal = [&](auto change) {
    write(path, 3, 3, full_info(), true);
    H5File file = H5File::open_for_append(path);
    change(file);
    file.close();
    return message_of<DataError>([&] {
      const ScoresFile scores(path);
      scores.scores();
      for (int64_t v = 0; v < scores.num_videos(); ++v) scores.video(v);
    });
  };
  CHECK(refusal([](H5File&) {}).empty());
  CHECK(refusal([](H5File& f) { f.write_text("/", "values", "votes"); }) == path + ": values \"votes\" is unknown");
  CHECK(refusal([](H5File& f) { f.write_text("/", "average", "max"); }) == path + ": average \"max\" is unknown");
  CHECK(refusal([](H5File& f) { f.delete_attribute("/", "recipe"); }) == path + ": has no attribute \"recipe\"");
  CHECK(refusal([](H5File& f) { f.write_text("/", "classes", "0"); }) ==
        path + ": its class names are not those that its hash says");
  CHECK(refusal([](H5File& f) { f.write_text("/", "parameters", "{"); }).find("parameters") != std::string::npos);
  CHECK(refusal([](H5File& f) { f.write_text("/", "patch_size", "-3"); }) == path + ": patch_size is no size");
  CHECK(refusal([](H5File& f) { f.truncate_rows("scores", 5); }).find("offsets") != std::string::npos);
  CHECK(refusal([](H5File& f) { f.truncate_rows("labels", 1); }).find("label_offsets") != std::string::npos);
  CHECK(refusal([](H5File& f) { f.truncate_rows("gflops", 1); }) == path + ": datasets of videos differ in length");
  CHECK(refusal([](H5File& f) { f.truncate_rows("pick_patches", 1); }).find("pick_patches") != std::string::npos);
  CHECK(refusal([](H5File& f) { f.truncate_rows("stage_logits", 1); }).find("stage_logits") != std::string::npos);
  CHECK(refusal([](H5File& f) {
          f.truncate_rows("scores", 5);
          f.append<float>("scores", std::vector<float>{0, NAN});
        }) == path + ", \"v2\": score of class 1 in row 2 is not a finite number");
  CHECK(refusal([](H5File& f) {
          f.truncate_rows("labels", 2);
          f.append<int64_t>("labels", std::vector<int64_t>{7});
        }).find("label 7 is not in 0..1") != std::string::npos);
}

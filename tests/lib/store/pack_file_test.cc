#include "lib/store/pack_file.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/store/annotations_file.h"
#include "lib/store/frames_file.h"
#include "lib/store/item_log.h"
#include "lib/store/manifest.h"
#include "lib/store/motion_file.h"
#include "tests/lib/store/temporary_folder.h"

using namespace vs;
using namespace vs::store;

namespace {

/// A file as a hostile or careless writer might leave it.
struct Raw {
  H5File file;
  Raw(const std::string& path, const std::string& schema) : file(H5File::create(path)) {
    file.write_text("/", "schema", schema);
  }
  template <class T>
  Raw& list(const std::string& name, const std::vector<T>& values) {
    file.write<T>(name, std::span<const T>(values), {values.size()});
    return *this;
  }
  Raw& texts(const std::string& name, const std::vector<std::string>& values) {
    file.write_strings(name, values);
    return *this;
  }
  Raw& text(const std::string& name, const std::string& value) {
    file.write_text("/", name, value);
    return *this;
  }
  void end() {
    file.write_number("/", "complete", 1);
    file.close();
  }
};

using Numbers = std::vector<int64_t>;

}  // namespace

TEST_CASE("readers refuse files of another kind and files that are not complete") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.h5";
  const auto open = [&] { return message_of<DataError>([&] { open_pack(path, "vs.motion", 1, {"motion"}); }); };
  CHECK(open() == path + ": does not exist");
  write_file_atomically(path, "no HDF5");
  CHECK(open().starts_with(path + ": "));
  Raw(path, "vs.motion/1").list<double>("motion", {1}).file.close();
  CHECK(open().starts_with(path + ": is not complete"));
  Raw(path, "vs.frames/1").end();
  CHECK(open() == path + ": holds \"vs.frames/1\" (expected \"vs.motion/1\")");
  Raw(path, "vs.motion/2").end();
  CHECK(open().find("a newer vs is needed") != std::string::npos);
  for (const char* schema : {"", "/", "vs.motion", "vs.motion/", "vs.motion/0", "vs.motion/x"}) {
    Raw(path, schema).end();
    CHECK_FALSE(open().empty());
  }
  Raw(path, "vs.motion/1").end();
  CHECK(open() == path + ": has no dataset \"motion\"");
  Raw(path, "vs.motion/1").list<double>("motion", {1}).end();
  CHECK(open().empty());
}

TEST_CASE("motion files with wrong offsets are refused") {
  const TemporaryFolder folder;
  const std::string path = folder / "m.h5";
  const auto open = [&](const Numbers& offsets, const std::vector<std::string>& ids, const Numbers& frames) {
    Raw(path, "vs.motion/1")
        .text("method", "luma")
        .text("kind", "raw")
        .text("parameters", "{}")
        .list<double>("motion", {0.5, 0.25, 1})
        .list("offsets", offsets)
        .texts("video_id", ids)
        .list("num_frames", frames)
        .end();
    return message_of<DataError>([&] { MotionFile{path}; });
  };
  CHECK(open({0, 1, 3}, {"a", "b"}, {2, 3}).empty());
  CHECK(MotionFile(path).video(1).motion == std::vector<double>{0.25, 1});
  CHECK_THROWS_AS(MotionFile(path).video(2), std::logic_error);
  CHECK(open({0, 3}, {"a", "b"}, {2, 3}).find("2 rows, 3 are needed") != std::string::npos);
  CHECK(open({1, 1, 3}, {"a", "b"}, {2, 3}).find("does not begin with 0") != std::string::npos);
  CHECK(open({0, 4, 3}, {"a", "b"}, {2, 3}).find("decreases at row 2") != std::string::npos);
  CHECK(open({0, 1, 2}, {"a", "b"}, {2, 3}).find("ends at 2, 3 rows are there") != std::string::npos);
  CHECK(open({0, 1, 3}, {"a", "a"}, {2, 3}).find("stands there twice") != std::string::npos);
  CHECK(open({0, 1, 3}, {"a", ""}, {2, 3}).find("empty in row 1") != std::string::npos);
  CHECK(open({0, 1, 3}, {"a", "b"}, {2}).find("differ in length") != std::string::npos);
  CHECK(open({0, 1, 3}, {"a", "b"}, {2, -1}).find("negative") != std::string::npos);
}

TEST_CASE("frames files whose frames lie outside the data are refused before they are read") {
  const TemporaryFolder folder;
  const std::string path = folder / "f.h5";
  const auto write = [&](const Numbers& places, int32_t width, const char* encoding = "raw-gray8") {
    Raw(path, "vs.frames/1")
        .text("encoding", encoding)
        .list<uint8_t>("data", {1, 2, 3, 4, 5, 6})
        .list("frame_offsets", places)
        .list<int64_t>("frame_index", {0, 1})
        .list<double>("time_s", {0, 1})
        .list<int64_t>("offsets", {0, 2})
        .texts("video_id", {"a"})
        .list<int32_t>("width", {width})
        .list<int32_t>("height", {1})
        .end();
    return message_of<DataError>([&] { FramesFile(path).frame(0, 1); });
  };
  CHECK(write({0, 3, 6}, 3).empty());
  CHECK(FramesFile(path).frame(0, 1) == std::vector<uint8_t>{4, 5, 6});
  CHECK(write({0, 2, 6}, 3, "jpeg").empty());
  CHECK(write({0, 2, 6}, 3).find("frame 0 of \"a\" does not lie in the data") != std::string::npos);
  CHECK_FALSE(write({0, 3, 7}, 3, "jpeg").empty());
  CHECK_FALSE(write({4, 3, 6}, 3, "jpeg").empty());
  CHECK_FALSE(write({-1, 3, 6}, 3, "jpeg").empty());
  CHECK_FALSE(write({0, 3}, 3).empty());
  CHECK_FALSE(write({0, 3, 6}, -3).empty());
  CHECK_FALSE(write({0, 3, 6}, 1 << 20).empty());
  CHECK_FALSE(write({0, 3, 6}, 3, "gif").empty());
}

TEST_CASE("annotations are written and read back") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.h5";
  const nlohmann::ordered_json inner =
      Manifest("vs-annot", {"vs-annot"}, nlohmann::ordered_json::object(), nlohmann::ordered_json::object())
          .inner_document(folder.path());
  AnnotationTable table;
  table.class_names = {"run", "walk", "swim ünder"};
  table.rows.push_back({"a", folder / "videos/a.mp4", 300, {2, 0}, -1, -1, "train"});
  table.rows.push_back({"b", "/abs/b.mp4", -1, {}, 213, 122, ""});
  table.rows.push_back({"b", "/abs/b.mp4", -1, {1}, 400, 10, "val"});
  write_annotations(path, table, inner, false);
  CHECK(read_annotations(path) == table);
  CHECK_THROWS_AS(write_annotations(path, table, inner, false), UsageError);
  const std::string bytes = read_file(path);
  write_annotations(path, table, inner, true);
  CHECK(read_file(path) == bytes);
  AnnotationTable bad = table;
  bad.rows[0].labels = {3};
  CHECK(message_of<DataError>([&] {
          write_annotations(folder / "b.h5", bad, inner, false);
        }).find("label 3 lies outside the 3 classes") != std::string::npos);
  bad.class_names.clear();
  write_annotations(folder / "b.h5", bad, inner, false);
  CHECK(read_annotations(folder / "b.h5") == bad);
  bad.rows[0].labels = {-1};
  CHECK_THROWS_AS(write_annotations(folder / "c.h5", bad, inner, false), DataError);
  bad.rows[0].labels = {};
  bad.rows[1].segment_frames = -1;
  CHECK_THROWS_AS(write_annotations(folder / "c.h5", bad, inner, false), DataError);
  write_annotations(folder / "d.h5", {}, inner, false);
  CHECK(read_annotations(folder / "d.h5") == AnnotationTable{});
}

TEST_CASE("annotation files with wrong lists are refused") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.h5";
  const auto read = [&](const Numbers& offsets, const Numbers& labels, const Numbers& frames) {
    Raw(path, "vs.annotations/1")
        .texts("video_id", {"a"})
        .texts("path", {"a.mp4"})
        .list("num_frames", frames)
        .list<int64_t>("segment_start", {-1})
        .list<int64_t>("segment_frames", {-1})
        .texts("split", {""})
        .list("label_offsets", offsets)
        .list("labels", labels)
        .texts("class_name", {"x", "y"})
        .end();
    return message_of<DataError>([&] { read_annotations(path); });
  };
  CHECK(read({0, 2}, {0, 1}, {5}).empty());
  CHECK_FALSE(read({0, 3}, {0, 1}, {5}).empty());
  CHECK_FALSE(read({0, 2}, {0, 2}, {5}).empty());
  CHECK_FALSE(read({0, 2}, {0, 1}, {}).empty());
  CHECK_FALSE(read({0, 2}, {0, 1}, {-2}).empty());
}

TEST_CASE("h5py reads a file in three lines") {
  if (std::system("python3 -c 'import h5py' 2>/dev/null") != 0) {
    MESSAGE("skipped: python3 has no h5py");
    return;
  }
  const TemporaryFolder folder;
  const std::vector<Item> items{{"a", "a.mp4"}, {"b", "b.mp4"}};
  const Manifest manifest("test", {"test"}, nlohmann::ordered_json::object(), nlohmann::ordered_json::object());
  MotionInfo info;
  info.method = "luma";
  MotionWriter writer(folder / "m.h5", info, run_key(manifest, items), false);
  writer.add({items.data(), 0}, {"a", 3, {0.5, 1}, {}});
  writer.add({&items[1], 1}, {"b", 2, {2}, {}});
  writer.finish(manifest.inner_document(""));
  writer.done();
  write_file_atomically(folder / "read.py", "import h5py\nf = h5py.File('" + (folder / "m.h5") + R"(')
o = f['offsets'][:]; v = {n.decode(): f['motion'][a:b].tolist() for n, a, b in zip(f['video_id'], o, o[1:])}
assert v == {'a': [0.5, 1.0], 'b': [2.0]}, v
assert f.attrs['schema'] == 'vs.motion/1' and f.attrs['complete'] == 1 and f.attrs['kind'] == 'raw'
for d in f.values(): assert d.attrs['units'] and d.attrs['axes'], d
assert f['motion'].compression == 'gzip' and f['motion'].shuffle and f['motion'].fletcher32
assert f['motion'].dtype == '<f8' and f['offsets'].dtype == '<i8'
)");
  CHECK(std::system(("python3 " + (folder / "read.py")).c_str()) == 0);
}

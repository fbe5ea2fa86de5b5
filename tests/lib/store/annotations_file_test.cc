#include "lib/store/annotations_file.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <span>

#include "lib/core/error.h"
#include "lib/store/h5.h"
#include "lib/store/manifest.h"
#include "tests/support/scratch.h"

using namespace vs;
using namespace vs::store;

namespace {

nlohmann::ordered_json inner() {
  const auto none = nlohmann::ordered_json::object();
  return Manifest("vs-annot", {"vs-annot"}, none, none).inner_document("");
}

AnnotationTable timed_table() {
  AnnotationTable table;
  table.class_names = {"a", "b"};
  table.media = "names";
  table.extras = R"({"activitynet-json": {"version": "VERSION 1.3"}})";
  AnnotationRow row;
  row.video_id = row.path = "v_x";
  row.labels = {1, 0};
  row.duration_s = 10.5;
  row.segments = {{1.25, 2, 1}, {3, 4.5, 0}};
  row.extras = R"({"activitynet-json": {"url": "u"}})";
  table.rows.push_back(row);
  AnnotationRow bare;
  bare.video_id = bare.path = "v_y";
  table.rows.push_back(bare);
  return table;
}

}  // namespace

TEST_CASE("segments in seconds, durations and extras come back") {
  const test::Scratch folder("vs-annotations");
  const std::string path = folder / "a.h5";
  write_annotations(path, timed_table(), inner(), false);
  AnnotationTable back = read_annotations(path);
  for (size_t i = 0; i < 2; ++i) back.rows[i].path = back.rows[i].video_id;  // seen from the working folder
  CHECK(back == timed_table());
}

TEST_CASE("paths of many folders come back") {
  const test::Scratch folder("vs-annotations");
  AnnotationTable table;
  for (const char* path :
       {"a.mp4", "b.mp4", "x/a.mp4", "x/b.mp4", "x/y/a.mp4", "/abs/a.mp4", "../up.mp4", "x/..", "a.mp4"}) {
    AnnotationRow row;
    row.video_id = "v";
    row.path = path;
    table.rows.push_back(row);
  }
  write_annotations(folder / "sub.h5", table, inner(), false);
  const H5File file = H5File::open(folder / "sub.h5");
  const auto paths = file.read_strings("path");
  for (size_t i = 0; i < paths.size(); ++i) {
    CHECK(paths[i] == path_in_document(table.rows[i].path, std::string(folder / "")));
  }
}

TEST_CASE("a table without them has the datasets of old files only") {
  const test::Scratch folder("vs-annotations");
  const std::string path = folder / "a.h5";
  AnnotationTable table;
  AnnotationRow row;
  row.video_id = "v";
  row.labels = {3};
  table.rows.push_back(row);
  write_annotations(path, table, inner(), false);
  const H5File file = H5File::open(path);
  for (const char* name : {"duration_s", "timed_offsets", "timed_label", "extras"}) CHECK_FALSE(file.has_dataset(name));
  CHECK_FALSE(file.has_attribute("/", "media"));
  CHECK(read_annotations(path).rows[0].duration_s == -1);
}

TEST_CASE("bad segments, durations and extras are refused") {
  const test::Scratch folder("vs-annotations");
  const auto refused = [&](auto change) {
    AnnotationTable table = timed_table();
    change(table);
    CHECK_THROWS_AS(write_annotations(folder / "b.h5", table, inner(), true), DataError);
  };
  refused([](AnnotationTable& t) { t.rows[0].segments[0].end_s = 1; });
  refused([](AnnotationTable& t) { t.rows[0].segments[0].start_s = -1; });
  refused([](AnnotationTable& t) { t.rows[0].segments[1].label = 2; });
  refused([](AnnotationTable& t) { t.rows[0].duration_s = -2; });
  const auto unreadable = [&](auto change) {
    write_annotations(folder / "c.h5", timed_table(), inner(), true);
    {
      H5File file = H5File::open_for_append(folder / "c.h5");
      change(file);
      file.close();
    }
    CHECK_THROWS_AS(read_annotations(folder / "c.h5"), DataError);
  };
  unreadable([](H5File& file) {
    file.delete_attribute("/", "media");
    file.write_text("/", "media", "paintings");
  });
  unreadable([](H5File& file) {
    file.delete_attribute("/", "extras");
    file.write_text("/", "extras", "[1]");
  });
}

#include "lib/annot/label_map.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "lib/core/error.h"

using namespace vs::annot;

TEST_CASE("label files in three forms") {
  CHECK(parse_label_file("action\nB x\nA\n", "f") == std::vector<std::string>{"B x", "A"});
  CHECK(parse_label_file("2 Bb\n1 Aa x\n", "f") == std::vector<std::string>{"Aa x", "Bb"});
  CHECK(parse_label_file(R"({"H s": "1", "A": 0})", "f") == std::vector<std::string>{"A", "H s"});
  CHECK_THROWS_AS(parse_label_file("A\nA\n", "f"), AnnotationErrors);
  CHECK_THROWS_AS(parse_label_file("1 A\n3 B\n", "f"), AnnotationErrors);
  CHECK_THROWS_AS(parse_label_file("1 A\n1 B\n", "f"), AnnotationErrors);
  CHECK_THROWS_AS(parse_label_file("0 A\n", "f"), AnnotationErrors);
  CHECK_THROWS_AS(parse_label_file(R"({"A": "x"})", "f"), AnnotationErrors);
  CHECK_THROWS_AS(parse_label_file(R"({"A": "99999999999"})", "f"), AnnotationErrors);
  CHECK_THROWS_AS(parse_label_file("", "f"), AnnotationErrors);
}

TEST_CASE("the maps of share/labels") {
  for (const std::string& name : label_map_names()) {
    const LabelMap map = load_label_map(name);
    CHECK(map.name == name);
    CHECK_FALSE(map.classes.empty());
    for (const auto& [first, second] : map.flip_swaps) {
      const auto mirrored = [](std::string text, const std::string& from, const std::string& to) {
        const size_t at = text.find(from);
        return at == std::string::npos ? text : text.replace(at, from.size(), to);
      };
      // What a mirror swaps is left and right.
      const std::string& one = map.classes[static_cast<size_t>(first)];
      const std::string& other = map.classes[static_cast<size_t>(second)];
      const bool left_right = mirrored(one, "left", "@") != one || mirrored(one, "Left", "@") != one ||
                              mirrored(other, "left", "@") != other || mirrored(other, "Left", "@") != other;
      CAPTURE(one);
      CHECK(left_right);
    }
  }
  CHECK_THROWS_AS(load_label_map("kinetics40"), vs::UsageError);
}

TEST_CASE("both ActivityNet orders, and back") {
  const LabelMap mmaction = load_label_map("activitynet"), frameexit = load_label_map("activitynet-frameexit");
  const auto there = permutation_between(mmaction, frameexit), back = permutation_between(frameexit, mmaction);
  REQUIRE(there.size() == 200);
  CHECK(there[7] == 10);  // OCSampler: v_JDg--pjY5gg has label 7 in one list and 10 in the other
  CHECK(there[189] == 188);
  CHECK(there[58] == 106);
  for (size_t i = 0; i < 200; ++i) CHECK(back[static_cast<size_t>(there[i])] == static_cast<int32_t>(i));
  CHECK(load_label_map("sthv1-sorted").classes == load_label_map("sthv2").classes);
}

TEST_CASE("relabelling") {
  AnnotationSet set;
  set.items.resize(1);
  set.items[0].labels = {58, 189};
  relabel(set, load_relabeling("activitynet:activitynet-frameexit", set), "f");
  CHECK(set.items[0].labels == std::vector<int32_t>{106, 188});
  CHECK(set.num_classes == 200);
  relabel(set, load_relabeling("activitynet", set), "f");
  CHECK(set.items[0].labels == std::vector<int32_t>{58, 189});
  Relabeling short_map;
  short_map.new_index = {1, 0};
  CHECK_THROWS_AS(relabel(set, short_map, "f"), vs::DataError);
  AnnotationSet unnamed;
  CHECK_THROWS_AS(load_relabeling("activitynet", unnamed), vs::UsageError);
  LabelMap from, to;
  from.classes = {"air drumming"};
  to.classes = {"abseiling", "air_drumming"};
  CHECK(permutation_between(from, to) == std::vector<int32_t>{1});
  to.classes = {"abseiling"};
  CHECK_THROWS_AS(permutation_between(from, to), vs::DataError);
}

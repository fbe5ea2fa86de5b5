#include "lib/core/file_template.h"

#include <doctest/doctest.h>

#include "lib/core/error.h"

using vs::FileTemplate;

TEST_CASE("frame names: every kind of number field") {
  CHECK(vs::format_frame_name("img_{:05}.jpg", 7) == "img_00007.jpg");
  CHECK(vs::format_frame_name("{0:05d}.jpg", 123456) == "123456.jpg");
  CHECK(vs::format_frame_name("frame{:d}.png", 0) == "frame0.png");
  CHECK(vs::format_frame_name("image_%05d.jpg", 300) == "image_00300.jpg");
  CHECK(vs::format_frame_name("f_%d.jpeg", 10) == "f_10.jpeg");
  CHECK(vs::format_frame_name("{{a}}_{}.jpg", 3) == "{a}_3.jpg");
  CHECK(vs::format_frame_name("100%%_%03d.jpg", 3) == "100%_003.jpg");
  CHECK(vs::format_frame_name("50%_{:03}.jpg", 3) == "50%_003.jpg");
  CHECK_THROWS_AS(vs::format_frame_name("{}.jpg", -1), vs::UsageError);
}

TEST_CASE("frame names: templates to refuse") {
  for (const char* text : {"img.jpg",        "img_{:05}_{:05}.jpg",
                           "img_{",          "img_}",
                           "img_%s.jpg",     "{:.2f}.jpg",
                           "{name}.jpg",     "",
                           "{:04x}.jpg",     "{:5}.jpg",
                           "%5d.jpg",        "%-5d.jpg",
                           "%.jpg",          "%%d.jpg",
                           "{{}}.jpg",       "{1}.jpg",
                           "{:05}_%05d.jpg", "{:099999999999}.jpg",
                           "{:0999}.jpg",    "a\n{}.jpg",
                           "{:05d",          "{:>05}.jpg"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(FileTemplate::parse(text), vs::UsageError);
  }
}

TEST_CASE("frame names: flow") {
  const auto flow = FileTemplate::parse("flow_{}_{:05d}.jpg", FileTemplate::Kind::kFlow);
  CHECK(flow.flow_name('x', 1) == "flow_x_00001.jpg");
  CHECK(flow.flow_name('y', 100000) == "flow_y_100000.jpg");
  CHECK(flow.flow_number_of('x', "flow_x_00012.jpg") == 12);
  CHECK_FALSE(flow.flow_number_of('y', "flow_x_00012.jpg"));
  CHECK_THROWS_AS(flow.name(1), vs::UsageError);
  CHECK_THROWS_AS(FileTemplate::parse("{:05d}.jpg", FileTemplate::Kind::kFlow), vs::UsageError);
  CHECK_THROWS_AS(FileTemplate::parse("{:05}_{:05}.jpg", FileTemplate::Kind::kFlow), vs::UsageError);
  CHECK(FileTemplate::parse("%s/%05d.jpg", FileTemplate::Kind::kFlow).flow_name('x', 2) == "x/00002.jpg");
}

TEST_CASE("frame names: reading the number back") {
  const auto frames = FileTemplate::parse("img_{:05}.jpg");
  CHECK(frames.number_of("img_00012.jpg") == 12);
  CHECK(frames.number_of("img_123456.jpg") == 123456);
  CHECK_FALSE(frames.number_of("img_0123456.jpg"));
  CHECK_FALSE(frames.number_of("img_12.jpg"));
  CHECK_FALSE(frames.number_of("img_0001a.jpg"));
  CHECK_FALSE(frames.number_of("img_00001.png"));
  CHECK_FALSE(frames.number_of("img_.jpg"));
  CHECK(FileTemplate::parse("{}").number_of("0") == 0);
  CHECK_FALSE(FileTemplate::parse("{}").number_of("00"));
}

TEST_CASE("frame names: the template of a folder") {
  const auto found = vs::find_template({"img_00002.jpg", "img_00001.jpg", "notes.txt"});
  REQUIRE(found);
  CHECK(found->text == "img_{:05}.jpg");
  CHECK(found->first_number == 1);
  CHECK(found->count == 2);
  CHECK(vs::find_template({"0.png", "1.png", "10.png"})->text == "{}.png");
  CHECK(vs::find_template({"0.png", "1.png"})->first_number == 0);
  CHECK(vs::find_template({"{a}_07.jpg"})->text == "{{a}}_{:02}.jpg");
  CHECK_FALSE(vs::find_template({}));
  CHECK_FALSE(vs::find_template({"a.jpg"}));
}

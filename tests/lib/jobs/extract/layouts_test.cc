#include "lib/jobs/extract/layouts.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

#include "lib/core/file_template.h"
#include "lib/jobs/extract/extract_options.h"
#include "lib/jobs/extract/option_table.h"

namespace vs::jobs {
namespace {

ExtractOptions read(std::initializer_list<const char*> words) {
  static const cli::OptionTable table = extract_option_table();
  std::vector<const char*> line{"vs-extract"};
  line.insert(line.end(), words.begin(), words.end());
  return read_extract_options(cli::parse_command_line(table, static_cast<int>(line.size()), line.data(),
                                                      [](const char*) -> const char* { return nullptr; }));
}

std::string first_name(const std::string& layout) {
  const Layout& found = layout_named(layout);
  return FileTemplate::parse(found.file_template).name(found.start_index);
}

}  // namespace

TEST_CASE("the first file of each layout is the one its loader asks for") {
  CHECK(first_name("mmaction") == "img_00000.jpg");
  CHECK(first_name("mmaction-opencv") == "img_00001.jpg");
  CHECK(first_name("ava") == "img_00001.jpg");
  CHECK(first_name("reskd") == "image_00001.jpg");
  CHECK(first_name("adafocus") == "img_00001.jpg");
  CHECK(first_name("adafocus-kinetics") == "img_00001.jpg");
  CHECK(first_name("something-v2") == "000001.jpg");
}

TEST_CASE("heights, with a width of either parity") {
  CHECK(media::output_size(layout_named("reskd").size, {1918, 1078}) == media::Size{641, 360});
  CHECK(media::output_size(layout_named("reskd").size, {853, 480}) == media::Size{640, 360});
  CHECK(media::output_size(layout_named("reskd").size, {406, 720}) == media::Size{203, 360});
  CHECK(media::output_size(layout_named("adafocus").size, {66, 50}) == media::Size{475, 360});
  CHECK(media::output_size(layout_named("adafocus-kinetics").size, {340, 256}) == media::Size{440, 331});
  CHECK(media::output_size(layout_named("something-v2").size, {427, 240}) == media::Size{427, 240});
}

TEST_CASE("a rate of one's own replaces constant-rate output, and counts after the scaling filter") {
  const ExtractOptions options = read({"--layout", "reskd", "--rate", "4", "--format", "png", "-o", "out", "in.mp4"});
  CHECK(options.choice.rule == ChoiceRule::kRate);
  CHECK(options.choice.rate == Fraction{4, 1});
  CHECK_FALSE(options.choice.own_durations);
  CHECK(options.name_template.text() == "image_{:05}.png");
  CHECK(options.picture.interpolation == media::Interpolation::kBicubic);
}

}  // namespace vs::jobs

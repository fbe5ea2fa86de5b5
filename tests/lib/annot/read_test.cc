#include "lib/annot/read.h"

#include <doctest/doctest.h>

#include <string>

using namespace vs::annot;

namespace {

/// "line:column code" of every problem, separated by blanks; "" if the bytes are good.
std::string problems_of(const std::string& bytes, Format format, const ReadOptions& options = {}) {
  try {
    parse_annotations(bytes, "f", format, options);
  } catch (const AnnotationErrors& errors) {
    std::string text;
    for (const Problem& problem : errors.problems()) {
      if (!text.empty()) text += ' ';
      text += std::to_string(problem.line) + ":" + std::to_string(problem.column) + " " +
              std::string(name_of(problem.code));
    }
    return text;
  }
  return {};
}

ReadOptions several_labels(int64_t num_classes = 0) {
  ReadOptions options;
  options.multi_class = true;
  options.num_classes = num_classes;
  return options;
}

}  // namespace

TEST_CASE("rawframe lists: fields, prefix, CRLF, byte-order mark, blank lines") {
  ReadOptions options;
  options.data_prefix = "p";
  const auto set = parse_annotations(
      "\xef\xbb\xbf"
      "a/b\t10 0\r\n\r\n  c  20\t 1  \n/abs 007 2",
      "f", Format::kRawframes, options);
  REQUIRE(set.items.size() == 3);
  CHECK(set.items[0].path == "p/a/b");
  CHECK(set.items[0].num_frames == 10);
  CHECK(set.items[1].labels == std::vector<int32_t>{1});
  CHECK(set.items[1].line == 3);
  CHECK(set.items[2].path == "/abs");
  CHECK(set.items[2].num_frames == 7);
}

TEST_CASE("rawframe lists: bad lines with place and code") {
  CHECK(problems_of("a 10 1\nb 12x 3\n", Format::kRawframes) == "2:3 not_an_integer");
  CHECK(problems_of("a 0 1\nb 10 -2\n", Format::kRawframes) == "1:3 not_positive 2:6 label_out_of_range");
  CHECK(problems_of("a 10 1\nb 10 1 2\n", Format::kRawframes) == "2:8 extra_field");
  CHECK(problems_of("a 10 1\nb\nc 10\n", Format::kRawframes) == "2:2 missing_field 3:5 missing_label");
  CHECK(problems_of("a 10 +3\n", Format::kRawframes) == "1:6 not_an_integer");
  CHECK(problems_of("a 99999999999999999999 3\n", Format::kRawframes) == "1:3 not_an_integer");
  CHECK(problems_of("a 10 2147483648\n", Format::kRawframes) == "1:6 label_out_of_range");
  CHECK(problems_of("a 10 2147483647\n", Format::kRawframes).empty());
  CHECK(problems_of("a 10 1\nb 10 -1\n", Format::kRawframes) == "2:8 label_out_of_range");
  CHECK(problems_of("\xc3\xa4\xc3\xa4 x 1\n", Format::kRawframes) == "1:4 not_an_integer");
  CHECK(problems_of("a 1 1\n\xff 1 1\n", Format::kRawframes) == "2:1 bad_utf8");
  CHECK(problems_of(std::string("a\0b 1 1\n", 8), Format::kRawframes) == "1:2 control_character");
  CHECK(problems_of("a 1 1\rb 1 1\n", Format::kRawframes) == "1:6 control_character");
  CHECK(problems_of("a\xc2\x85 1 1\n", Format::kRawframes) == "1:2 control_character");
  CHECK(problems_of("", Format::kRawframes) == "0:0 no_records");
  CHECK(problems_of("\n \n", Format::kVideos) == "0:0 no_records");
}

TEST_CASE("lists without labels") {
  for (const char* text : {"a 10\nb 7\n", "a 10 -1\nb 7 -1\n", "a 10 -1\nb 7\n"}) {
    const auto set = parse_annotations(text, "f", Format::kRawframes);
    CHECK(set.items.size() == 2);
    CHECK(is_unlabelled(set));
  }
}

TEST_CASE("several labels keep their order, are distinct, and below num_classes") {
  const auto set = parse_annotations("a 10 4 4 2\n", "f", Format::kRawframes, several_labels(5));
  CHECK(set.items[0].labels == std::vector<int32_t>{4, 2});
  REQUIRE(set.losses.size() == 1);
  CHECK(set.losses[0].what == "repeated labels");
  CHECK(set.losses[0].records == 1);
  CHECK(problems_of("a 10 4 5\n", Format::kRawframes, several_labels(5)) == "1:8 label_out_of_range");
}

TEST_CASE("rawframe lists with an offset") {
  ReadOptions options;
  options.with_offset = true;
  const auto set = parse_annotations("v 213 122 4\n", "f", Format::kRawframes, options);
  CHECK(set.items[0].offset == 213);
  CHECK(set.items[0].num_frames == 122);
  CHECK(problems_of("v -1 10 1\nv 1 0 1\nv 1\n", Format::kRawframes, options) ==
        "1:3 negative_offset 2:5 not_positive 3:4 missing_field");
}

TEST_CASE("video lists: blanks in a path need a delimiter") {
  CHECK(problems_of("a (31).mp4 1\n", Format::kVideos) == "1:12 extra_field");
  ReadOptions options;
  options.delimiter = ',';
  const auto set = parse_annotations("my video (31).mp4, 1\n", "f", Format::kVideos, options);
  CHECK(set.items[0].path == "my video (31).mp4");
  CHECK(set.items[0].labels == std::vector<int32_t>{1});
  CHECK(problems_of(",1\n", Format::kVideos, options) == "1:1 missing_field");
}

TEST_CASE("JSON lists") {
  const auto set =
      parse_annotations(R"([{"frame_dir":"a","total_frames":5,"label":[1]}])", "f", Format::kRawframesJson);
  CHECK(set.items[0].num_frames == 5);
  CHECK(problems_of("[{\"frame_dir\":\"a\",\n\"total_frames\":0,\"label\":[1]}]", Format::kRawframesJson).find("2:") ==
        0);
  CHECK(problems_of("{}", Format::kRawframesJson) == "0:0 bad_json_type");
  CHECK(problems_of("[]", Format::kVideosJson) == "0:0 no_records");
  CHECK(problems_of("[1]", Format::kVideosJson).find("bad_json_type") != std::string::npos);
  CHECK(problems_of(R"([{"filename":"a","label":[]}])", Format::kVideosJson).find("missing_label") !=
        std::string::npos);
  CHECK(problems_of(R"([{"filename":"a","label":[1.5]}])", Format::kVideosJson).find("bad_json_type") !=
        std::string::npos);
  CHECK(problems_of(R"([{"filename":"a","label":[-1]},{"filename":"b","label":[0]}])", Format::kVideosJson)
            .find("label_out_of_range") != std::string::npos);
  CHECK(is_unlabelled(parse_annotations(R"([{"filename":"a","label":[-1]}])", "f", Format::kVideosJson)));
  CHECK(problems_of(R"([{"filename":"a\u0000","label":[1]}])", Format::kVideosJson).find("control_character") !=
        std::string::npos);
  CHECK(problems_of("[{\"filename\":\"a\",\n\"label\" 1}]", Format::kVideosJson).find("2:") == 0);
}

TEST_CASE("Kinetics CSV: quoting, times, spelling of classes") {
  const std::string header = "label,youtube_id,time_start,time_end,split,is_cc\n";
  const auto set = parse_annotations(header + "\"a, \"\"b\"\"\",id,20.0,30.9,validate,0\nc d,-x,1,2,train,0\n", "f",
                                     Format::kKineticsCsv);
  REQUIRE(set.classes == std::vector<std::string>{"a,_b", "c_d"});
  CHECK(set.items[0].path == "a,_b/id_000020_000030");
  CHECK(set.items[0].split == "val");
  CHECK(set.items[1].path == "c_d/-x_000001_000002");
  CHECK(set.items[1].line == 3);
  CHECK(problems_of(header + "a,b,nan,2,t,0\nb,c,1\n", Format::kKineticsCsv) == "2:5 not_a_number 3:0 missing_field");
  CHECK(problems_of(header + "a,b,1,2,t,0\n\"x,c,1,2,t,0\n", Format::kKineticsCsv) == "3:1 bad_csv");
  CHECK(problems_of("id,b\n1,2\n", Format::kKineticsCsv) == "1:1 missing_field");
  ReadOptions test;
  test.unlabelled = true;
  const auto unlabelled = parse_annotations(header + "x,T0,61,71,test,0\n", "f", Format::kKineticsCsv, test);
  CHECK(unlabelled.items[0].path == "T0_000061_000071");
  CHECK(is_unlabelled(unlabelled));
}

TEST_CASE("Something-Something, UCF101, HMDB51, MMIT") {
  ReadOptions options;
  options.classes = {"B x", "A y"};
  CHECK(parse_annotations("7;A y\n", "f", Format::kSomethingCsv, options).items[0].labels == std::vector<int32_t>{1});
  CHECK(is_unlabelled(parse_annotations("7\n8\n", "f", Format::kSomethingCsv)));
  CHECK(problems_of("7;A y\n8;A z\n9\n", Format::kSomethingCsv, options) == "2:3 unknown_label 3:2 missing_label");
  CHECK_THROWS_AS(parse_annotations("7;A y\n", "f", Format::kSomethingCsv), vs::UsageError);
  CHECK(parse_annotations(R"([{"id":"1","template":"A [y]"}])", "f", Format::kSomethingJson, options)
            .items[0]
            .labels[0] == 1);

  options.classes = {"Archery", "Bowling"};
  const auto ucf = parse_annotations("Bowling/v_B_g01.avi 2\n", "f", Format::kUcf101, options);
  CHECK(ucf.items[0].path == "Bowling/v_B_g01");
  CHECK(ucf.items[0].labels[0] == 1);
  CHECK(problems_of("Cooking/v.avi\nv.avi\n", Format::kUcf101, options) == "1:1 unknown_label 2:1 unknown_label");

  const auto hmdb =
      parse_annotations("a.avi 1\nb.avi 2\nc.avi 0\n", "dir/Bowling_test_split1.txt", Format::kHmdb51, options);
  REQUIRE(hmdb.items.size() == 2);
  CHECK(hmdb.items[0].path == "Bowling/a");
  CHECK(hmdb.items[1].split == "test");
  CHECK(problems_of("a.avi 3\n", Format::kHmdb51, [&] {
          ReadOptions o = options;
          o.hmdb51_class = "Archery";
          return o;
        }()) == "1:7 label_out_of_range");

  const auto mmit = parse_annotations("a/b_1.mp4,5,3\n", "f", Format::kMmitCsv);
  CHECK(mmit.items[0].path == "a/b_1");
  CHECK(mmit.items[0].labels == std::vector<int32_t>{5, 3});
}

TEST_CASE("AR-Net lists") {
  const auto actnet = parse_annotations("v,100,7,7,1,3,2\ns,2,4\n", "f", Format::kActnetList);
  CHECK(actnet.items[0].labels == std::vector<int32_t>{7, 1, 3, 2});
  CHECK(actnet.items.size() == 2);
  ReadOptions training;
  training.drop_short = true;
  CHECK(parse_annotations("v,100,7\ns,2,4\n", "f", Format::kActnetList, training).items.size() == 1);
  const auto minik = parse_annotations(" abseiling/x y 3,4  120 5\n", "f", Format::kMinikList);
  CHECK(minik.items[0].path == "abseiling/x y 3,4");
  CHECK(minik.items[0].num_frames == 120);
  CHECK(problems_of("x 5\ny 0 1\n", Format::kMinikList) == "1:4 missing_field 2:3 not_positive");
}

TEST_CASE("AdaFocusV2 reads AR-Net's lists, and Something-Something's like Mini-Kinetics'") {
  ReadOptions options;
  options.drop_short = true;
  const auto something = parse_annotations("78687 41 8\n42326 2 3\n100904 3 172", "f", Format::kMinikList, options);
  CHECK(something.items.size() == 2);
  CHECK(something.items[1].path == "100904");
  CHECK(something.items[1].labels == std::vector<int32_t>{172});
  const auto blanks = parse_annotations("vid gggg,77,0\nv,3,9,9\n", "f", Format::kActnetList, options);
  CHECK(blanks.items[0].path == "vid gggg");
  CHECK(blanks.items[1].num_frames == 3);
  CHECK(parse_annotations("a 2 1\nb 1 1\n", "f", Format::kMinikList, options).items.empty());
}

TEST_CASE("ActivityNet JSON") {
  const std::string good = R"({"database":{"b":{"duration":10.0,"subset":"training","annotations":[
    {"segment":[1,30],"label":"Z"},{"segment":[2,3],"label":"A"}]},"a":{"duration":1,"subset":"testing","annotations":[]}}})";
  const auto set = parse_annotations(good, "f", Format::kActivitynetJson);
  REQUIRE(set.items.size() == 2);
  CHECK(set.classes == std::vector<std::string>{"A", "Z"});
  CHECK(set.items[0].path == "v_b");
  CHECK(set.items[0].labels == std::vector<int32_t>{1, 0});
  CHECK(set.items[0].segments[0].label == 1);
  CHECK(set.items[1].split == "test");
  ReadOptions options;
  options.classes = {"A"};
  CHECK(problems_of(good, Format::kActivitynetJson, options).find("unknown_label") != std::string::npos);
  const auto segment = [](const std::string& bounds) {
    return R"({"database":{"b":{"duration":10.0,"subset":"training","annotations":[{"segment":)" + bounds +
           R"(,"label":"Z"}]}}})";
  };
  CHECK(problems_of(segment("[3,3]"), Format::kActivitynetJson).find("bad_segment") != std::string::npos);
  CHECK(problems_of(segment("[-1,3]"), Format::kActivitynetJson).find("bad_segment") != std::string::npos);
  CHECK(problems_of(segment("[10,13]"), Format::kActivitynetJson).find("bad_segment") != std::string::npos);
  CHECK(problems_of(segment("[1]"), Format::kActivitynetJson).find("bad_json_type") != std::string::npos);
  CHECK(problems_of(segment("[9.5,13]"), Format::kActivitynetJson).empty());
}

TEST_CASE("formats are seen from the content") {
  CHECK(detect_format("a/b 10 1\n") == Format::kRawframes);
  CHECK(detect_format("clip_a 100\n") == Format::kRawframes);
  CHECK(detect_format("a.mp4 1\n") == Format::kVideos);
  CHECK(detect_format("a.mp4\n") == Format::kVideos);
  CHECK(detect_format("v_x,4169,33\n") == Format::kActnetList);
  CHECK(detect_format("a/b.mp4,1,3\n") == Format::kMmitCsv);
  CHECK(detect_format("100218;Holding something\n") == Format::kSomethingCsv);
  CHECK(detect_format("label,youtube_id,time_start,time_end,split,is_cc\n") == Format::kKineticsCsv);
  CHECK(detect_format("a.avi 1\n", "x/brush_hair_test_split1.txt") == Format::kHmdb51);
  CHECK(detect_format(" [\n{\"frame_dir\": 1}]") == Format::kRawframesJson);
  CHECK(detect_format("[{\"vid_name\": 1}]") == Format::kDiving48Json);
  CHECK(detect_format("{\"version\":1,\"database\":{}}") == Format::kActivitynetJson);
  CHECK(detect_format("\x89HDF\r\n\x1a\n rest") == Format::kAnnotations);
  CHECK_FALSE(detect_format(""));
  CHECK_FALSE(detect_format("two words here\n"));
  CHECK_FALSE(detect_format("[[[\n"));
  CHECK(detect_format("[a].mp4\n") == Format::kVideos);
  CHECK(detect_format("a/b c 100 3\nd 5 1\n") == Format::kMinikList);
  CHECK(detect_format("d 5 1\r\na/b c 100 3\r\n") == Format::kMinikList);
  CHECK(detect_format("d 5 1\na b 3\n") == Format::kRawframes);
  CHECK(detect_format("d 5 1 7\ne 5 1 7\n") == Format::kRawframes);
  for (const std::string& name : format_names()) CHECK(name_of(*format_of(name)) == name);
}

TEST_CASE("an error lists every problem, one a line") {
  try {
    parse_annotations("a x 1\nb 0 1\n", "list.txt", Format::kRawframes);
    FAIL("accepted");
  } catch (const AnnotationErrors& errors) {
    const std::string what = errors.what();
    CHECK(what.find("list.txt:1:3: not an integer: \"x\" (expected a number of frames, at least 1)") == 0);
    CHECK(what.find("\n  list.txt:2:3: a frame count below 1: \"0\"") != std::string::npos);
    CHECK(errors.exit_code() == 1);
  }
}

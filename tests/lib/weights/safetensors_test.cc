#include "lib/weights/safetensors.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/weights/byte_file.h"
#include "tests/lib/weights/builders.h"
#include "tests/support/scratch.h"

namespace {

using namespace vs;
using namespace vs::test;
using weights::Checkpoint;
using weights::Dtype;
using weights::SafetensorsWriter;
using weights::TensorInfo;

std::string refusal(const std::string& header, const std::string& data) {
  const Scratch scratch("vs-safetensors-refusal");
  scratch.touch("x.safetensors", safetensors(header, data));
  try {
    (void)Checkpoint::open(scratch / "x.safetensors");
  } catch (const DataError& error) {
    const std::string message = error.what();
    CHECK(message.find('\n') == std::string::npos);
    return message;
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what is written is read back, in the order of the format") {
  const Scratch scratch("vs-safetensors-test");
  const std::string path = scratch / "w.safetensors";
  const std::vector<TensorInfo> tensors{{"flag", Dtype::kBool, {3}},       {"b", Dtype::kF32, {2}},
                                        {"a", Dtype::kF32, {2, 1}},        {"count", Dtype::kI64, {}},
                                        {"half", Dtype::kBF16, {1, 0, 5}}, {"\xc3\xa4 \"x\"", Dtype::kU8, {1}}};
  SafetensorsWriter writer(path, tensors, {{"made by", "vs \xe2\x80\x94 test"}});
  std::vector<std::string> order;
  for (const auto& tensor : writer.order()) order.push_back(tensor.name);
  CHECK(order == std::vector<std::string>{"count", "a", "b", "half", "flag", "\xc3\xa4 \"x\""});
  std::vector<uint8_t> bytes(28);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i);
  const std::span<const uint8_t> all(bytes);
  writer.write(all.first(3));  // pieces need not be tensors
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK_THROWS_AS(writer.commit(), std::logic_error);
  writer.write(all.subspan(3));
  CHECK_THROWS_AS(writer.write(all.first(1)), std::logic_error);
  writer.commit();

  const auto read = Checkpoint::open(path);
  CHECK(read.format() == weights::CheckpointFormat::kSafetensors);
  CHECK(read.metadata().at("made by") == "vs \xe2\x80\x94 test");
  REQUIRE(read.tensors().size() == tensors.size());
  for (const TensorInfo& tensor : tensors) CHECK(read.tensors()[read.find(tensor.name).value()] == tensor);
  CHECK(read.read(*read.find("a")) == std::vector<uint8_t>{8, 9, 10, 11, 12, 13, 14, 15});
  CHECK(read.read(*read.find("\xc3\xa4 \"x\"")) == std::vector<uint8_t>{27});
  const std::string text = read_file(path);
  CHECK(weights::load_u64(bytes_of(std::string_view(text)), 0) % 8 == 0);
}

TEST_CASE("a checkpoint becomes safetensors, under other names if asked to") {
  const Scratch scratch("vs-safetensors-convert");
  const std::string golden = VS_TEST_DATA "/../golden/cases/weights/dtypes_and_strides_legacy.pth";
  const auto source = Checkpoint::open(golden);
  weights::write_safetensors(scratch / "all.safetensors", source);
  const auto copy = Checkpoint::open(scratch / "all.safetensors");
  REQUIRE(copy.tensors().size() == source.tensors().size());
  for (size_t i = 0; i < source.tensors().size(); ++i) {
    const size_t other = copy.find(source.tensors()[i].name).value();
    CHECK(copy.tensors()[other] == source.tensors()[i]);
    CHECK(copy.read(other) == source.read(i));
  }
  CHECK(copy.metadata().at("format") == "pt");
  weights::write_safetensors(scratch / "again.safetensors", copy);
  CHECK(read_file(scratch / "again.safetensors") == read_file(scratch / "all.safetensors"));

  // One tensor may fill several names.
  const size_t flag = source.find("flag").value();
  weights::write_safetensors(scratch / "two.safetensors", source, {{flag, "y"}, {flag, "x"}});
  const auto two = Checkpoint::open(scratch / "two.safetensors");
  REQUIRE(two.tensors().size() == 2);
  CHECK(two.read(0) == source.read(flag));
  CHECK(two.read(1) == source.read(flag));
}

TEST_CASE("names that a file cannot hold are refused, and nothing is left behind") {
  const Scratch scratch("vs-safetensors-names");
  const auto write = [&](const std::vector<TensorInfo>& tensors) {
    SafetensorsWriter(scratch / "x.safetensors", tensors);
  };
  CHECK_THROWS_AS(write({{"a", Dtype::kU8, {1}}, {"a", Dtype::kF32, {1}}}), DataError);
  CHECK_THROWS_AS(write({{"__metadata__", Dtype::kU8, {1}}}), DataError);
  CHECK_THROWS_AS(write({{"\xff", Dtype::kU8, {1}}}), DataError);
  CHECK(std::filesystem::is_empty(scratch / ""));
  SafetensorsWriter none(scratch / "none.safetensors", {});
  none.commit();
  CHECK(Checkpoint::open(scratch / "none.safetensors").tensors().empty());
}

TEST_CASE("headers that lie are refused") {
  const std::string one = R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  CHECK(refusal(one, "abcd").empty());
  CHECK(refusal(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}   )", "abcd").empty());
  CHECK(contains(refusal(one, "abc"), "beyond the end of the file"));
  CHECK(contains(refusal(one, "abcde"), "1 bytes at its end belong to no tensor"));
  const auto entry = [](const std::string& text) { return R"({"w":)" + text + "}"; };
  CHECK(contains(refusal(entry(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})"), "abcd"), "need 8"));
  CHECK(contains(refusal(entry(R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})"), "abcd"), "shape is malformed"));
  CHECK(
      contains(refusal(entry(R"({"dtype":"F32","shape":[1.0],"data_offsets":[0,4]})"), "abcd"), "shape is malformed"));
  CHECK(contains(refusal(entry(R"({"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]})"), "abcd"),
                 "shape is malformed"));
  CHECK(contains(refusal(entry(R"({"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]})"), "abcd"),
                 "overflows"));
  CHECK(contains(refusal(entry(R"({"dtype":"F32","shape":[1],"data_offsets":[4,0]})"), "abcd"),
                 "data_offsets are malformed"));
  CHECK(contains(refusal(entry(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4,8]})"), "abcd"),
                 "data_offsets are malformed"));
  CHECK(contains(refusal(entry(R"({"dtype":"F32","shape":[1]})"), "abcd"), "no dtype, shape or data_offsets"));
  CHECK(contains(refusal(entry("3"), "abcd"), "no dtype, shape or data_offsets"));
  CHECK(contains(refusal("{}", "abcd"), "belong to no tensor"));
  CHECK(contains(refusal(R"({"__metadata__":{"a":1}})", ""), "no text"));
  CHECK(contains(refusal("{\"w\":", "abcd"), "x.safetensors:"));
  CHECK_FALSE(refusal(std::string(100000, '{'), "").empty());
  CHECK_FALSE(
      refusal(
          R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
          "abcdefgh")
          .empty());
  const auto two = [](const std::string& a, const std::string& b) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + a +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}";
  };
  CHECK(refusal(two("[4,8]", "[0,4]"), "abcdefgh").empty());
  CHECK(contains(refusal(two("[0,4]", "[2,6]"), "abcdefgh"), "overlap"));
  CHECK(contains(refusal(two("[0,4]", "[5,9]"), "abcdefghi"), "belong to no tensor"));
  // A type that vs does not use is skipped, but its bytes are its own.
  const Scratch scratch("vs-safetensors-types");
  scratch.touch(
      "x",
      safetensors(
          R"({"c":{"dtype":"C64","shape":[1],"data_offsets":[0,8]},"module.w":{"dtype":"U8","shape":[2],"data_offsets":[8,10]}})",
          "0123456789"));
  const auto read = Checkpoint::open(scratch / "x");
  REQUIRE(read.tensors().size() == 1);
  CHECK(read.tensors()[0].name == "w");
  CHECK(read.read(0) == std::vector<uint8_t>{'8', '9'});
  CHECK(read.skipped().at(0).reason == "C64 tensor");
}

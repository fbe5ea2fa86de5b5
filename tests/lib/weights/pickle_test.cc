#include "lib/weights/pickle.h"

#include <doctest/doctest.h>

#include "lib/core/error.h"
#include "tests/lib/weights/builders.h"

namespace {

using namespace vs;
using namespace vs::test;
using weights::PickleKind;
using weights::read_pickle;

weights::PickleDocument read(const std::string& bytes) {
  const auto document = read_pickle(bytes_of(bytes), "x.pth");
  REQUIRE(document.has_value());
  return *document;
}

std::string refusal(const std::string& bytes) {
  try {
    return read_pickle(bytes_of(bytes), "x.pth") ? "read" : "ends";
  } catch (const DataError& error) {
    return error.what();
  }
}

std::string repeated(const std::string& piece, size_t times) {
  std::string all;
  all.reserve(piece.size() * times);
  for (size_t i = 0; i < times; ++i) all += piece;
  return all;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("constants of pickles") {
  const std::string values = "(NK\xFFM" + little(0xFFFF, 2) + "J" + little(0xFFFFFFFE, 4) +
                             "\x88"
                             "\x89" +
                             "I5000000000\nI01\n" + "\x8a\x02" + little(0xFF00, 2) + "\x8a" + std::string(1, '\0') +
                             "G" + little(0, 8) + "t";
  const std::string bytes = pickle(values);
  const auto document = read(bytes);
  REQUIRE(document.root.kind == PickleKind::kTuple);
  const auto& items = document.items(document.root);
  REQUIRE(items.size() == 11);
  CHECK(items[0].kind == PickleKind::kNone);
  CHECK(items[1].number == 255);
  CHECK(items[2].number == 65535);
  CHECK(items[3].number == -2);
  CHECK(items[4].number == 1);
  CHECK(items[5].number == 0);
  CHECK(items[6].number == 5000000000);
  CHECK(items[7].kind == PickleKind::kBool);
  CHECK(items[8].number == -256);
  CHECK(items[9].number == 0);
  CHECK(items[10].kind == PickleKind::kReal);
}

TEST_CASE("memo, frames and names of protocol 4") {
  // {"a": ["b"], "c": the same list}, framed, with memoised values.
  const std::string bytes = "\x80\x04\x95" + little(30, 8) +
                            "}\x94(\x8c\x01"
                            "a"
                            "\x94]\x94\x8c\x01"
                            "b"
                            "\x94"
                            "a\x8c\x01"
                            "ch\x02u.";
  const auto document = read(bytes);
  const auto a = document.find(document.root, "a"), c = document.find(document.root, "c");
  REQUIRE(a.has_value());
  REQUIRE(c.has_value());
  CHECK(a->object == c->object);
  CHECK(document.text(document.items(*a)[0]) == "b");
  const std::string stack_global = "\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R.";
  const auto called = read(stack_global);
  CHECK(called.root.kind == PickleKind::kOpaque);
  CHECK(called.class_of(called.root) == "posix.system");
}

TEST_CASE("what follows a pickle is not read") {
  const std::string bytes = pickle("N") + "rubbish";
  CHECK(read(bytes).bytes.size() == 4);
  for (size_t size = 0; size < 4; ++size) CHECK(refusal(bytes.substr(0, size)) == "ends");
}

TEST_CASE("malformed pickles are refused") {
  CHECK(contains(refusal("(lp0\n."), "does not begin as a pickle"));
  CHECK(contains(refusal("\x80\x09."), "protocol 9 unknown"));
  CHECK(contains(refusal(pickle("\xff")), "opcode 0xff unknown"));
  CHECK(contains(refusal(pickle("")), "a value is missing"));
  CHECK(contains(refusal(pickle("t")), "a mark is missing"));
  CHECK(contains(refusal(pickle("a")), "a value is missing"));
  CHECK(contains(refusal(pickle("NNa")), "holds none"));
  CHECK(contains(refusal(pickle("}(NNNu")), "a key without a value"));
  CHECK(contains(refusal(pickle("N(\x85")), "a value is missing"));
  CHECK(contains(refusal(pickle("h\x05")), "memo number 5 was not set"));
  CHECK(contains(refusal(pickle("NN\x93")), "a class without a name"));
  CHECK(contains(refusal(pickle("c" + std::string(5000, 'x') + "\n\n")), "a line is too long"));
  CHECK(contains(refusal(pickle(tensor("N", 0, {1}, {1}))), "a tensor is malformed"));
  CHECK(refusal(pickle("X" + little(0xFFFFFFFF, 4) + "abc")) == "ends");
  CHECK(contains(refusal(pickle("\x8d" + little(UINT64_MAX, 8) + "abc")), "more than 4 GB"));
  CHECK(refusal(pickle("\x8b" + little(0x7FFFFFFF, 4) + "abc")) == "ends");
}

TEST_CASE("nesting costs no stack and is bounded") {
  constexpr size_t kDeep = 1000000;
  CHECK(refusal(pickle(repeated("]", kDeep) + repeated("a", kDeep - 1))) == "read");
  CHECK(refusal(pickle("]" + repeated("\x85", kDeep))) == "read");
  CHECK(contains(refusal(pickle(repeated("(", kDeep))), "nested too deeply"));
  CHECK(contains(refusal(pickle(repeated("N", 5 * kDeep))), "too many values"));
  CHECK(contains(refusal(pickle(repeated("]0", 5 * kDeep))), "too many containers"));
  // A list that contains itself.
  CHECK(refusal(pickle("]q" + std::string(1, '\0') + "h" + std::string(1, '\0') + "a")) == "read");
}

TEST_CASE("memo bombs are refused") {
  CHECK(contains(refusal(pickle("Nr" + little(0xFFFFFFFF, 4))), "memo number 4294967295 is too large"));
  // A list of a thousand pairs that each OrderedDict copies.
  const std::string pairs = "](" + repeated("](NNe", 1000) + "e";
  const std::string once =
      "(" + global("collections", "OrderedDict") + "q" + std::string(1, '\0') + "0" + pairs + "\x85q\x01" + "0";
  const std::string call = "h" + std::string(1, '\0') + "h\x01R0";
  CHECK(refusal(pickle(once + repeated(call, 1) + "N")) == "read");
  CHECK(contains(refusal(pickle(once + repeated(call, 1000) + "N")), "too many items"));
  // A class name of 100 kB that is said once and used a thousand times.
  const std::string name = text(std::string(100000, 'x')) + "q" + std::string(1, '\0') + "0";
  const std::string use = "h" + std::string(1, '\0') + "h" + std::string(1, '\0') +
                          "\x93"
                          "0";
  CHECK(contains(refusal(pickle(name + repeated(use, 1000) + "N")), "class names are too long"));
  // Tuples that double: 2^1000 leaves, three bytes each.
  CHECK(refusal(pickle(")" + repeated("2\x86", 1000))) == "read");
}

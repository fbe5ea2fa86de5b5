#include "lib/weights/checkpoint.h"

#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>

#include "lib/core/error.h"
#include "tests/lib/weights/builders.h"
#include "tests/support/scratch.h"

namespace {

using namespace vs;
using namespace vs::test;
using weights::Checkpoint;
using weights::Dtype;

class File {
 public:
  File(const std::string& name, const std::string& bytes) : scratch_("vs-checkpoint-test"), path_(scratch_ / name) {
    scratch_.touch(name, bytes);
  }
  const std::string& path() const { return path_; }

 private:
  Scratch scratch_;
  std::string path_;
};

std::vector<float> floats(const Checkpoint& checkpoint, const std::string& name) {
  const auto bytes = checkpoint.read(checkpoint.find(name).value());
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

/// The message of the refusal; "" if the file is read.
std::string refusal(const std::string& bytes, const std::string& name = "x.pth") {
  const File file(name, bytes);
  try {
    const auto checkpoint = Checkpoint::open(file.path());
    for (size_t i = 0; i < checkpoint.tensors().size(); ++i) (void)checkpoint.read(i);
  } catch (const DataError& error) {
    const std::string message = error.what();
    CHECK(message.find('\n') == std::string::npos);
    CHECK(error.place() == file.path());
    return message;
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string kSix = bytes_of({0, 1, 2, 3, 4, 5});

}  // namespace

TEST_CASE("a state dict is read from both formats of torch.save") {
  const std::string value =
      dict({{"w", tensor(storage("7", 6), 0, {2, 3}, {3, 1})}, {"b", tensor(storage("7", 6), 4, {2}, {1})}});
  for (const std::string& bytes : {torch_zip(value, {{"7", kSix}}), torch_legacy(value, {{"7", kSix}})}) {
    const File file("a.pth", bytes);
    const auto checkpoint = Checkpoint::open(file.path());
    CHECK(checkpoint.path() == file.path());
    CHECK(checkpoint.wrapper().empty());
    REQUIRE(checkpoint.tensors().size() == 2);
    CHECK(checkpoint.tensors()[0].name == "w");
    CHECK(checkpoint.tensors()[0].dtype == Dtype::kF32);
    CHECK(checkpoint.tensors()[0].shape == std::vector<int64_t>{2, 3});
    CHECK(floats(checkpoint, "w") == std::vector<float>{0, 1, 2, 3, 4, 5});
    CHECK(floats(checkpoint, "b") == std::vector<float>{4, 5});
    CHECK_FALSE(checkpoint.find("c").has_value());
    std::vector<uint8_t> small(3);
    CHECK_THROWS_AS(checkpoint.read(0, small), std::logic_error);
  }
}

TEST_CASE("strided, overlapping and empty tensors become contiguous") {
  const auto part = [](int64_t offset, std::vector<int64_t> shape, std::vector<int64_t> strides) {
    return tensor(storage("0", 6), offset, shape, strides);
  };
  const std::string value = dict({{"transposed", part(0, {3, 2}, {1, 3})},
                                  {"column", part(1, {2, 1}, {3, 7})},
                                  {"expanded", part(2, {2, 3, 2}, {0, 1, 0})},
                                  {"empty", part(0, {4, 0, 1099511627776}, {1, 1, 1})},
                                  {"scalar", part(5, {}, {})}});
  const File file("a.pth", torch_zip(value, {{"0", kSix}}));
  const auto checkpoint = Checkpoint::open(file.path());
  CHECK(floats(checkpoint, "transposed") == std::vector<float>{0, 3, 1, 4, 2, 5});
  CHECK(floats(checkpoint, "column") == std::vector<float>{1, 4});
  CHECK(floats(checkpoint, "expanded") == std::vector<float>{2, 2, 3, 3, 4, 4, 2, 2, 3, 3, 4, 4});
  CHECK(floats(checkpoint, "empty").empty());
  CHECK(floats(checkpoint, "scalar") == std::vector<float>{5});
}

TEST_CASE("the state dict is found where its writers put it, and `module.` is dropped") {
  const std::string weights = dict({{"module.w", tensor(storage("0", 6), 0, {6}, {1})}});
  for (const std::string key : {"state_dict", "model_state_dict", "model"}) {
    const File file("a.pth",
                    torch_zip(dict({{"epoch", integer(3)}, {key, weights}, {"optimizer", dict({})}}), {{"0", kSix}}));
    const auto checkpoint = Checkpoint::open(file.path());
    CHECK(checkpoint.wrapper() == key);
    REQUIRE(checkpoint.tensors().size() == 1);
    CHECK(checkpoint.tensors()[0].name == "w");
    CHECK(checkpoint.skipped().size() == 2);
  }
  // A key `model` that is no dict of tensors hides nothing.
  const File named("b.pth", torch_zip(dict({{"model", text("resnet50")}, {"w", tensor(storage("0", 6), 0, {6}, {1})}}),
                                      {{"0", kSix}}));
  CHECK(Checkpoint::open(named.path()).tensors().size() == 1);
  CHECK(contains(refusal(torch_zip(dict({{"epoch", integer(3)}}), {})), "no tensor at its top level"));
  CHECK(contains(refusal(torch_zip(text("weights"), {})), "holds no state dict"));
  CHECK(contains(refusal(torch_zip(dict({{"w", tensor(storage("0", 6), 0, {6}, {1})},
                                         {"module.w", tensor(storage("0", 6), 0, {6}, {1})}}),
                                   {{"0", kSix}})),
                 "two tensors are called w"));
}

TEST_CASE("what is no tensor of a usable type is skipped and named") {
  const std::string value = dict({{"c", tensor(storage("0", 1, "ComplexFloatStorage"), 0, {1}, {1})},
                                  {"n", integer(5)},
                                  {"x", global("posix", "system") + tuple({text("touch /tmp/vs-test-was-here")}) + "R"},
                                  {"w", tensor(storage("1", 6), 0, {6}, {1})}});
  const File file("a.pth", torch_zip(value, {{"0", std::string(8, '\0')}, {"1", kSix}}));
  const auto checkpoint = Checkpoint::open(file.path());
  CHECK(checkpoint.tensors().size() == 1);
  REQUIRE(checkpoint.skipped().size() == 3);
  CHECK(checkpoint.skipped()[0].name == "c");
  CHECK(checkpoint.skipped()[0].reason == "complex64 tensor");
  CHECK(checkpoint.skipped()[1].reason == "not a tensor");
  CHECK_FALSE(std::filesystem::exists("/tmp/vs-test-was-here"));
  CHECK(
      contains(refusal(torch_zip(global("models", "Net") + ")R", {})), "holds a pickled models.Net, not a state dict"));
}

TEST_CASE("untyped storages carry the type in the tensor; views of before torch 0.4 start inside their storage") {
  const std::string untyped =
      tuple({text("storage"), global("torch.storage", "UntypedStorage"), text("0"), text("cpu"), integer(24)}) + "Q";
  const std::string value = dict({{"w", global("torch._utils", "_rebuild_tensor_v3") +
                                            tuple({untyped, integer(2), numbers({2}), numbers({1}), "\x89", "N",
                                                   global("torch", "float32"), "N"}) +
                                            "R"}});
  const File file("a.pth", torch_zip(value, {{"0", kSix}}));
  CHECK(floats(Checkpoint::open(file.path()), "w") == std::vector<float>{2, 3});

  const std::string view = tuple({text("storage"), global("torch", "FloatStorage"), text("9"), text("cpu"), integer(6),
                                  tuple({text("10"), integer(2), integer(3)})}) +
                           "Q";
  const File old("b.pth", torch_legacy(dict({{"w", tensor(view, 1, {2}, {1})}}), {{"9", kSix}}));
  CHECK(floats(Checkpoint::open(old.path()), "w") == std::vector<float>{3, 4});
  CHECK(contains(refusal(torch_legacy(dict({{"w", tensor(view, 2, {2}, {1})}}), {{"9", kSix}})),
                 "reaches out of its storage"));
}

TEST_CASE("parameters, tensor subclasses and the dicts of Python 2 are seen through") {
  const std::string plain = tensor(storage("0", 6), 0, {6}, {1});
  const std::string parameter = global("torch._utils", "_rebuild_parameter") + tuple({plain, "\x88", dict({})}) + "R";
  const std::string subclass =
      global("torch._tensor", "_rebuild_from_type_v2") +
      tuple({global("torch._utils", "_rebuild_tensor_v2"), global("mine", "Tensor"),
             tuple({storage("0", 6), integer(0), numbers({6}), numbers({1}), "\x89", "N"}), dict({})}) +
      "R";
  const std::string pair = "](" + ("U\x01" + std::string("a")) + parameter + "e",
                    pair2 = "](" + ("U\x01" + std::string("b")) + subclass + "e";
  const std::string old_dict = global("collections", "OrderedDict") + tuple({"](" + pair + pair2 + "e"}) + "R";
  const File file("a.pth", torch_zip(old_dict, {{"0", kSix}}));
  const auto checkpoint = Checkpoint::open(file.path());
  CHECK(floats(checkpoint, "a").size() == 6);
  CHECK(floats(checkpoint, "b").size() == 6);
}

TEST_CASE("lies about sizes are refused") {
  const auto one = [](const std::string& t) { return torch_zip(dict({{"w", t}}), {{"0", kSix}}); };
  CHECK(refusal(one(tensor(storage("0", 6), 0, {6}, {1}))).empty());
  CHECK(contains(refusal(one(tensor(storage("0", 6), 1, {6}, {1}))), "reaches out of its storage"));
  CHECK(contains(refusal(one(tensor(storage("0", 6), 0, {2, 3}, {4, 1}))), "reaches out of its storage"));
  CHECK(contains(refusal(one(tensor(storage("0", 6), -1, {2}, {1}))), "negative"));
  CHECK(contains(refusal(one(tensor(storage("0", 6), 0, {-2}, {1}))), "negative"));
  CHECK(contains(refusal(one(tensor(storage("0", 6), 0, {2}, {-1}))), "negative"));
  CHECK(contains(refusal(one(tensor(storage("0", 6), 0, {int64_t{1} << 62, 4}, {0, 0}))), "overflow"));
  CHECK(contains(refusal(one(tensor(storage("0", 6), 0, {2, 2}, {int64_t{1} << 62, int64_t{1} << 62}))), "overflow"));
  CHECK(contains(refusal(one(tensor(storage("0", 6), 0, {1 << 20, 1 << 20}, {0, 0}))), "in a file of"));
  CHECK(contains(refusal(one(tensor(storage("0", 6), 0, {2}, {1, 1}))), "strides do not fit"));
  CHECK(contains(refusal(one(tensor(storage("0", 1 << 30), 0, {6}, {1}))), "larger than the data in the file"));
  CHECK(contains(refusal(one(tensor(storage("1", 6), 0, {6}, {1}))), "storage 1 is not in the file"));
  CHECK(contains(refusal(one(tensor(storage("0", 6), 0, std::vector<int64_t>(17, 1), std::vector<int64_t>(17, 1)))),
                 "17 dimensions"));
  // Many names of one storage: each tensor is fine, all of them together are a bomb.
  std::vector<std::pair<std::string, std::string>> many;
  for (int i = 0; i < 2000; ++i) many.emplace_back(std::to_string(i), tensor(storage("0", 1 << 17), 0, {1 << 17}, {1}));
  CHECK(contains(refusal(torch_zip(dict(many), {{"0", std::string(1 << 19, 'x')}})), "unfold"));
  // In the legacy format the numbers stand beside the data too.
  const std::string value = dict({{"w", tensor(storage("0", 6), 0, {6}, {1})}});
  CHECK(contains(refusal(torch_legacy(value, {{"0", bytes_of({1, 2})}})), "another size than stated"));
  CHECK(contains(refusal(torch_legacy(value, {{"1", kSix}})), "unknown type"));
  const std::string whole = torch_legacy(value, {{"0", kSix}});
  CHECK(refusal(whole).empty());
  CHECK(contains(refusal(whole.substr(0, whole.size() - 1)), "truncated"));
  std::string big_endian = whole;
  big_endian.replace(big_endian.find("\x88"), 1, "\x89");
  CHECK(contains(refusal(big_endian), "not little-endian"));
}

TEST_CASE("a long key that is used often is listed once, and cut") {
  std::string items = text("state_dict") + dict({{"w", tensor(storage("0", 6), 0, {6}, {1})}});
  items += text(std::string(100000, 'k')) + "q" + std::string(1, '\0') + "N";
  for (int i = 0; i < 1000; ++i) items += "h" + std::string(1, '\0') + "N";
  const File file("a.pth", torch_zip("}(" + items + "u", {{"0", kSix}}));
  const auto checkpoint = Checkpoint::open(file.path());
  REQUIRE(checkpoint.skipped().size() == 1);
  CHECK(checkpoint.skipped()[0].name.size() == 103);
}

TEST_CASE("zip files that lie are refused") {
  const std::string value = dict({{"w", tensor(storage("0", 6), 0, {6}, {1})}});
  const auto lie = [&](const ZipLies& lies) { return refusal(torch_zip(value, {{"0", kSix}}, lies)); };
  CHECK(lie({}).empty());
  CHECK(lie({.zip64 = true}).empty());
  CHECK(contains(lie({.method = 8}), "is compressed"));
  CHECK(contains(lie({.flags = 1}), "is encrypted"));
  CHECK(contains(lie({.size_added = 100000}), "beyond the end"));
  CHECK(contains(lie({.zip64 = true, .size_added = uint64_t{1} << 62}), "pickle is too long"));
  CHECK(contains(lie({.zip64 = true, .offset_added = uint64_t{1} << 62}), "beyond the end"));
  CHECK(contains(lie({.zip64 = true, .count_added = uint64_t{1} << 60}), "too short for its entries"));
  CHECK(contains(lie({.count_added = 1}), "directory"));
  CHECK(contains(lie({.offset_added = 1}), "not where it says"));
  std::string damaged = torch_zip(value, {{"0", kSix}});
  damaged[damaged.find(kSix) + 1] ^= 1;
  CHECK(contains(refusal(damaged), "checksum of tensor w is wrong"));
  CHECK(contains(refusal(zip({{"a/data.pkl", pickle(value)}, {"a/data.pkl", pickle(value)}})), "two entries"));
  CHECK(contains(refusal(zip({{"a.txt", "x"}})), "no data.pkl"));
  CHECK(contains(refusal(zip({{"a/data.pkl", pickle(value)}, {"a/byteorder", "big"}, {"a/data/0", kSix}})),
                 "not little-endian"));
  // The order of bytes is not written before torch 2.1, and the folder has any name.
  CHECK(refusal(zip({{"any name/data.pkl", pickle(value)}, {"any name/data/0", kSix}})).empty());
}

TEST_CASE("what is no checkpoint is refused") {
  CHECK(contains(refusal(""), "empty file"));
  CHECK(contains(refusal("hello, I am a text"), "not a checkpoint"));
  CHECK(contains(refusal(pickle(dict({}))), "a pickle, but not one of torch.save"));
  CHECK(contains(refusal("\x80\x02"), "truncated"));
  CHECK_THROWS_AS(Checkpoint::open("/no/such/file.pth"), DataError);
  CHECK_THROWS_AS(Checkpoint::open("/tmp"), DataError);
}

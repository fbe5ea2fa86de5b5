#include "lib/weights/score_export.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "tests/lib/weights/builders.h"
#include "tests/support/scratch.h"

namespace {

using namespace vs;
using namespace vs::test;
using weights::ScoreExport;
using Values = std::vector<double>;
using Offsets = std::vector<int64_t>;

// What numpy 2.4 and PyTorch 2.11 pickled; see the names.
std::string bundled(const std::string& name) { return VS_TEST_DATA "/scores/" + name; }

const Values kValues = {0.5, -1.25, 3, 2, 0.125, -7.5};

ScoreExport read_export(const std::string& bytes) {
  const Scratch scratch("vs-score-export-test");
  scratch.touch("x.pkl", bytes);
  return weights::read_score_export(scratch / "x.pkl");
}

/// What is said of a file that is refused; "" if it is read.
std::string refusal(const std::string& bytes) {
  try {
    read_export(bytes);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

bool refused_for(const std::string& bytes, const std::string& words) {
  const std::string message = refusal(bytes);
  INFO(message);
  CHECK(message.find(words) != std::string::npos);
  return message.find(words) != std::string::npos;
}

std::string list(const std::vector<std::string>& items) {
  std::string all = "](";
  for (const auto& item : items) all += item;
  return all + "e";
}
std::string real(double value) {
  std::string bytes(reinterpret_cast<const char*>(&value), sizeof value);
  return "G" + std::string(bytes.rbegin(), bytes.rend());
}
std::string binary(const std::string& bytes) { return "B" + little(bytes.size(), 4) + bytes; }
std::string dtype(const std::string& code, const std::string& order = "<") {
  return global("numpy", "dtype") + tuple({text(code), "\x89", "\x88"}) + "R" +
         tuple({integer(3), text(order), "N", "N", "N", integer(-1), integer(-1), integer(0)}) + "b";
}
/// As numpy's _reconstruct.
std::string array(const std::vector<int64_t>& shape, const std::string& type, const std::string& data,
                  const std::string& module = "numpy.core.multiarray") {
  return global(module, "_reconstruct") + tuple({global("numpy", "ndarray"), numbers({0}), text("b")}) + "R" +
         tuple({integer(1), numbers(shape), type, "\x89", data}) + "b";
}

}  // namespace

TEST_CASE("score exports: numpy arrays in the protocols there are") {
  for (const char* name : {"arrays_protocol2.pkl", "arrays_protocol4.pkl", "arrays_protocol5.pkl", "lists.pkl"}) {
    INFO(name);
    const ScoreExport scores = weights::read_score_export(bundled(name));
    CHECK(scores.num_classes == 3);
    CHECK(scores.scores == kValues);
    CHECK(scores.offsets == Offsets{0, 1, 2});
    CHECK(scores.labels.empty());
    CHECK(scores.video_ids.empty());
  }
  // As numpy 1 named its modules.
  std::string older = read_file(bundled("arrays_protocol2.pkl"));
  const size_t at = older.find("numpy._core");
  REQUIRE(at != std::string::npos);
  older.replace(at, 11, "numpy.core");
  CHECK(read_export(older).scores == kValues);
}

TEST_CASE("score exports: clips by name (one array in Fortran's order), one block of halves") {
  const ScoreExport named = weights::read_score_export(bundled("clips_by_name.pkl"));
  CHECK(named.video_ids == std::vector<std::string>{"b", "a"});
  CHECK(named.offsets == Offsets{0, 2, 4});
  CHECK(Values(named.scores.begin(), named.scores.begin() + 6) == kValues);
  CHECK(Values(named.scores.begin() + 6, named.scores.end()) == kValues);
  const ScoreExport block = weights::read_score_export(bundled("block_half.pkl"));
  CHECK(block.scores == kValues);
  CHECK(block.offsets == Offsets{0, 1, 2});
}

TEST_CASE("score exports: results of mmaction2 with PyTorch's tensors") {
  for (const char* name : {"results_1x.pkl", "results_1x_items.pkl"}) {
    INFO(name);
    const ScoreExport scores = weights::read_score_export(bundled(name));
    CHECK(scores.scores == kValues);
    CHECK(scores.labels == std::vector<std::vector<int64_t>>{{1}, {2}});
  }
}

TEST_CASE("score exports: JSON") {
  const ScoreExport scores = read_export("[[0.5, -1.25, 3], [[2, 0.125, -7.5], [1, 2, 3]]]");
  CHECK(scores.num_classes == 3);
  CHECK(scores.offsets == Offsets{0, 1, 3});
  CHECK(Values(scores.scores.begin(), scores.scores.begin() + 6) == kValues);
  CHECK(read_export(R"({"a": [1, 2], "b": [3, 4]})").video_ids == std::vector<std::string>{"a", "b"});
  const ScoreExport results = read_export(
      R"([{"pred_scores": {"item": [1, 2]}, "gt_labels": {"item": [1, 0]}}, {"pred_score": [3, 4], "gt_label": 1}])");
  CHECK(results.labels == std::vector<std::vector<int64_t>>{{1, 0}, {1}});
  CHECK(results.scores == Values{1, 2, 3, 4});
}

TEST_CASE("score exports: made by hand: types, one number an entry") {
  CHECK(read_export(pickle(list({array({2}, dtype("f4"), binary(bytes_of({1, 2})))}))).scores == Values{1, 2});
  CHECK(read_export(pickle(list({array({1, 2}, dtype("i2"), binary(little(0xFFFF, 2) + little(7, 2)))}))).scores ==
        Values{-1, 7});
  const std::string number =
      global("numpy.core.multiarray", "scalar") + tuple({dtype("f4"), binary(bytes_of({4}))}) + "R";
  CHECK(read_export(pickle(list({list({number, real(2.5), integer(3)})}))).scores == Values{4, 2.5, 3});
}

TEST_CASE("score exports: what is no list of scores") {
  CHECK(refused_for("", "neither a pickle"));
  CHECK(refused_for("PK\x03\x04", "neither a pickle"));
  CHECK(refused_for("[]", "holds no scores"));
  CHECK(refused_for("[[]]", "video 0: no scores"));
  CHECK(refused_for("[[1, 2], [1]]", "video 1: 1 classes, the first has 2"));
  CHECK(refused_for("[[1, \"a\"]]", "video 0: something that is no score"));
  CHECK(refused_for("[[1, 2], {\"x\": 1}]", "video 1: a result without pred_score"));
  CHECK(refused_for("[{\"pred_score\": [1, 2], \"gt_label\": 0.5}]", "a label that is no class"));
  CHECK(refused_for("[{\"pred_score\": [1, 2], \"gt_label\": 0}, [1, 2]]", "labels of some videos only"));
  CHECK(refused_for("[[1, 2", "x.pkl:1:"));
  CHECK(refused_for(pickle("N"), "not a list of scores"));
  CHECK(refused_for(pickle(list({"N"})), "video 0: not scores"));
  CHECK(refused_for(pickle(list({list({real(std::nan("")), real(1)})})), "video 0: score of class 0 is not a finite"));
  CHECK(refused_for(pickle(dict({{"a", list({real(1)})}, {"a", list({real(1)})}})), "names video \"a\" twice"));
  const std::string whole = read_file(bundled("results_1x.pkl"));
  CHECK(refused_for(whole.substr(0, whole.size() / 2), "truncated"));
}

TEST_CASE("score exports: nothing is run, classes that are not known are refused") {
  const std::string call = global("os", "system") + tuple({text("touch /tmp/vs-was-here")}) + "R";
  CHECK(refused_for(pickle(list({call})), "os.system"));
  CHECK(refused_for(pickle(call), "not a list of scores"));
  CHECK(!std::filesystem::exists("/tmp/vs-was-here"));
}

TEST_CASE("score exports: arrays that do not fit together") {
  const std::string two = binary(bytes_of({1, 2}));
  const auto refused = [](const std::string& value, const std::string& words) {
    return refused_for(pickle(list({value})), words);
  };
  CHECK(refused(array({3}, dtype("f4"), two), "another size"));
  CHECK(refused(array({-2}, dtype("f4"), two), "a size that is none"));
  CHECK(refused(array({int64_t{1} << 62, 8}, dtype("f4"), two), "too large"));
  CHECK(refused(array({int64_t{1} << 40}, dtype("f4"), two), "more values than the file has bytes"));
  CHECK(refused(array({2}, dtype("O8"), two), "of type \"O8\""));
  CHECK(refused(array({2}, dtype("f4", ">"), two), "not little-endian"));
  CHECK(refused(array({2}, "N", two), "has no type"));
  CHECK(refused(array({2}, dtype("f4"), "N"), "has no bytes"));
  CHECK(refused(
      array({2}, dtype("f4"), global("_codecs", "encode") + tuple({text("\xE2\x82\xAC"), text("latin1")}) + "R"),
      "bytes that are none"));
  CHECK(refused(array({}, dtype("f4"), binary(bytes_of({1}))), "an array of 0 axes"));
  CHECK(refused(array({1, 1, 2}, dtype("f4"), two), "an array of 3 axes"));
  CHECK(refused(array({0}, dtype("f4"), binary("")), "no scores"));
  const std::string bare =
      global("numpy.core.multiarray", "_reconstruct") + tuple({global("numpy", "ndarray"), numbers({0})}) + "R";
  CHECK(refused(bare, "has no values"));
  const auto torch = [](const std::string& storage, int64_t offset, const std::vector<int64_t>& strides) {
    return tensor(storage, offset, {2}, strides);
  };
  const std::string saved = pickle("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19") + pickle(integer(1001)) +
                            pickle("}") + pickle(storage("0", 2)) + pickle(list({text("0")})) + little(2, 8) +
                            bytes_of({1, 2});
  const auto load = [](const std::string& bytes) {
    return global("torch.storage", "_load_from_bytes") + tuple({binary(bytes)}) + "R";
  };
  CHECK(read_export(pickle(list({torch(load(saved), 0, {1})}))).scores == Values{1, 2});
  CHECK(refused(torch(load(saved), 1, {1}), "reaches beyond"));
  CHECK(refused(torch(load(saved), 0, {int64_t{1} << 62}), "reaches beyond"));
  CHECK(refused(torch(load(saved), -1, {1}), "is malformed"));
  CHECK(refused(torch(load(saved), 0, {1, 1}), "other strides"));
  CHECK(refused(torch(load(saved.substr(0, saved.size() - 1)), 0, {1}), "cut short"));
  CHECK(refused(torch(load(saved.substr(0, 20)), 0, {1}), "cut short"));
  CHECK(refused(torch(load(""), 0, {1}), "cut short"));
  CHECK(refused(torch("N", 0, {1}), "has no storage"));
}

TEST_CASE("score exports: what refers to itself or again and again costs no more than the file justifies") {
  // A list within itself.
  CHECK(!refusal("\x80\x02]q" + std::string(1, '\0') + "h" + std::string(1, '\0') + "a.").empty());
  // One row of 2000 numbers, 2000 times.
  std::string row;
  for (int i = 0; i < 2000; ++i) row += "K\x01";
  std::string all = "\x80\x02](](" + row + "eq\x01";
  for (int i = 0; i < 2000; ++i) all += "h\x01";
  CHECK(refused_for(all + "e.", "more values than the file has bytes"));
  // One large dict as the result of every video.
  std::vector<std::pair<std::string, std::string>> entries;
  for (int i = 0; i < 2000; ++i) entries.emplace_back("k" + std::to_string(i), "N");
  CHECK(refused_for(pickle(list({dict(entries)})), "no result of a test program"));
}

TEST_CASE("score exports: every cut and many changed bytes of the bundled files are read or refused") {
  for (const char* name : {"arrays_protocol2.pkl", "arrays_protocol5.pkl", "results_1x.pkl", "clips_by_name.pkl"}) {
    const std::string whole = read_file(bundled(name));
    for (size_t length = 0; length < whole.size(); ++length) CHECK(!refusal(whole.substr(0, length)).empty());
    for (size_t at = 0; at < whole.size(); ++at) {
      for (const int change : {1, 0x80, 0xFF}) {
        std::string changed = whole;
        changed[at] = static_cast<char>(static_cast<uint8_t>(changed[at]) ^ static_cast<uint8_t>(change));
        refusal(changed);  // must come back
      }
    }
  }
}

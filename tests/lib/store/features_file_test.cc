#include "lib/store/features_file.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/store/float16.h"
#include "lib/store/h5.h"
#include "lib/store/json.h"
#include "tests/lib/store/temporary_folder.h"

using namespace vs;
using namespace vs::store;

namespace {

const Json kKey = {{"tool", "test"}};
const Json kManifest = {{"schema", "vs.manifest/1"}, {"tool", "test"}, {"version", "0"}};

ByteSpool spool_of(const std::vector<float>& values) {
  ByteSpool spool("/tmp");
  spool.append({reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(float)});
  return spool;
}

FeaturesInfo info_of(FeatureType type, std::vector<uint64_t> row_shape) {
  FeaturesInfo info;
  info.type = type;
  info.row_shape = std::move(row_shape);
  info.layer = "backbone.layer3";
  info.recipe = "small";
  info.weights_sha256 = std::string(64, 'a');
  info.parameters = R"({"pool":"mean"})";
  return info;
}

/// Two videos of two and no rows.
void write_two(const std::string& path, FeatureType type, const std::vector<float>& values) {
  FeaturesWriter writer(path, info_of(type, {3}), kKey, false);
  const Item a{"a", "a.mp4"}, b{"b", "b.mp4"};
  writer.add({&a, 0, {}}, {"a", {4, 9}, {0.4, 0.9}}, spool_of(values));
  writer.add({&b, 1, {}}, {"b", {}, {}}, spool_of({}));
  writer.finish(kManifest);
  writer.done();
}

}  // namespace

TEST_CASE("features come back, as float32 to the bit and as float16 rounded") {
  const TemporaryFolder folder;
  const std::vector<float> values{0.1F, -2.5F, 3e4F, 0, 1e-7F, 65504};
  for (const FeatureType type : {FeatureType::kFloat32, FeatureType::kFloat16}) {
    const bool half = type == FeatureType::kFloat16;
    const std::string path = folder / (half ? "half.h5" : "single.h5");
    write_two(path, type, values);
    const FeaturesFile file(path);
    CHECK(file.info().type == type);
    CHECK(file.info().row_shape == std::vector<uint64_t>{3});
    CHECK(file.info().layer == "backbone.layer3");
    CHECK(file.info().recipe == "small");
    CHECK(file.info().weights_sha256 == std::string(64, 'a'));
    CHECK(file.info().parameters == R"({"pool":"mean"})");
    CHECK(file.video_ids() == std::vector<std::string>{"a", "b"});
    CHECK(file.find("b") == 1);
    CHECK(file.find("c") == -1);
    CHECK(file.num_rows(0) == 2);
    CHECK(file.num_rows(1) == 0);
    CHECK(file.rows(1, 0, 0).empty());
    CHECK(file.video(0).frame_index == std::vector<int64_t>{4, 9});
    CHECK(file.video(0).time_s == std::vector<double>{0.4, 0.9});
    std::vector<float> wanted = values;
    if (half) {
      for (float& value : wanted) value = to_float(to_float16(value));
    }
    CHECK(file.rows(0, 0, 2) == wanted);
    CHECK(file.rows(0, 1, 1) == std::vector<float>(wanted.begin() + 3, wanted.end()));
    CHECK_THROWS_AS(file.rows(0, 1, 2), std::logic_error);
    CHECK_THROWS_AS(file.num_rows(2), std::logic_error);
    const H5File raw = H5File::open(path);
    CHECK(raw.info("features").type == (half ? Type::kFloat16 : Type::kFloat32));
    CHECK(raw.read_text("features", "axes") == "row,channel");
  }
}

TEST_CASE("maps keep their shape") {
  const TemporaryFolder folder;
  const Item a{"a", "a.mp4"};
  FeaturesWriter writer(folder / "f.h5", info_of(FeatureType::kFloat32, {2, 1, 3}), kKey, false);
  writer.add({&a, 0, {}}, {"a", {0}, {0}}, spool_of({1, 2, 3, 4, 5, 6}));
  writer.finish(kManifest);
  writer.done();
  const FeaturesFile file(folder / "f.h5");
  CHECK(file.info().row_shape == std::vector<uint64_t>{2, 1, 3});
  CHECK(file.info().row_values() == 6);
  CHECK(file.rows(0, 0, 1) == std::vector<float>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("what cannot be stored is named and leaves nothing") {
  const TemporaryFolder folder;
  const Item a{"a", "a.mp4"}, b{"b", "b.mp4"};
  FeaturesWriter writer(folder / "f.h5", info_of(FeatureType::kFloat16, {1}), kKey, false);
  const auto add = [&](float value) {
    return message_of<DataError>([&] { writer.add({&a, 0, {}}, {"a", {0, 1}, {0, 1}}, spool_of({1, value})); });
  };
  CHECK(add(65505).find("a: a feature of 65505 is beyond float16 (use --dtype float32)") == 0);
  writer.fail({&a, 0, {}}, "too large");
  CHECK(message_of<DataError>([&] {
          writer.add({&b, 1, {}}, {"b", {0}, {0}}, spool_of({std::numeric_limits<float>::quiet_NaN()}));
        }).find("b: a feature is not finite") == 0);
  writer.fail({&b, 1, {}}, "not finite");
  writer.add({&b, 2, {}}, {"c", {7}, {0.5}}, spool_of({8}));
  writer.finish(kManifest);
  writer.done();
  const FeaturesFile file(folder / "f.h5");
  CHECK(file.video_ids() == std::vector<std::string>{"c"});
  CHECK(file.rows(0, 0, 1) == std::vector<float>{8});
  FeaturesWriter other(folder / "g.h5", info_of(FeatureType::kFloat32, {2}), kKey, false);
  CHECK_THROWS_AS(other.add({&a, 0, {}}, {"a", {0}, {0}}, spool_of({1})), std::logic_error);
}

TEST_CASE("bad files are refused") {
  const TemporaryFolder folder;
  const auto message = [&](int change) {
    const std::string path = folder / "bad.h5";
    std::filesystem::remove(path);
    H5File file = H5File::create(path);
    file.write_text("/", "schema", change == 1 ? "vs.features/2" : "vs.features/1");
    for (const char* name : {"layer", "recipe", "weights_sha256"}) file.write_text("/", name, "");
    if (change != 2) file.write_text("/", "parameters", change == 3 ? "{" : "{}");
    const std::vector<float> values(6);
    const std::vector<int64_t> rows(change == 4 ? 3 : 2), whole{1, 2, 3, 4, 5, 6};
    if (change == 5) {
      file.write<int64_t>("features", whole, {2, 3});
    } else {
      file.write<float>("features", values, change == 6 ? std::vector<uint64_t>{6} : std::vector<uint64_t>{2, 3});
    }
    file.write<int64_t>("frame_index", rows, {rows.size()});
    file.write<double>("time_s", std::vector<double>(2), {2});
    const std::vector<int64_t> offsets{0, change == 7 ? 3 : 2};
    file.write<int64_t>("offsets", offsets, {2});
    file.write_strings("video_id", {"a"});
    file.write_text("/", "manifest", "{}");
    file.write_number("/", "complete", 1);
    file.close();
    return message_of<DataError>([&] { const FeaturesFile read(path); });
  };
  CHECK(message(0).empty());
  CHECK(message(1).find("vs.features/2") != std::string::npos);
  CHECK(message(2).find("has no attribute \"parameters\"") != std::string::npos);
  CHECK(message(3).find("parameters") != std::string::npos);
  CHECK(message(4).find("datasets of rows differ in length") != std::string::npos);
  CHECK(message(5).find("neither float32 nor float16") != std::string::npos);
  CHECK(message(6).find("has no rows") != std::string::npos);
  CHECK(message(7).find("offsets") != std::string::npos);
}

#include "lib/store/h5.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "lib/core/error.h"
#include "lib/core/file.h"

using namespace vs;
using store::H5File;

namespace {

struct TemporaryFile {
  TemporaryFile() {
    char name[] = "/tmp/vs-h5-test-XXXXXX";
    ::close(::mkstemp(name));
    path = name;
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::string path;
};

}  // namespace

TEST_CASE("values, shapes, texts and attributes come back") {
  const TemporaryFile file;
  {
    H5File out = H5File::create(file.path);
    const std::vector<double> values = {1.5, -2, 3, 4, 5, 6};
    out.write<double>("group/values", values, {3, 2});
    out.write<int64_t>("scalar", std::vector<int64_t>{7}, {});
    out.write<int64_t>("nothing", {}, {0, 4});
    out.write_strings("names", {"a", "größe", ""});
    out.write_text("/", "schema", "vs.test/1");
    out.write_text("group/values", "units", "1");
    out.write_number("/", "complete", 1);
    out.close();
  }
  const H5File in = H5File::open(file.path);
  CHECK(in.list_datasets() == std::vector<std::string>{"group/values", "names", "nothing", "scalar"});
  CHECK(in.read<double>("group/values") == std::vector<double>{1.5, -2, 3, 4, 5, 6});
  CHECK(in.info("group/values").shape == std::vector<uint64_t>{3, 2});
  CHECK(in.read_rows<double>("group/values", 1, 2) == std::vector<double>{3, 4, 5, 6});
  CHECK(in.read_rows<double>("group/values", 3, 0).empty());
  CHECK(in.read<int64_t>("scalar") == std::vector<int64_t>{7});
  CHECK_THROWS_AS(in.read_rows<int64_t>("scalar", 0, 1), DataError);
  CHECK_THROWS_AS(in.read_rows<int64_t>("scalar", 0, 0), DataError);
  CHECK(in.read<int64_t>("nothing").empty());
  CHECK(in.read_strings("names") == std::vector<std::string>{"a", "größe", ""});
  CHECK(in.read_text("/", "schema") == "vs.test/1");
  CHECK(in.read_numbers("/", "complete") == std::vector<double>{1});
  CHECK(in.has_attribute("group/values", "units"));
  CHECK_FALSE(in.has_attribute("/", "units"));
}

TEST_CASE("what is not there or of another type is a DataError") {
  const TemporaryFile file;
  {
    H5File out = H5File::create(file.path);
    out.write<double>("real", std::vector<double>{0.5}, {1});
    out.write<int64_t>("large", std::vector<int64_t>{int64_t{1} << 40}, {1});
    out.close();
  }
  const H5File in = H5File::open(file.path);
  CHECK_THROWS_AS(in.read<int64_t>("real"), DataError);
  CHECK_THROWS_AS(in.read<int32_t>("large"), DataError);
  CHECK_THROWS_AS(in.read<uint8_t>("large"), DataError);
  CHECK_THROWS_AS(in.read_strings("real"), DataError);
  CHECK_THROWS_AS(in.read<double>("none"), DataError);
  CHECK_THROWS_AS(in.read_rows<double>("real", 1, 1), DataError);
  CHECK_THROWS_AS(in.read_text("/", "none"), DataError);
  CHECK_FALSE(in.has_dataset("none/none"));
}

TEST_CASE("growing datasets are appended to, cut and continued") {
  const TemporaryFile file;
  {
    H5File out = H5File::create(file.path);
    out.create_growing<int64_t>("rows", {2});
    out.create_growing_strings("names");
    const std::vector<int64_t> rows = {1, 2, 3, 4, 5, 6};
    out.append<int64_t>("rows", rows);
    out.append_strings("names", {"a", "b", "c"});
    out.flush();
  }
  {
    H5File out = H5File::open_for_append(file.path);
    out.truncate_rows("rows", 1);
    out.truncate_rows("names", 1);
    const std::vector<int64_t> rows = {9, 10};
    out.append<int64_t>("rows", rows);
    out.append_strings("names", {"z"});
    CHECK_THROWS_AS(out.truncate_rows("rows", 5), DataError);
    out.close();
  }
  const H5File in = H5File::open(file.path);
  CHECK(in.read<int64_t>("rows") == std::vector<int64_t>{1, 2, 9, 10});
  CHECK(in.read_strings("names") == std::vector<std::string>{"a", "z"});
}

TEST_CASE("equal content gives equal bytes") {
  const TemporaryFile a, b;
  for (const auto& path : {a.path, b.path}) {
    H5File out = H5File::create(path);
    const std::vector<float> values(1000, 0.25F);
    out.write<float>("values", values, {1000});
    out.write_text("/", "manifest", std::string(100000, 'x'));
    out.close();
  }
  CHECK(read_file(a.path) == read_file(b.path));
}

TEST_CASE("files that are no HDF5, or cut off, are refused") {
  const TemporaryFile file;
  CHECK_THROWS_AS(H5File::open(file.path), DataError);
  CHECK_THROWS_AS(H5File::open(file.path + "-none"), DataError);
  std::ofstream(file.path) << "no HDF5 at all";
  CHECK_THROWS_AS(H5File::open(file.path), DataError);
  CHECK_THROWS_AS(H5File::create("/none/x.h5"), RunError);
}

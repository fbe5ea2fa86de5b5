// Cases as the collection has them: HDF5 files.
#include <map>

#include "lib/core/error.h"
#include "lib/store/h5.h"
#include "tests/golden/content.h"

namespace vs::golden {
namespace {

using weights::Dtype;

/// The type in which a packed case has the numbers of a dataset.
Dtype dtype_of(store::Type type, const std::string& path, const std::string& name) {
  static const std::map<store::Type, Dtype> kTypes{
      {store::Type::kInt8, Dtype::kI8},     {store::Type::kUint8, Dtype::kU8},    {store::Type::kInt16, Dtype::kI16},
      {store::Type::kUint16, Dtype::kI32},  {store::Type::kInt32, Dtype::kI32},   {store::Type::kUint32, Dtype::kI64},
      {store::Type::kInt64, Dtype::kI64},   {store::Type::kUint64, Dtype::kI64},  {store::Type::kFloat16, Dtype::kF32},
      {store::Type::kFloat32, Dtype::kF32}, {store::Type::kFloat64, Dtype::kF64},
  };
  const auto at = kTypes.find(type);
  if (at == kTypes.end()) throw DataError(path, "dataset \"" + name + "\" holds neither numbers nor text");
  return at->second;
}

class Hdf5Content final : public Content {
 public:
  explicit Hdf5Content(const std::string& path) : file_(store::H5File::open(path)) {}

  std::vector<std::string> text_names() const override {
    std::vector<std::string> names;
    for (const std::string& name : file_.list_attributes("/")) {
      if (file_.attribute_info("/", name).type == store::Type::kString) names.push_back(name);
    }
    return names;
  }
  std::string text(const std::string& name) const override { return file_.read_text("/", name); }
  std::vector<std::string> dataset_names(const std::string& folder) const override {
    return file_.list_datasets(folder.empty() ? "/" : folder);
  }
  bool has_dataset(const std::string& name) const override { return file_.has_dataset(name); }
  Dataset dataset(const std::string& name) const override {
    const store::DatasetInfo info = file_.info(name);
    if (info.type == store::Type::kString) return {std::nullopt, info.shape};
    return {dtype_of(info.type, file_.path(), name), info.shape};
  }
  void read(const std::string& name, std::vector<uint8_t>& values) const override {
    values = file_.read<uint8_t>(name);
  }
  void read(const std::string& name, std::vector<int64_t>& values) const override {
    values = file_.read<int64_t>(name);
  }
  void read(const std::string& name, std::vector<float>& values) const override { values = file_.read<float>(name); }
  void read(const std::string& name, std::vector<double>& values) const override { values = file_.read<double>(name); }
  std::vector<std::string> strings(const std::string& name) const override { return file_.read_strings(name); }

 private:
  store::H5File file_;
};

}  // namespace

std::unique_ptr<Content> open_hdf5(const std::string& path) { return std::make_unique<Hdf5Content>(path); }

}  // namespace vs::golden

// What a case file holds, in either of its two forms: HDF5, and the packed one that machines without HDF5 read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/weights/dtype.h"

namespace vs::golden {

/// The root's texts and the datasets of one case. Everything throws DataError naming the file.
class Content {
 public:
  struct Dataset {
    std::optional<weights::Dtype> dtype;  ///< none: texts; of numbers with a point F32 and F64 only
    std::vector<uint64_t> shape;          ///< empty: a scalar
    bool is_floating_point() const { return dtype == weights::Dtype::kF32 || dtype == weights::Dtype::kF64; }
  };

  Content() = default;
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;
  virtual ~Content() = default;

  /// Names of the root's attributes that are texts, and their values.
  virtual std::vector<std::string> text_names() const = 0;
  virtual std::string text(const std::string& name) const = 0;
  bool has_text(const std::string& name) const;

  /// Names of all datasets below a folder such as "output", relative to it, sorted; "": of the whole case.
  virtual std::vector<std::string> dataset_names(const std::string& folder) const = 0;
  virtual bool has_dataset(const std::string& name) const = 0;
  virtual Dataset dataset(const std::string& name) const = 0;
  /// Values in row-major order. An integer dataset read as an integer must fit; numbers with a point are not read as
  /// integers.
  virtual void read(const std::string& name, std::vector<uint8_t>& values) const = 0;
  virtual void read(const std::string& name, std::vector<int64_t>& values) const = 0;
  virtual void read(const std::string& name, std::vector<float>& values) const = 0;
  virtual void read(const std::string& name, std::vector<double>& values) const = 0;
  virtual std::vector<std::string> strings(const std::string& name) const = 0;
};

/// Opens a case of either form, told by what the file is.
std::unique_ptr<Content> open_content(const std::string& path);

/// Whether the file begins as a packed case does, and the two readers. Where HDF5 was not built in, open_hdf5() throws.
bool is_packed(const std::string& path);
std::unique_ptr<Content> open_packed(const std::string& path);
std::unique_ptr<Content> open_hdf5(const std::string& path);

/// Writes a case in the packed form: a safetensors file of the numbers, each in its type, whose metadata are the texts.
/// Integers without a type there get the next wider one, half precision becomes single. The file appears when whole;
/// equal cases give equal bytes.
void write_packed(const Content& content, const std::string& path);

}  // namespace vs::golden

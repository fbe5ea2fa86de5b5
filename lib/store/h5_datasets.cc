// Datasets: whole, by rows, growing.
#include "lib/store/h5_internal.h"

namespace vs::store {

template <class T>
std::vector<T> H5File::read(const std::string& name) const {
  return impl_->read<T>(name, true, 0, 0);
}

template <class T>
std::vector<T> H5File::read_rows(const std::string& name, uint64_t begin, uint64_t count) const {
  return impl_->read<T>(name, false, begin, count);
}

std::vector<std::string> H5File::read_strings(const std::string& name) const {
  const Lock lock;
  const Handle dataset = impl_->open_dataset(name);
  const Handle type(H5Dget_type(dataset), H5Tclose);
  const Handle space(H5Dget_space(dataset), H5Sclose);
  if (type_of(type) != Type::kString) throw DataError(impl_->path, "dataset \"" + name + "\" holds no text");
  const uint64_t elements = DatasetInfo{Type::kString, shape_of(space)}.size();
  impl_->check_size(name, elements, H5Tis_variable_str(type) > 0 ? 1 : H5Tget_size(type));
  auto values = decode_strings(type, space, elements, [&](hid_t memory, void* data) {
    return H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
  });
  if (values.size() != elements) fail(impl_->path, "dataset \"" + name + "\" cannot be read");
  return values;
}

template <class T>
void H5File::write(const std::string& name, std::span<const T> values, const std::vector<uint64_t>& shape,
                   const DatasetLayout& layout) {
  const Lock lock;
  if (DatasetInfo{Type::kOther, shape}.size() != values.size())
    throw std::logic_error("write: shape and values differ");
  impl_->create(name, file_type<T>(), sizeof(T), {shape.begin(), shape.end()}, false, layout);
  if (!values.empty()) impl_->write_all(name, memory_type<T>(), values.data());
}

void H5File::write_strings(const std::string& name, const std::vector<std::string>& values) {
  create_growing_strings(name);
  append_strings(name, values);
}

template <class T>
void H5File::create_growing(const std::string& name, const std::vector<uint64_t>& row_shape,
                            const DatasetLayout& layout) {
  const Lock lock;
  std::vector<hsize_t> shape{0};
  shape.insert(shape.end(), row_shape.begin(), row_shape.end());
  impl_->create(name, file_type<T>(), sizeof(T), shape, true, layout);
}

void H5File::create_growing_strings(const std::string& name) {
  const Lock lock;
  const Handle type = string_type();
  // Variable-length text lives in a heap: filters would only see the references.
  impl_->create(name, type, 16, {0}, true, {.chunk_rows = 4096, .compress = false, .checksum = false});
}

template <class T>
void H5File::append(const std::string& name, std::span<const T> rows) {
  const Lock lock;
  impl_->append(name, memory_type<T>(), rows.data(), rows.size());
}

void H5File::append_strings(const std::string& name, const std::vector<std::string>& values) {
  const Lock lock;
  std::vector<const char*> pointers;
  pointers.reserve(values.size());
  for (const auto& value : values) pointers.push_back(value.c_str());
  const Handle type = string_type();
  impl_->append(name, type, pointers.data(), pointers.size());
}

void H5File::truncate_rows(const std::string& name, uint64_t rows) {
  const Lock lock;
  const Handle dataset = impl_->open_dataset(name);
  std::vector<hsize_t> shape;
  {
    const Handle space(H5Dget_space(dataset), H5Sclose);
    const auto extent = shape_of(space);
    shape.assign(extent.begin(), extent.end());
  }
  if (shape.empty() || rows > shape[0])
    throw DataError(impl_->path, "dataset \"" + name + "\" has fewer rows than recorded");
  shape[0] = rows;
  if (H5Dset_extent(dataset, shape.data()) < 0) fail_write(impl_->path, "dataset \"" + name + "\" cannot be cut");
}

#define VS_H5_READ(T)                                                \
  template std::vector<T> H5File::read<T>(const std::string&) const; \
  template std::vector<T> H5File::read_rows<T>(const std::string&, uint64_t, uint64_t) const;
#define VS_H5_WRITTEN(T)                                                                                           \
  template void H5File::write<T>(const std::string&, std::span<const T>, const std::vector<uint64_t>&,             \
                                 const DatasetLayout&);                                                            \
  template void H5File::create_growing<T>(const std::string&, const std::vector<uint64_t>&, const DatasetLayout&); \
  template void H5File::append<T>(const std::string&, std::span<const T>);
#define VS_H5_TYPE(T) VS_H5_READ(T) VS_H5_WRITTEN(T)
VS_H5_TYPE(int8_t)
VS_H5_TYPE(uint8_t)
VS_H5_TYPE(int32_t)
VS_H5_TYPE(int64_t)
VS_H5_TYPE(float)
VS_H5_TYPE(double)
VS_H5_WRITTEN(Float16)
#undef VS_H5_TYPE
#undef VS_H5_WRITTEN
#undef VS_H5_READ

}  // namespace vs::store

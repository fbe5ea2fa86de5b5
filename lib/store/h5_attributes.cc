// Attributes: texts and numbers.
#include "lib/store/h5_internal.h"

namespace vs::store {

bool H5File::has_attribute(const std::string& object, const std::string& name) const {
  const Lock lock;
  const htri_t there = H5Aexists_by_name(impl_->file, object.c_str(), name.c_str(), H5P_DEFAULT);
  H5Eclear2(H5E_DEFAULT);
  return there > 0;
}

std::vector<std::string> H5File::list_attributes(const std::string& object) const {
  const Lock lock;
  std::vector<std::string> names;
  auto visit = [](hid_t, const char* name, const H5A_info_t*, void* data) -> herr_t {
    static_cast<std::vector<std::string>*>(data)->push_back(name);
    return 0;
  };
  if (H5Aiterate_by_name(impl_->file, object.c_str(), H5_INDEX_NAME, H5_ITER_INC, nullptr, visit, &names, H5P_DEFAULT) <
      0)
    fail(impl_->path, "attributes of \"" + object + "\" cannot be listed");
  return names;
}

DatasetInfo H5File::attribute_info(const std::string& object, const std::string& name) const {
  const Lock lock;
  const Handle attribute = impl_->open_attribute(object, name);
  const Handle type(H5Aget_type(attribute), H5Tclose);
  const Handle space(H5Aget_space(attribute), H5Sclose);
  return {type_of(type), shape_of(space)};
}

std::string H5File::read_text(const std::string& object, const std::string& name) const {
  const Lock lock;
  const Handle attribute = impl_->open_attribute(object, name);
  const Handle type(H5Aget_type(attribute), H5Tclose);
  const Handle space(H5Aget_space(attribute), H5Sclose);
  const uint64_t elements = DatasetInfo{Type::kString, shape_of(space)}.size();
  if (type_of(type) != Type::kString || elements != 1)
    throw DataError(impl_->path, "attribute \"" + name + "\" of \"" + object + "\" is no text");
  const auto values =
      decode_strings(type, space, 1, [&](hid_t memory, void* data) { return H5Aread(attribute, memory, data); });
  if (values.empty()) fail(impl_->path, "attribute \"" + name + "\" cannot be read");
  return values[0];
}

std::vector<double> H5File::read_numbers(const std::string& object, const std::string& name) const {
  const Lock lock;
  const Handle attribute = impl_->open_attribute(object, name);
  const Handle type(H5Aget_type(attribute), H5Tclose);
  const Handle space(H5Aget_space(attribute), H5Sclose);
  const Type stored = type_of(type);
  if (stored == Type::kString || stored == Type::kOther)
    throw DataError(impl_->path, "attribute \"" + name + "\" of \"" + object + "\" is no number");
  const uint64_t elements = DatasetInfo{stored, shape_of(space)}.size();
  impl_->check_size(name, elements, H5Tget_size(type));
  std::vector<double> values(elements);
  // An h5py boolean is an enumeration over int8, which HDF5 does not convert to a float by itself.
  if (H5Tget_class(type) == H5T_ENUM) {
    std::vector<int8_t> small(elements);
    if (H5Aread(attribute, type, small.data()) < 0) fail(impl_->path, "attribute \"" + name + "\" cannot be read");
    return {small.begin(), small.end()};
  }
  if (H5Aread(attribute, H5T_NATIVE_DOUBLE, values.data()) < 0)
    fail(impl_->path, "attribute \"" + name + "\" cannot be read");
  return values;
}

void H5File::write_text(const std::string& object, const std::string& name, std::string_view text) {
  const Lock lock;
  const std::string owned(text);
  const char* pointer = owned.c_str();
  const Handle type = string_type();
  impl_->write_attribute(object, name, type, &pointer);
}

void H5File::write_number(const std::string& object, const std::string& name, int64_t value) {
  const Lock lock;
  impl_->write_attribute(object, name, H5T_STD_I64LE, &value);
}

void H5File::delete_attribute(const std::string& object, const std::string& name) {
  const Lock lock;
  if (H5Adelete_by_name(impl_->file, object.c_str(), name.c_str(), H5P_DEFAULT) < 0)
    fail_write(impl_->path, "attribute \"" + name + "\" cannot be removed");
}

}  // namespace vs::store

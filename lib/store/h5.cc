#include "lib/store/h5.h"

#include "lib/store/h5_internal.h"

namespace vs::store {

uint64_t DatasetInfo::size() const {
  uint64_t product = 1;
  for (const uint64_t n : shape) {
    if (n && product > std::numeric_limits<uint64_t>::max() / n) return std::numeric_limits<uint64_t>::max();
    product *= n;
  }
  return product;
}

namespace {

Handle access_properties(bool lock_file) {
  Handle properties(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_libver_bounds(properties, H5F_LIBVER_V18, H5F_LIBVER_V18);
  H5Pset_fclose_degree(properties, H5F_CLOSE_STRONG);
  // Shared disks refuse locks; a writer of vs locks its partial file itself where it can.
  H5Pset_file_locking(properties, lock_file, true);
  return properties;
}

}  // namespace

H5File::H5File(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
H5File::H5File(H5File&&) noexcept = default;

H5File& H5File::operator=(H5File&& other) noexcept {
  std::swap(impl_, other.impl_);
  return *this;
}

H5File::~H5File() {
  if (!impl_) return;
  const Lock lock;
  impl_.reset();
}

H5File H5File::open(const std::string& path) {
  const Lock lock;
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  const Handle access = access_properties(false);
  impl->file = Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose);
  if (!impl->file.ok()) fail(path, "cannot be opened as HDF5");
  return H5File(std::move(impl));
}

H5File H5File::create(const std::string& path) {
  const Lock lock;
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  const Handle access = access_properties(true);
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation, 0);
  impl->file = Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access), H5Fclose);
  if (!impl->file.ok()) fail_write(path, "cannot be created");
  return H5File(std::move(impl));
}

H5File H5File::open_for_append(const std::string& path) {
  const Lock lock;
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  const Handle access = access_properties(true);
  impl->file = Handle(H5Fopen(path.c_str(), H5F_ACC_RDWR, access), H5Fclose);
  if (!impl->file.ok()) fail(path, "cannot be opened for writing");
  return H5File(std::move(impl));
}

const std::string& H5File::path() const { return impl_->path; }

std::vector<std::string> H5File::list_datasets(const std::string& group) const {
  const Lock lock;
  std::vector<std::string> names;
  const Handle object(H5Gopen2(impl_->file, group.c_str(), H5P_DEFAULT), H5Gclose);
  if (!object.ok()) {
    H5Eclear2(H5E_DEFAULT);
    return names;
  }
  auto visit = [](hid_t, const char* name, const H5O_info_t* info, void* data) -> herr_t {
    if (info->type == H5O_TYPE_DATASET) static_cast<std::vector<std::string>*>(data)->push_back(name);
    return 0;
  };
  if (H5Ovisit2(object, H5_INDEX_NAME, H5_ITER_INC, visit, &names, H5O_INFO_BASIC) < 0)
    fail(impl_->path, "objects cannot be listed");
  std::sort(names.begin(), names.end());
  return names;
}

bool H5File::has_dataset(const std::string& name) const {
  const Lock lock;
  Handle dataset(H5Dopen2(impl_->file, name.c_str(), H5P_DEFAULT), H5Dclose);
  H5Eclear2(H5E_DEFAULT);
  return dataset.ok();
}

DatasetInfo H5File::info(const std::string& name) const {
  const Lock lock;
  const Handle dataset = impl_->open_dataset(name);
  const Handle type(H5Dget_type(dataset), H5Tclose);
  const Handle space(H5Dget_space(dataset), H5Sclose);
  return {type_of(type), shape_of(space)};
}

void H5File::flush() {
  const Lock lock;
  if (H5Fflush(impl_->file, H5F_SCOPE_GLOBAL) < 0) fail_write(impl_->path, "cannot be flushed");
}

void H5File::close() {
  const Lock lock;
  if (!impl_->file.ok()) return;
  const std::string path = impl_->path;
  const bool flushed = H5Fflush(impl_->file, H5F_SCOPE_GLOBAL) >= 0;
  if (!flushed) {
    const std::string words = library_words();
    impl_->file.close();
    const bool full = words.find("No space left") != std::string::npos;
    throw RunError(path, "cannot be written: " + (full ? "No space left on device" : words),
                   full ? "free some space, then run the same command again" : "");
  }
  if (impl_->file.close() < 0) fail_write(path, "cannot be closed");
}

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

}  // namespace vs::store

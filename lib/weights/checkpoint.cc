#include "lib/weights/checkpoint.h"

#include <stdexcept>
#include <unordered_map>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/weights/content.h"
#include "lib/weights/crc32.h"
#include "lib/weights/zip_archive.h"

namespace vs::weights {
namespace {

CheckpointContent read_content(const ByteFile& file) {
  if (file.size() == 0) throw DataError(file.path(), "empty file");
  // A zip file cannot have "{" there: it would be a compression method that does not exist.
  if (recognises_safetensors(file)) return read_safetensors(file);
  if (ZipArchive::recognises(file)) return read_torch_zip(file);
  if (recognises_torch_legacy(file)) return read_torch_legacy(file);
  throw DataError(file.path(), "not a checkpoint", "give a file of torch.save or a .safetensors file");
}

}  // namespace

struct Checkpoint::Impl {
  explicit Impl(const std::string& path) : file(path), content(read_content(file)) {
    infos.reserve(content.tensors.size());
    for (StoredTensor& tensor : content.tensors) infos.push_back(tensor.info);
    for (size_t i = 0; i < infos.size(); ++i) {
      if (!by_name.emplace(infos[i].name, i).second)
        throw DataError(path, "two tensors are called " + shown(infos[i].name) + ", once with \"module.\" before it");
    }
  }

  ByteFile file;
  CheckpointContent content;
  std::vector<TensorInfo> infos;
  std::unordered_map<std::string_view, size_t> by_name;
};

std::string network_name(std::string_view stored) {
  constexpr std::string_view kParallel = "module.";
  while (stored.starts_with(kParallel) && stored.size() > kParallel.size()) stored.remove_prefix(kParallel.size());
  return std::string(stored);
}

std::string shown(std::string_view name) {
  constexpr size_t kLongest = 100;
  return name.size() <= kLongest ? printable(name) : printable(name.substr(0, kLongest)) + "...";
}

std::string_view name_of(CheckpointFormat format) {
  switch (format) {
    case CheckpointFormat::kTorchZip:
      return "torch zip";
    case CheckpointFormat::kTorchLegacy:
      return "torch legacy";
    default:
      return "safetensors";
  }
}

Checkpoint Checkpoint::open(const std::string& path) { return Checkpoint(std::make_unique<Impl>(path)); }
Checkpoint::Checkpoint(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Checkpoint::Checkpoint(Checkpoint&&) noexcept = default;
Checkpoint& Checkpoint::operator=(Checkpoint&&) noexcept = default;
Checkpoint::~Checkpoint() = default;

const std::string& Checkpoint::path() const { return impl_->file.path(); }
CheckpointFormat Checkpoint::format() const { return impl_->content.format; }
const std::string& Checkpoint::wrapper() const { return impl_->content.wrapper; }
const std::vector<TensorInfo>& Checkpoint::tensors() const { return impl_->infos; }
const std::vector<SkippedEntry>& Checkpoint::skipped() const { return impl_->content.skipped; }
const std::map<std::string, std::string>& Checkpoint::metadata() const { return impl_->content.metadata; }

std::optional<size_t> Checkpoint::find(std::string_view name) const {
  const auto found = impl_->by_name.find(name);
  if (found == impl_->by_name.end()) return std::nullopt;
  return found->second;
}

void Checkpoint::read(size_t index, std::span<uint8_t> bytes) const {
  const StoredTensor& tensor = impl_->content.tensors.at(index);
  if (bytes.size() != tensor.info.size_bytes()) throw std::logic_error("memory for a tensor is of another size");
  if (bytes.empty()) return;
  if (!tensor.strides.empty()) {
    const auto reach = impl_->file.read_at(tensor.file_offset, *checked_reach_bytes(tensor.info, tensor.strides));
    return gather(tensor, reach, bytes);
  }
  impl_->file.read_at(tensor.file_offset, bytes);
  if (tensor.crc && crc32(bytes) != *tensor.crc)
    throw DataError(path(), "damaged: the checksum of tensor " + shown(tensor.info.name) + " is wrong",
                    "copy or download it again");
}

std::vector<uint8_t> Checkpoint::read(size_t index) const {
  std::vector<uint8_t> bytes(impl_->infos.at(index).size_bytes());
  read(index, bytes);
  return bytes;
}

}  // namespace vs::weights

#include "lib/store/byte_column_writer.h"

#include <array>
#include <cstring>

#include "lib/store/h5_internal.h"

namespace vs::store {
namespace {

constexpr uint64_t kChecksumBytes = 4;
constexpr uint64_t kModulus = 65535;
// Words are added in lanes side by side; after so many rows of lanes the sums are moved to 64 bits: 360 * 361 / 2 *
// 65535 still fits 32 bits.
constexpr size_t kLanes = 16;
constexpr size_t kRows = 360;

uint64_t folded(uint64_t sum) { return sum == 0 ? 0 : (sum - 1) % kModulus + 1; }

struct Sums {
  uint64_t first = 0, second = 0;
};

/// Adds kLanes * rows words, rows <= kRows.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((target_clones("avx2", "default")))
#endif
void add_rows(Sums& sums, const uint8_t* bytes, size_t rows) {
  std::array<uint32_t, kLanes> first{}, second{};
  for (size_t row = 0; row < rows; ++row) {
    std::array<uint16_t, kLanes> words;
    std::memcpy(words.data(), bytes + row * sizeof words, sizeof words);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const auto swapped = static_cast<uint16_t>(words[lane] << 8 | words[lane] >> 8);
      first[lane] += swapped;
      second[lane] += first[lane];
    }
  }
  // Lane k's word of a row is followed by kLanes - 1 - k others of that row.
  sums.second += sums.first * rows * kLanes;
  for (size_t lane = 0; lane < kLanes; ++lane) {
    sums.second += uint64_t{second[lane]} * kLanes - uint64_t{first[lane]} * lane;
    sums.first += first[lane];
  }
  sums.first = folded(sums.first);
  sums.second = folded(sums.second);
}

}  // namespace

uint32_t fletcher32(std::span<const uint8_t> bytes) {
  Sums sums;
  size_t at = 0;
  constexpr size_t kRowBytes = 2 * kLanes;
  while (bytes.size() - at >= kRowBytes) {
    const size_t rows = std::min((bytes.size() - at) / kRowBytes, kRows);
    add_rows(sums, bytes.data() + at, rows);
    at += rows * kRowBytes;
  }
  for (; at < bytes.size(); at += 2) {
    const uint32_t low = at + 1 < bytes.size() ? bytes[at + 1] : 0;
    sums.first = folded(sums.first + (uint32_t{bytes[at]} << 8 | low));
    sums.second = folded(sums.second + sums.first);
  }
  return static_cast<uint32_t>(sums.second << 16 | sums.first);
}

struct ByteColumnWriter::Impl {
  H5File* file;
  std::string name;
  Handle dataset;
  uint64_t rows = 0;  ///< with those not yet in the file
  uint64_t chunk_rows = 0;
  bool checksum = false;
  std::vector<uint8_t> chunk;  ///< the begun one, with room for the checksum

  uint64_t begun() const { return rows % chunk_rows; }

  void open() {
    const Lock lock;
    dataset = Handle(H5Dopen2(file->impl_->file, name.c_str(), H5P_DEFAULT), H5Dclose);
    if (!dataset.ok()) fail(file->path(), "dataset \"" + name + "\" cannot be opened");
    const Handle properties(H5Dget_create_plist(dataset), H5Pclose);
    hsize_t chunk_shape = 0;
    if (H5Pget_layout(properties) != H5D_CHUNKED || H5Pget_chunk(properties, 1, &chunk_shape) != 1 || chunk_shape == 0)
      throw std::logic_error("not a chunked list");
    const int filters = H5Pget_nfilters(properties);
    checksum = filters == 1 && H5Pget_filter_by_id2(properties, H5Z_FILTER_FLETCHER32, nullptr, nullptr, nullptr, 0,
                                                    nullptr, nullptr) >= 0;
    if (filters != (checksum ? 1 : 0)) throw std::logic_error("a filter that is not the checksum");
    chunk_rows = chunk_shape;
    load_begun();
  }

  void load_begun() {
    rows = file->info(name).size();
    chunk.assign(chunk_rows + kChecksumBytes, 0);
    const std::vector<uint8_t> there = file->read_rows<uint8_t>(name, rows - begun(), begun());
    std::copy(there.begin(), there.end(), chunk.begin());
  }

  /// The chunk that begins at `start`; what is in `chunk` behind the rows is 0.
  void write_chunk(uint64_t start) {
    uint64_t size = chunk_rows;
    if (checksum) {
      const uint32_t sum = fletcher32({chunk.data(), chunk_rows});
      for (size_t i = 0; i < kChecksumBytes; ++i) chunk[chunk_rows + i] = static_cast<uint8_t>(sum >> (8 * i));
      size += kChecksumBytes;
    }
    const hsize_t offset = start;
    if (H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, &offset, size, chunk.data()) < 0)
      fail_write(file->path(), "dataset \"" + name + "\" cannot be written");
  }

  void grow_to(uint64_t total) {
    const hsize_t extent = total;
    if (H5Dset_extent(dataset, &extent) < 0) fail_write(file->path(), "dataset \"" + name + "\" cannot grow");
  }
};

ByteColumnWriter::ByteColumnWriter(H5File& file, std::string name) : impl_(std::make_unique<Impl>()) {
  impl_->file = &file;
  impl_->name = std::move(name);
  impl_->open();
}
ByteColumnWriter::ByteColumnWriter(ByteColumnWriter&&) noexcept = default;
ByteColumnWriter& ByteColumnWriter::operator=(ByteColumnWriter&&) noexcept = default;
ByteColumnWriter::~ByteColumnWriter() {
  if (!impl_) return;
  const Lock lock;
  impl_->dataset.close();
}

void ByteColumnWriter::append(std::span<const uint8_t> bytes) {
  const Lock lock;
  Impl& own = *impl_;
  while (!bytes.empty()) {
    const uint64_t begun = own.begun();
    const auto part = bytes.first(std::min<uint64_t>(own.chunk_rows - begun, bytes.size()));
    std::memcpy(own.chunk.data() + begun, part.data(), part.size());
    own.rows += part.size();
    bytes = bytes.subspan(part.size());
    if (own.begun() != 0) continue;
    own.grow_to(own.rows);
    own.write_chunk(own.rows - own.chunk_rows);
  }
}

void ByteColumnWriter::flush() {
  const Lock lock;
  Impl& own = *impl_;
  const uint64_t begun = own.begun();
  if (begun == 0) return;
  std::memset(own.chunk.data() + begun, 0, own.chunk_rows - begun);
  own.grow_to(own.rows);
  own.write_chunk(own.rows - begun);
}

void ByteColumnWriter::truncate(uint64_t rows) {
  const Lock lock;
  impl_->file->truncate_rows(impl_->name, std::min(rows, impl_->file->info(impl_->name).size()));
  impl_->load_begun();
}

}  // namespace vs::store

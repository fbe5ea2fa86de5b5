#include "lib/weights/pickle_array.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/float16.h"
#include "lib/weights/byte_file.h"

namespace vs::weights {
namespace {

constexpr size_t kMostAxes = 8;

/// numpy 2 moved its modules.
bool is_numpy(std::string_view name, std::string_view rest) {
  for (const std::string_view module : {"numpy.core.", "numpy._core."}) {
    if (name.starts_with(module) && name.substr(module.size()) == rest) return true;
  }
  return false;
}

bool is_tensor(std::string_view name) {
  return name == "torch._utils._rebuild_tensor" || name == "torch._utils._rebuild_tensor_v2";
}

template <class T>
double load(const uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return static_cast<double>(value);
}

double load_element(const uint8_t* bytes, Dtype dtype) {
  switch (dtype) {
    case Dtype::kBool:
    case Dtype::kU8:
      return load<uint8_t>(bytes);
    case Dtype::kI8:
      return load<int8_t>(bytes);
    case Dtype::kI16:
      return load<int16_t>(bytes);
    case Dtype::kI32:
      return load<int32_t>(bytes);
    case Dtype::kI64:
      return load<int64_t>(bytes);
    case Dtype::kF16: {
      store::Float16 half;
      std::memcpy(&half.bits, bytes, sizeof half.bits);
      return store::to_float(half);
    }
    case Dtype::kBF16: {
      uint16_t bits = 0;
      std::memcpy(&bits, bytes, sizeof bits);
      return std::bit_cast<float>(uint32_t{bits} << 16U);
    }
    case Dtype::kF32:
      return load<float>(bytes);
    case Dtype::kF64:
      return load<double>(bytes);
  }
  return 0;
}

/// Strides of a contiguous array, in elements.
std::vector<int64_t> contiguous_strides(const std::vector<int64_t>& shape, bool fortran_order) {
  std::vector<int64_t> strides(shape.size(), 1);
  int64_t step = 1;
  for (size_t k = 0; k < shape.size(); ++k) {
    const size_t axis = fortran_order ? k : shape.size() - 1 - k;
    strides[axis] = step;
    step *= std::max<int64_t>(1, shape[axis]);
  }
  return strides;
}

}  // namespace

void PickleArrays::bad(const std::string& finding) const { throw DataError(*path_, "an array in it " + finding); }

std::string_view PickleArrays::called(const PickleValue& value) const {
  if (value.kind != PickleKind::kCall) return {};
  const PickleValue& callee = document_->items(value)[0];
  return callee.kind == PickleKind::kGlobal ? std::string_view(document_->globals[callee.object]) : std::string_view();
}

std::span<const PickleValue> PickleArrays::sequence(const PickleValue& value, size_t fewest) const {
  if (value.kind != PickleKind::kTuple && value.kind != PickleKind::kList) bad("is malformed");
  const auto& items = document_->items(value);
  if (items.size() < fewest) bad("is malformed");
  return items;
}

std::span<const PickleValue> PickleArrays::arguments(const PickleValue& call, size_t fewest) const {
  return sequence(document_->items(call)[1], fewest);
}

std::vector<int64_t> PickleArrays::sizes(const PickleValue& value) const {
  const auto items = sequence(value, 0);
  if (items.size() > kMostAxes) bad("has too many axes");
  std::vector<int64_t> numbers;
  for (const PickleValue& item : items) {
    if (item.kind != PickleKind::kInt || item.number < 0) bad("has a size that is none");
    numbers.push_back(item.number);
  }
  return numbers;
}

uint64_t PickleArrays::count_of(const std::vector<int64_t>& shape) const {
  uint64_t count = 1;
  bool empty = false;
  for (const int64_t extent : shape) {
    empty = empty || extent == 0;
    if (extent > 0 && __builtin_mul_overflow(count, static_cast<uint64_t>(extent), &count)) bad("is too large");
  }
  return empty ? 0 : count;
}

bool PickleArrays::is_array(const PickleValue& value) const {
  const std::string_view name = called(value);
  return is_numpy(name, "multiarray._reconstruct") || is_numpy(name, "numeric._frombuffer") ||
         is_numpy(name, "multiarray.scalar") || is_tensor(name);
}

PickledArray PickleArrays::read(const PickleValue& value) {
  const std::string_view name = called(value);
  if (is_numpy(name, "multiarray._reconstruct")) return read_reconstructed(value);
  if (is_numpy(name, "numeric._frombuffer")) return read_from_buffer(value);
  if (is_numpy(name, "multiarray.scalar")) return read_number(value);
  if (is_tensor(name)) return read_tensor(value);
  bad("is of a kind that is unknown");
}

Dtype PickleArrays::dtype_of(const PickleValue& value) const {
  if (called(value) != "numpy.dtype") bad("has no type");
  const PickleValue& code_value = arguments(value, 1)[0];
  if (code_value.kind != PickleKind::kText && code_value.kind != PickleKind::kBytes) bad("has no type");
  const std::string_view code = document_->text(code_value);
  const auto& call = document_->items(value);
  if (call.size() > 2) {  // its state: (version, byte order, ...)
    const auto state = sequence(call.back(), 2);
    const bool named = state[1].kind == PickleKind::kText || state[1].kind == PickleKind::kBytes;
    const std::string_view order = named ? document_->text(state[1]) : std::string_view();
    if (order != "<" && order != "|" && order != "=") bad("is not little-endian");
  }
  using Entry = std::pair<std::string_view, Dtype>;
  constexpr std::array<Entry, 9> kCodes{Entry{"f4", Dtype::kF32}, Entry{"f8", Dtype::kF64}, Entry{"f2", Dtype::kF16},
                                        Entry{"i8", Dtype::kI64}, Entry{"i4", Dtype::kI32}, Entry{"i2", Dtype::kI16},
                                        Entry{"i1", Dtype::kI8},  Entry{"u1", Dtype::kU8},  Entry{"b1", Dtype::kBool}};
  const auto found =
      std::find_if(kCodes.begin(), kCodes.end(), [&](const Entry& entry) { return entry.first == code; });
  if (found == kCodes.end()) bad("holds values of type \"" + printable(code.substr(0, 20)) + "\", not numbers");
  return found->second;
}

void PickleArrays::take_bytes(const PickleValue& value, uint64_t count, Elements& elements) const {
  if (value.kind == PickleKind::kBytes || value.kind == PickleKind::kText) {  // text: bytes of Python 2
    const std::string_view text = document_->text(value);
    elements.bytes = {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
    return;
  }
  // Before protocol 3 bytes are written as _codecs.encode(text, "latin1"): characters up to 255 in UTF-8.
  if (called(value) != "_codecs.encode") bad("has no bytes");
  const auto given = arguments(value, 2);
  if (given[0].kind != PickleKind::kText || given[1].kind != PickleKind::kText || document_->text(given[1]) != "latin1")
    bad("has no bytes");
  const std::string_view text = document_->text(given[0]);
  // Before it is copied: a text that is used again and again must not cost its length each time.
  if (text.size() > 2 * count * size_of(elements.dtype)) bad("has another size than its values");
  elements.owned.clear();
  elements.owned.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x80U) {
      elements.owned.push_back(byte);
      continue;
    }
    const uint8_t next = i + 1 < text.size() ? static_cast<uint8_t>(text[i + 1]) : 0;
    if ((byte != 0xC2U && byte != 0xC3U) || (next & 0xC0U) != 0x80U) bad("has bytes that are none");
    elements.owned.push_back(static_cast<uint8_t>((byte & 0x03U) << 6U | (next & 0x3FU)));
    ++i;
  }
  elements.bytes = elements.owned;
}

PickledArray PickleArrays::read_reconstructed(const PickleValue& value) {
  const auto& call = document_->items(value);
  if (call.size() != 3) bad("has no values");
  const auto state = sequence(call[2], 5);  // version, shape, type, order, bytes
  Elements elements;
  elements.dtype = dtype_of(state[2]);
  const bool fortran_order =
      (state[3].kind == PickleKind::kBool || state[3].kind == PickleKind::kInt) && state[3].number != 0;
  std::vector<int64_t> shape = sizes(state[1]);
  take_bytes(state[4], charge(shape), elements);
  return take(std::move(shape), elements, fortran_order);
}

PickledArray PickleArrays::read_from_buffer(const PickleValue& value) {
  const auto given = arguments(value, 4);  // bytes, type, shape, order
  Elements elements;
  elements.dtype = dtype_of(given[1]);
  std::vector<int64_t> shape = sizes(given[2]);
  take_bytes(given[0], charge(shape), elements);
  const bool fortran_order = given[3].kind == PickleKind::kText && document_->text(given[3]) == "F";
  return take(std::move(shape), elements, fortran_order);
}

PickledArray PickleArrays::read_number(const PickleValue& value) {
  const auto given = arguments(value, 2);
  Elements elements;
  elements.dtype = dtype_of(given[0]);
  take_bytes(given[1], charge({}), elements);
  return take({}, elements, false);
}

uint64_t PickleArrays::charge(const std::vector<int64_t>& shape) {
  const uint64_t count = count_of(shape);
  if (count > document_->bytes.size() - num_values_) bad("makes more values than the file has bytes");
  num_values_ += count;
  return count;
}

PickledArray PickleArrays::take(std::vector<int64_t> shape, const Elements& elements, bool fortran_order) {
  // charge() has seen the count: the product fits.
  if (count_of(shape) * size_of(elements.dtype) != elements.bytes.size()) bad("has another size than its values");
  const std::vector<int64_t> strides = contiguous_strides(shape, fortran_order);
  return gather(std::move(shape), strides, 0, elements.bytes, elements.dtype);
}

PickledArray PickleArrays::gather(std::vector<int64_t> shape, const std::vector<int64_t>& strides, uint64_t offset,
                                  std::span<const uint8_t> bytes, Dtype dtype) {
  const uint64_t count = count_of(shape), available = bytes.size() / size_of(dtype);
  PickledArray array{std::move(shape), {}};
  if (count == 0) return array;
  // The last element lies furthest, since no stride is negative.
  uint64_t furthest = offset;
  for (size_t axis = 0; axis < strides.size(); ++axis) {
    uint64_t reach = 0;
    if (__builtin_mul_overflow(static_cast<uint64_t>(array.shape[axis] - 1), static_cast<uint64_t>(strides[axis]),
                               &reach) ||
        __builtin_add_overflow(furthest, reach, &furthest))
      bad("is too large");
  }
  if (furthest >= available) bad("reaches beyond its values");
  array.values.reserve(count);
  std::vector<int64_t> at(strides.size(), 0);
  for (uint64_t place = offset;;) {
    array.values.push_back(load_element(bytes.data() + place * size_of(dtype), dtype));
    size_t axis = strides.size();
    while (axis > 0) {
      --axis;
      place += static_cast<uint64_t>(strides[axis]);
      if (++at[axis] < array.shape[axis]) break;
      place -= static_cast<uint64_t>(strides[axis]) * static_cast<uint64_t>(at[axis]);
      at[axis] = 0;
      if (axis == 0) return array;
    }
    if (strides.empty()) return array;
  }
}

PickledArray PickleArrays::read_tensor(const PickleValue& value) {
  const auto given = arguments(value, 4);  // storage, offset, shape, strides
  if (given[1].kind != PickleKind::kInt || given[1].number < 0) bad("is malformed");
  std::vector<int64_t> shape = sizes(given[2]);
  const std::vector<int64_t> strides = sizes(given[3]);
  if (shape.size() != strides.size()) bad("has other strides than axes");
  charge(shape);
  const Storage& values = storage(given[0]);
  return gather(std::move(shape), strides, static_cast<uint64_t>(given[1].number), values.bytes, values.dtype);
}

const PickleArrays::Storage& PickleArrays::storage(const PickleValue& value) {
  if (called(value) != "torch.storage._load_from_bytes") bad("has no storage");
  const PickleValue& packed = arguments(value, 1)[0];
  if (packed.kind != PickleKind::kBytes) bad("has no storage");
  const auto known = storages_.find(packed.number);
  if (known != storages_.end()) return known->second;
  // torch.save in the format from before version 1.6: four pickles, the keys, then the number of values and these.
  const std::string_view text = document_->text(packed);
  std::span<const uint8_t> rest(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  constexpr int kStorage = 3, kPickles = 5;
  Storage found;
  uint64_t stated = 0;
  for (int i = 0; i < kPickles; ++i) {
    const auto pickle = read_pickle(rest, *path_);
    if (!pickle) bad("has a storage that is cut short");
    rest = rest.subspan(pickle->bytes.size());
    if (i != kStorage) continue;
    if (pickle->root.kind != PickleKind::kStorage) bad("has no storage");
    const PickledStorage& described = pickle->storages[pickle->root.object];
    if (!described.dtype) bad("has a storage of unknown type");
    found.dtype = *described.dtype;
    stated = described.num_elements;
  }
  constexpr size_t kCountBytes = 8;
  if (rest.size() < kCountBytes || load_u64(rest, 0) != stated ||
      (rest.size() - kCountBytes) / size_of(found.dtype) < stated)
    bad("has a storage that is cut short");
  found.bytes = rest.subspan(kCountBytes, stated * size_of(found.dtype));
  return storages_.emplace(packed.number, found).first->second;
}

}  // namespace vs::weights

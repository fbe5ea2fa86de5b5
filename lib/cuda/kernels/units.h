// Copying bits: the widest pieces that every address and length allows.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace vs::cuda {

/// A piece of memory, aligned to its size, that holds values of any type: hence the attribute.
template <class Word, int kWords = 1>
struct [[gnu::may_alias]] alignas(sizeof(Word) * kWords) Unit {
  Word words[kWords];
};

/// The largest of 16, 8, 4, 2 and 1 that divides all the numbers: addresses and lengths in bytes. 0 is divided by all.
inline int64_t common_unit(std::initializer_list<int64_t> bytes) {
  int64_t all = 16;
  for (const int64_t number : bytes) all |= number;
  return all & -all;
}

/// An address as common_unit() takes it.
inline int64_t address_of(const void* pointer) { return static_cast<int64_t>(reinterpret_cast<uintptr_t>(pointer)); }

/// Calls body(Unit<...>{}) with the unit of that many bytes.
template <class Body>
void with_unit(int64_t bytes, Body body) {
  switch (bytes) {
    case 16:
      return body(Unit<uint64_t, 2>{});
    case 8:
      return body(Unit<uint64_t>{});
    case 4:
      return body(Unit<uint32_t>{});
    case 2:
      return body(Unit<uint16_t>{});
    default:
      return body(Unit<uint8_t>{});
  }
}

}  // namespace vs::cuda

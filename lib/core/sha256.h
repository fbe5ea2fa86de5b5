// SHA-256, the content hash of the manifests (same as sha256sum).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace vs {

/// Hash of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();
  void update(std::span<const uint8_t> bytes);
  /// 64 hex digits; the object is used up.
  std::string finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Hash of a whole file, read in pieces. Throws DataError if it cannot be read; looks at cancellation between pieces.
std::string sha256_of_file(const std::string& path);
std::string sha256_of_bytes(std::span<const uint8_t> bytes);

}  // namespace vs

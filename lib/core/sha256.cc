#include "lib/core/sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <future>
#include <new>
#include <vector>

#include "lib/core/cancel.h"
#include "lib/core/descriptor.h"
#include "lib/core/error.h"
#include "lib/core/version.h"

namespace vs {

struct Sha256::Impl {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  if (!impl_->context || EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const uint8_t> bytes) {
  EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size());
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(impl_->context.get(), digest.data(), &size);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text;
}

namespace {

constexpr size_t kPieceBytes = size_t{1} << 18;
/// From this size on reading and hashing go on at the same time.
constexpr off_t kOverlapFrom = off_t{32} << 20;
constexpr size_t kOverlapPieceBytes = size_t{2} << 20;

/// Fills the buffer; fewer bytes only at the end of the file.
size_t read_piece(const Descriptor& descriptor, const std::string& path, std::span<uint8_t> buffer) {
  size_t filled = 0;
  while (filled < buffer.size()) {
    throw_if_cancelled();
    const ssize_t got = ::read(descriptor.get(), buffer.data() + filled, buffer.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw DataError(path, std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  return filled;
}

/// One piece is hashed while the next is read.
void hash_overlapped(Sha256& hash, const Descriptor& descriptor, const std::string& path) {
  std::vector<uint8_t> current(kOverlapPieceBytes), next(kOverlapPieceBytes);
  size_t size = read_piece(descriptor, path, current);
  while (size > 0) {
    auto reading = std::async(std::launch::async, [&] { return read_piece(descriptor, path, next); });
    hash.update({current.data(), size});
    size = reading.get();
    current.swap(next);
  }
}

}  // namespace

std::string sha256_of_file(const std::string& path) {
  const Descriptor descriptor = Descriptor::open_to_read(path);
  Sha256 hash;
  struct stat status {};
  if (::fstat(descriptor.get(), &status) == 0 && status.st_size >= kOverlapFrom) {
    hash_overlapped(hash, descriptor, path);
    return hash.finish();
  }
  std::vector<uint8_t> buffer(kPieceBytes);
  while (const size_t size = read_piece(descriptor, path, buffer)) hash.update({buffer.data(), size});
  return hash.finish();
}

// Here, beside the only use of OpenSSL.
std::string openssl_version() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

std::string sha256_of_bytes(std::span<const uint8_t> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace vs

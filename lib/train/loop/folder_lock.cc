#include "lib/train/loop/folder_lock.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace vs::train {
namespace {

/// What a lock's file says of its holder: "4711 on host", or nothing yet.
std::string holder_in(int descriptor) {
  std::array<char, 256> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
  std::string holder(text.data(), got > 0 ? static_cast<size_t>(got) : 0);
  return printable(holder.substr(0, holder.find('\n')));
}

std::string own_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return fmt::format("{}", ::getpid());
  return fmt::format("{} on {}", ::getpid(), host.data());
}

}  // namespace

FolderLock::FolderLock(const std::string& folder, Log& log) : path_(folder + "/.vs-train.lock") {
  for (;;) {
    file_ = Descriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!file_.is_open()) throw RunError(path_, std::string("cannot be written: ") + std::strerror(errno));
    int code = 0;
    while ((code = ::flock(file_.get(), LOCK_EX | LOCK_NB)) != 0 && errno == EINTR) continue;
    if (code != 0 && errno == EWOULDBLOCK) {
      const std::string holder = holder_in(file_.get());
      throw RunError(folder, holder.empty() ? "another vs-train works in it" : "process " + holder + " trains in it",
                     "wait for its end, or give another folder");
    }
    if (code != 0) {
      log.info(fmt::format("{}: cannot be locked ({}): start no second run in it", folder, std::strerror(errno)));
      return;
    }
    // The holder before may have removed the file after it was opened here.
    struct stat status {};
    if (::fstat(file_.get(), &status) == 0 && status.st_nlink > 0) break;
  }
  const std::string text = own_name() + "\n";
  if (::ftruncate(file_.get(), 0) != 0)
    throw RunError(path_, std::string("cannot be written: ") + std::strerror(errno));
  write_all(file_.get(), {reinterpret_cast<const uint8_t*>(text.data()), text.size()}, path_);
}

FolderLock::~FolderLock() {
  if (file_.is_open()) ::unlink(path_.c_str());
}

}  // namespace vs::train

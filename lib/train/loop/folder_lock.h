// One run at a time in an output folder.
#pragma once

#include <string>

#include "lib/core/descriptor.h"
#include "lib/core/log.h"

namespace vs::train {

/// Holds a folder for this process while it lives, by a lock on the file `.vs-train.lock` in it. The kernel gives the
/// lock back however the process ends; the file then says nothing, whoever left it.
class FolderLock {
 public:
  /// Throws RunError naming the process that holds the folder, or if the file cannot be written. Where the file system
  /// knows no locks, that is told and the folder is not held.
  FolderLock(const std::string& folder, Log& log);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  /// Removes the file.
  ~FolderLock();

 private:
  std::string path_;
  Descriptor file_;
};

}  // namespace vs::train

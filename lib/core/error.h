// The error family. A message names the thing, the finding and the remedy: "a.mp4: no video stream (give a file with
// pictures)".
#pragma once

#include <stdexcept>
#include <string>

namespace vs {

/// Exit codes of every program.
enum ExitCode : int {
  kExitDone = 0,         ///< everything asked for was done
  kExitFailed = 1,       ///< ran to the end, but an item failed or a check said no
  kExitUsage = 2,        ///< wrong usage, nothing written; or the run could not start or go on
  kExitInterrupt = 130,  ///< SIGINT
  kExitTerminate = 143,  ///< SIGTERM
};

/// Base of all errors a user can meet. what() is "place: finding (hint)", followed by one line per add_context().
/// Texts are lower case, without full stop and without the word "error"; programs put "vs-x: error: " before them.
class Error : public std::exception {
 public:
  /// place: file, file:line:column or option. finding: what is wrong. hint: what to do, may be empty.
  Error(std::string place, std::string finding, std::string hint = {});

  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& place() const noexcept { return place_; }
  const std::string& finding() const noexcept { return finding_; }
  const std::string& hint() const noexcept { return hint_; }

  /// The exit code of a program that ends with this error.
  virtual int exit_code() const noexcept = 0;

  /// Adds one line such as "while reading the list train.txt".
  void add_context(const std::string& line);

 private:
  std::string place_, finding_, hint_, message_;
};

/// The user can fix the command line. Exit code 2, nothing written.
class UsageError : public Error {
 public:
  using Error::Error;
  int exit_code() const noexcept override { return kExitUsage; }
};

/// This item (a video, a list, a file) is bad. Other items go on. Exit code 1.
class DataError : public Error {
 public:
  using Error::Error;
  int exit_code() const noexcept override { return kExitFailed; }
};

/// The run itself cannot start or go on: full disk, missing device, unwritable folder. Exit code 2.
class RunError : public Error {
 public:
  using Error::Error;
  int exit_code() const noexcept override { return kExitUsage; }
};

/// SIGINT or SIGTERM was seen; thrown where work may stop. Exit code 130 or 143.
class Interrupted : public Error {
 public:
  explicit Interrupted(int signal_number);
  int exit_code() const noexcept override { return 128 + signal_; }

 private:
  int signal_;
};

}  // namespace vs

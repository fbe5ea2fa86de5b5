#include "lib/train/checkpoints/checkpoint.h"

#include <doctest/doctest.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <utility>

#include "lib/core/error.h"
#include "lib/nn/loading.h"
#include "tests/lib/train/checkpoint_run.h"
#include "tests/support/scratch.h"

using namespace vs;
using namespace vs::train;
using namespace vs::train::test;

namespace {

void copy_folder(const std::string& from, const std::string& to) {
  fs::remove_all(to);
  fs::copy(from, to);
}

enum class Ending { kDone, kKilled, kNotTraceable };

/// Saves in another process, which gets SIGKILL when it enters or leaves its n-th system call.
Ending save_and_kill(Run& run, const std::string& folder, int n) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(3);
    ::raise(SIGSTOP);
    run.save(folder);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFSTOPPED(status)) return Ending::kNotTraceable;
  for (int stops = 0; stops < n; ++stops) {
    if (::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return Ending::kNotTraceable;
    }
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) {
      REQUIRE(WEXITSTATUS(status) == 0);
      return Ending::kDone;
    }
    REQUIRE(WIFSTOPPED(status));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return Ending::kKilled;
}

/// Kills a save over `before` at each system call. What is left must be a whole checkpoint of one of `whole`, and the
/// next save must go well. Returns whether both were seen.
bool survives_kills(const std::string& before, const std::string& folder, int64_t next,
                    std::pair<int64_t, int64_t> whole) {
  Run run(next), later(next + 100);
  bool seen_first = false, seen_second = false;
  for (int n = 1;; ++n) {
    copy_folder(before, folder);
    const Ending ending = save_and_kill(run, folder, n);
    if (ending == Ending::kNotTraceable) {
      MESSAGE("skipped: no ptrace");
      return true;
    }
    CAPTURE(n);
    const int64_t found = iteration_of(folder);
    CHECK((found == whole.first || found == whole.second));
    seen_first |= found == whole.first;
    seen_second |= found == whole.second;
    CHECK(find_checkpoint(folder).refused.empty());
    Small loaded;
    CHECK_NOTHROW(nn::load_weights(loaded, checkpoint_files(folder, kLastCheckpoint).weights));
    later.save(folder);
    CHECK(iteration_of(folder) == next + 100);
    CHECK(files_in(folder) == 2);
    if (ending == Ending::kDone) return seen_first && seen_second;
  }
}

/// Largest file that may be written, for its lifetime: a disk that is full then.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("killed between its two renames, a save has the new weights under their hidden name") {
  const vs::test::Scratch scratch("vs-checkpoint-test");
  Run(1).save(scratch / "old");
  Run(2).save(scratch / "new");
  const CheckpointFiles old_files = checkpoint_files(scratch / "old", "last"),
                        new_files = checkpoint_files(scratch / "new", "last");
  fs::copy_file(new_files.weights, scratch / "old/.last.safetensors.new");
  // Before the first rename the old pair counts.
  CHECK(iteration_of(scratch / "old") == 1);
  fs::copy_file(new_files.state, old_files.state, fs::copy_options::overwrite_existing);
  const SavedCheckpoint between = open_checkpoint(scratch / "old", "last");
  CHECK(iteration_of(between) == 2);
  CHECK(between.weights_path == scratch / "old/.last.safetensors.new");

  // A save that then fails at once must not have touched the only copy of these weights.
  {
    const FileLimit full(16);
    CHECK_THROWS_AS(Run(3).save(scratch / "old"), RunError);
  }
  CHECK(iteration_of(scratch / "old") == 2);
  Run(3).save(scratch / "old");
  CHECK(iteration_of(scratch / "old") == 3);
  CHECK(files_in(scratch / "old") == 2);
}

TEST_CASE("a save that is killed at any system call leaves a whole checkpoint") {
  const vs::test::Scratch scratch("vs-checkpoint-test");
  Run(1).save(scratch / "before");
  CHECK(survives_kills(scratch / "before", scratch / "run", 2, {1, 2}));

  // The same after a save that was killed between its renames.
  Run(2).save(scratch / "new");
  fs::rename(scratch / "new/last.safetensors", scratch / "before/.last.safetensors.new");
  fs::rename(scratch / "new/last.state.safetensors", scratch / "before/last.state.safetensors");
  CHECK(survives_kills(scratch / "before", scratch / "run", 3, {2, 3}));
}

TEST_CASE("a full disk leaves the checkpoint before") {
  const vs::test::Scratch scratch("vs-checkpoint-test");
  const std::string folder = scratch / "run";
  Run(1).save(folder);
  const CheckpointFiles files = checkpoint_files(folder, "last");
  const rlim_t weights = fs::file_size(files.weights), state = fs::file_size(files.state);
  REQUIRE(weights < state);
  for (const rlim_t limit : {rlim_t{0}, rlim_t{100}, weights - 1, weights, state - 1}) {
    CAPTURE(limit);
    {
      const FileLimit full(limit);
      CHECK_THROWS_AS(Run(2).save(folder), RunError);
      CHECK_THROWS_AS(Run(2).save(folder, "epoch_1"), RunError);
    }
    CHECK(files_in(folder) == 2);
    CHECK(iteration_of(folder) == 1);
  }
  const FileLimit enough(state);
  Run(2).save(folder);
  CHECK(iteration_of(folder) == 2);
}

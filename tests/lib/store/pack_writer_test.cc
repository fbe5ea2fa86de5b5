#include "lib/store/pack_writer.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/store/frames_file.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"
#include "lib/store/motion_file.h"
#include "lib/store/pack_file.h"
#include "tests/lib/store/temporary_folder.h"

using namespace vs;
using namespace vs::store;

namespace {

constexpr int kItems = 60;

std::vector<Item> numbered(int count = kItems) {
  std::vector<Item> items;
  for (int i = 0; i < count; ++i) items.push_back({"v" + std::to_string(i), "videos/v" + std::to_string(i) + ".mp4"});
  return items;
}

Manifest manifest_of(int size) {
  const Json parameters = {{"size", size}};
  return Manifest("test", {"test"}, parameters, parameters);
}

struct Bytes {
  VideoFrames frames;
  ByteSpool data{"/tmp"};
};

/// Frames of an item: from none to more than a chunk, the same in every run.
Bytes frames_of(const Item& item) {
  std::minstd_rand random(static_cast<unsigned>(std::stoi(item.id.substr(1)) + 1));
  if (random() % 7 == 0) throw DataError(item.path, "is bad");
  Bytes bytes;
  bytes.frames.video_id = item.id;
  bytes.frames.width = static_cast<int32_t>(random() % 100);
  bytes.frames.height = 4;
  const auto count = static_cast<int64_t>(random() % 12);
  for (int64_t k = 0; k < count; ++k) {
    std::vector<uint8_t> frame(random() % 40000);
    for (auto& byte : frame) byte = static_cast<uint8_t>(random() >> 8);
    bytes.data.append(frame);
    bytes.frames.frame_bytes.push_back(static_cast<int64_t>(frame.size()));
    bytes.frames.frame_index.push_back(3 * k);
    bytes.frames.time_s.push_back(static_cast<double>(k) / 25);
  }
  return bytes;
}

VideoMotion motion_of(const Item& item) {
  std::minstd_rand random(static_cast<unsigned>(std::stoi(item.id.substr(1)) + 1));
  if (random() % 7 == 0) throw DataError(item.path, "is bad");
  VideoMotion motion{item.id, 0, {}, {}};
  for (auto count = random() % 3000; count > 0; --count) motion.motion.push_back(static_cast<double>(random()) / 1e6);
  motion.num_frames = static_cast<int64_t>(motion.motion.size()) + 1;
  return motion;
}

/// One program run; `pause_us` slows it down so that it can be killed in the middle.
template <class Writer, class Make, class Add>
ItemRunResult run(Writer writer, int jobs, int pause_us, Make make, Add add) {
  Log log("test", Verbosity::kQuiet, true);
  const auto items = numbered();
  auto result = run_items(
      items, {.jobs = jobs, .hash_inputs = false, .first = writer.first()}, log, writer.before(items),
      [&](const Item& item) {
        std::this_thread::sleep_for(std::chrono::microseconds(pause_us));
        return make(item);
      },
      [&](const ItemOutcome& outcome, auto value) { add(writer, outcome, value); },
      [&](const ItemOutcome& outcome, const std::string& reason) { writer.fail(outcome, reason); });
  Manifest manifest = manifest_of(1);
  manifest.set_outcome(result.counts, result.failures);
  writer.finish(manifest.inner_document(""));
  writer.done();
  return result;
}

ItemRunResult run_frames(const std::string& path, int jobs = 1, int pause_us = 0, bool force = false) {
  return run(FramesWriter(path, FrameEncoding::kJpeg, run_key(manifest_of(1), numbered()), force), jobs, pause_us,
             frames_of, [](FramesWriter& writer, const ItemOutcome& outcome, const Bytes& bytes) {
               writer.add(outcome, bytes.frames, bytes.data);
             });
}

ItemRunResult run_motion(const std::string& path, int jobs = 1, int pause_us = 0, bool force = false) {
  MotionInfo info;
  info.method = "luma";
  return run(
      MotionWriter(path, info, run_key(manifest_of(1), numbered()), force), jobs, pause_us, motion_of,
      [](MotionWriter& writer, const ItemOutcome& outcome, const VideoMotion& motion) { writer.add(outcome, motion); });
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

/// Runs in a child that is killed after `lifetime`; true if it got to its end.
template <class Run>
bool run_and_kill(Run body, std::chrono::microseconds lifetime) {
  const pid_t child = ::fork();
  if (child == 0) {
    // What a program prints in a test that kills it is of no interest.
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(3);
    try {
      body();
      ::_exit(0);
    } catch (const std::exception&) {
      ::_exit(2);
    }
  }
  const auto end = std::chrono::steady_clock::now() + lifetime;
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      continue;
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    break;
  }
  if (WIFSIGNALED(status)) return false;
  REQUIRE(WEXITSTATUS(status) == 0);
  return true;
}

template <class Run>
void kill_again_and_again(Run body) {
  const TemporaryFolder folder;
  const std::string calm = folder / "calm.h5", killed = folder / "killed.h5";
  body(calm, 0, false);
  const std::string expected = read_file(calm);
  std::minstd_rand random(1);
  int kills = 0;
  for (int round = 0; round < 6; ++round) {
    std::filesystem::remove(killed);
    unsigned tries = 0;
    // The time allowed grows: on a busy machine the last steps may take longer than the first limit.
    while (!run_and_kill([&] { body(killed, 1000, false); },
                         std::chrono::microseconds(2000 + random() % (30000 + 4000 * tries)))) {
      ++kills;
      REQUIRE(++tries < 500);
      // Killed after its last step.
      if (std::filesystem::exists(killed) && !std::filesystem::exists(partial_name(killed) + ".log")) break;
    }
    CHECK(read_file(killed) == expected);
    CHECK(files_in(folder.path()) == std::vector<std::string>{"calm.h5", "killed.h5"});
  }
  CHECK(kills >= 6);
  body(killed, 0, true);
  CHECK(read_file(killed) == expected);
  CHECK(files_in(folder.path()) == std::vector<std::string>{"calm.h5", "killed.h5"});
}

}  // namespace

TEST_CASE("frames: killed at random moments and run again, the file is the same") {
  kill_again_and_again([](const std::string& path, int pause_us, bool force) { run_frames(path, 1, pause_us, force); });
}

TEST_CASE("motion: killed at random moments and run again, the file is the same") {
  kill_again_and_again([](const std::string& path, int pause_us, bool force) { run_motion(path, 1, pause_us, force); });
}

TEST_CASE("any number of jobs gives the same bytes") {
  const TemporaryFolder folder;
  run_frames(folder / "one.h5", 1);
  run_frames(folder / "four.h5", 4);
  CHECK(read_file(folder / "one.h5") == read_file(folder / "four.h5"));
  const auto result = run_motion(folder / "m1.h5", 1);
  run_motion(folder / "m4.h5", 4);
  CHECK(read_file(folder / "m1.h5") == read_file(folder / "m4.h5"));
  CHECK(result.counts.failed > 0);
  CHECK(result.counts.done + result.counts.failed == kItems);
}

TEST_CASE("what was written is read back") {
  const TemporaryFolder folder;
  run_frames(folder / "f.h5", 2);
  run_motion(folder / "m.h5", 2);
  const FramesFile frames(folder / "f.h5");
  const MotionFile motion(folder / "m.h5");
  int64_t done = 0;
  for (const auto& item : numbered()) {
    try {
      const Bytes bytes = frames_of(item);
      CHECK(frames.find(item.id) == done);
      const VideoFrames back = frames.video(done);
      CHECK(back.frame_bytes == bytes.frames.frame_bytes);
      CHECK(back.frame_index == bytes.frames.frame_index);
      CHECK(back.time_s == bytes.frames.time_s);
      CHECK(back.width == bytes.frames.width);
      const int64_t count = frames.num_frames(done);
      CHECK(count == static_cast<int64_t>(bytes.frames.frame_index.size()));
      std::vector<uint8_t> data;
      bytes.data.for_each_part(
          [&](std::span<const uint8_t> part) { data.insert(data.end(), part.begin(), part.end()); });
      CHECK(frames.frames(done, 0, count) == data);
      std::vector<uint8_t> joined;
      for (int64_t k = 0; k < count; ++k) {
        const auto frame = frames.frame(done, k);
        joined.insert(joined.end(), frame.begin(), frame.end());
      }
      CHECK(joined == data);
      CHECK_THROWS_AS(frames.frame(done, count), std::logic_error);
      CHECK(motion.find(item.id) == done);
      CHECK(motion.video(done).motion == motion_of(item).motion);
      CHECK(motion.video(done).num_frames == motion_of(item).num_frames);
      ++done;
    } catch (const DataError&) {
      CHECK(frames.find(item.id) == -1);
    }
  }
  CHECK(frames.num_videos() == done);
  CHECK(motion.num_videos() == done);
  CHECK(motion.info().method == "luma");
  CHECK(read_inner_manifest(folder / "m.h5")["counts"]["done"] == done);
}

TEST_CASE("an output that is there is an error without force, and keeps its time if nothing changes") {
  const TemporaryFolder folder;
  const std::string path = folder / "m.h5";
  run_motion(path);
  CHECK(message_of<UsageError>([&] { run_motion(path); }) ==
        path +
            ": exists (a finished pack is not added to: write another one and join them with vs-annot merge; "
            "--force replaces it)");
  CHECK(files_in(folder.path()) == std::vector<std::string>{"m.h5"});
  struct stat before {
  }, after{};
  ::stat(path.c_str(), &before);
  run_motion(path, 2, 0, true);
  ::stat(path.c_str(), &after);
  CHECK(before.st_ino == after.st_ino);
  CHECK(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
  write_file_atomically(path, "something else");
  run_motion(path, 2, 0, true);
  CHECK(MotionFile(path).num_videos() > 0);
  CHECK(files_in(folder.path()) == std::vector<std::string>{"m.h5"});
  CHECK_THROWS_AS(run_motion(folder.path(), 1, 0, true), UsageError);
}

TEST_CASE("a stopped run with other options or items is refused by name") {
  const TemporaryFolder folder;
  const std::string path = folder / "f.h5";
  const auto start = [&](int size, int count, bool force) {
    FramesWriter writer(path, FrameEncoding::kJpeg, run_key(manifest_of(size), numbered(count)), force);
    return writer.first();
  };
  {
    FramesWriter writer(path, FrameEncoding::kJpeg, run_key(manifest_of(1), numbered(9)), false);
    const auto items = numbered(9);
    writer.fail({&items[0], 0}, "is bad");
    CHECK(message_of<RunError>([&] { start(1, 9, true); }).find("another run") != std::string::npos);
  }
  CHECK(start(1, 9, false) == 1);
  CHECK(message_of<UsageError>([&] { start(2, 9, false); }).find("parameters.size was 1, is 2") != std::string::npos);
  CHECK(message_of<UsageError>([&] { start(1, 8, false); }).find("video 9, ") != std::string::npos);
  CHECK(start(1, 9, false) == 1);
  CHECK(start(2, 9, true) == 0);
}

TEST_CASE("a partial file with damaged bytes is cut to what is whole") {
  const TemporaryFolder folder;
  const std::string calm = folder / "calm.h5", path = folder / "f.h5";
  run_frames(calm);
  const auto stop_after = [&](uint64_t count) {
    FramesWriter writer(path, FrameEncoding::kJpeg, run_key(manifest_of(1), numbered()), true);
    const auto items = numbered();
    for (uint64_t i = 0; i < count; ++i) {
      const ItemOutcome outcome{&items[i], i};
      try {
        const Bytes bytes = frames_of(items[i]);
        writer.add(outcome, bytes.frames, bytes.data);
      } catch (const DataError& error) {
        writer.fail(outcome, error.finding());
      }
    }
  };
  for (const double where : {0.02, 0.3, 0.6, 0.97}) {
    CAPTURE(where);
    std::filesystem::remove(path);
    stop_after(40);
    const std::string partial = partial_name(path);
    std::string bytes = read_file(partial);
    bytes.replace(static_cast<size_t>(where * static_cast<double>(bytes.size())), 100, std::string(100, 'x'));
    write_file_atomically(partial, bytes);
    run_frames(path);
    CHECK(read_file(path) == read_file(calm));
  }
  std::filesystem::remove(path);
  stop_after(40);
  std::filesystem::remove(partial_name(path));
  run_frames(path);
  CHECK(read_file(path) == read_file(calm));
}

TEST_CASE("no items at all make a file that opens") {
  const TemporaryFolder folder;
  FramesWriter frames(folder / "f.h5", FrameEncoding::kRawRgb, run_key(manifest_of(1), {}), false);
  frames.finish(manifest_of(1).inner_document(""));
  frames.done();
  CHECK(FramesFile(folder / "f.h5").num_videos() == 0);
  MotionWriter motion(folder / "m.h5", {}, run_key(manifest_of(1), {}), false);
  motion.finish(manifest_of(1).inner_document(""));
  motion.done();
  CHECK(MotionFile(folder / "m.h5").num_videos() == 0);
}

TEST_CASE("bad motion is a failure of its item, a bad call is ours") {
  const TemporaryFolder folder;
  const auto items = numbered(1);
  MotionInfo info;
  info.extra = {"ssim"};
  MotionWriter motion(folder / "m.h5", info, run_key(manifest_of(1), items), false);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(motion.add({&items[0], 0}, {"v0", 2, {nan}, {{1}}}), DataError);
  CHECK_THROWS_AS(motion.add({&items[0], 0}, {"v0", 2, {1}, {}}), std::logic_error);
  motion.add({&items[0], 0}, {"v0", 2, {1}, {{0.5}}});
  motion.finish(manifest_of(1).inner_document(""));
  motion.done();
  const MotionFile file(folder / "m.h5");
  CHECK(file.info().extra == std::vector<std::string>{"ssim"});
  CHECK(file.video(0).extra == std::vector<std::vector<double>>{{0.5}});
  FramesWriter frames(folder / "f.h5", FrameEncoding::kRawGray, run_key(manifest_of(1), items), false);
  ByteSpool data(folder.path());
  data.append(std::vector<uint8_t>(5));
  CHECK_THROWS_AS(frames.add({&items[0], 0}, {"v0", 2, 3, {0}, {0.0}, {5}}, data), std::logic_error);
}

namespace {

/// The end of a run that is killed between its output and its manifest.
template <class Writer, class Add>
void run_without_manifest(Writer writer, Add add) {
  const auto items = numbered(3);
  add(writer, ItemOutcome{&items[0], 0});
  writer.fail({&items[1], 1}, "is bad");
  add(writer, ItemOutcome{&items[2], 2});
  writer.finish(manifest_of(1).inner_document(""));
}

void add_motion(MotionWriter& writer, const ItemOutcome& outcome) {
  writer.add(outcome, {outcome.item->id, 3, {1, 2}, {}});
}

void add_frames(FramesWriter& writer, const ItemOutcome& outcome) {
  VideoFrames frames{outcome.item->id, 2, 2, {0}, {0.0}, {4}};
  ByteSpool data("/tmp");
  data.append(std::vector<uint8_t>(4, 7));
  writer.add(outcome, frames, data);
}

template <class Make, class Add>
void check_resumed_before_manifest(const TemporaryFolder& folder, const std::string& path, Make make, Add add) {
  run_without_manifest(make(1, false), add);
  const std::string bytes = read_file(path);
  const std::string name = std::filesystem::path(path).filename();
  CHECK(files_in(folder.path()) == std::vector<std::string>{"." + name + ".partial.log", name});
  // What a kill in the midst of cleaning up may leave.
  write_file_atomically(partial_name(path), "rest");
  write_file_atomically(partial_name(path) + ".copy", "rest");
  const auto items = numbered(3);
  {
    auto writer = make(1, false);
    CHECK(writer.first() == 3);
    CHECK(writer.before(items).counts == Counts{2, 0, 1});
    CHECK_THROWS_AS(add(writer, ItemOutcome{&items[0], 3}), std::logic_error);
    CHECK_THROWS_AS(writer.fail(ItemOutcome{&items[0], 3}, "x"), std::logic_error);
    writer.finish(manifest_of(1).inner_document(""));
  }  // killed once more
  CHECK(message_of<UsageError>([&] { make(2, false); }).find("parameters.size was 1, is 2") != std::string::npos);
  {
    auto writer = make(1, false);
    CHECK(writer.first() == 3);
    writer.finish(manifest_of(1).inner_document(""));
    writer.done();
  }
  CHECK(read_file(path) == bytes);
  CHECK(files_in(folder.path()) == std::vector<std::string>{name});
  CHECK(message_of<UsageError>([&] { make(1, false); }) ==
        path +
            ": exists (a finished pack is not added to: write another one and join them with vs-annot merge; "
            "--force replaces it)");
  CHECK(files_in(folder.path()) == std::vector<std::string>{name});
}

}  // namespace

TEST_CASE("a run killed between its output and its manifest goes on with the output as its own") {
  const TemporaryFolder one, two;
  const std::string motion = one / "m.h5", frames = two / "f.h5";
  const auto make_motion = [&](int size, bool force) {
    return MotionWriter(motion, {}, run_key(manifest_of(size), numbered(3)), force);
  };
  const auto make_frames = [&](int size, bool force) {
    return FramesWriter(frames, FrameEncoding::kJpeg, run_key(manifest_of(size), numbered(3)), force);
  };
  check_resumed_before_manifest(one, motion, make_motion, add_motion);
  check_resumed_before_manifest(two, frames, make_frames, add_frames);

  // The same bytes were there already: the output that stayed is this run's.
  run_without_manifest(make_motion(1, true), add_motion);
  CHECK(make_motion(1, false).first() == 3);
  // Forced, it starts anew.
  CHECK(make_motion(1, true).first() == 0);
}

TEST_CASE("an output that is not the journal's is no output of this run") {
  const TemporaryFolder folder;
  const std::string path = folder / "m.h5";
  const auto make = [&](bool force) { return MotionWriter(path, {}, run_key(manifest_of(1), numbered(3)), force); };
  const auto words = [&] { return message_of<UsageError>([&] { make(false); }); };
  const std::string exists =
      path +
      ": exists (a finished pack is not added to: write another one and join them with vs-annot merge; "
      "--force replaces it)";
  run_without_manifest(make(false), add_motion);
  // Another file under the same name.
  write_file_atomically(path, "something else");
  CHECK(words() == exists);
  CHECK(read_file(path) == "something else");
  // A forced run that was killed before it replaced what is there.
  {
    MotionWriter writer = make(true);
    const auto items = numbered(3);
    add_motion(writer, {&items[0], 0});
  }
  CHECK(words() == exists);
  CHECK(read_file(path) == "something else");
  // A journal without items is of no use.
  make(true);
  CHECK(words() == exists);
  CHECK(files_in(folder.path()) == std::vector<std::string>{"m.h5"});
  MotionWriter unfinished = make(true);
  CHECK_THROWS_AS(unfinished.done(), std::logic_error);
}

TEST_CASE("columns of many chunks, texts and rows of several values come back") {
  const TemporaryFolder folder;
  const std::string path = folder / "p.h5";
  const PackSchema schema{"vs.test/1",
                          {{.name = "pairs", .type = Type::kInt32, .row_shape = {2}, .layout = {.chunk_rows = 3}},
                           {.name = "names", .type = Type::kString},
                           {.name = "begins", .type = Type::kInt64, .cumulative = true},
                           {.name = "empty", .type = Type::kFloat32}},
                          {}};
  const auto items = numbered(200);
  PackWriter writer(path, schema, {{"key", 1}}, false);
  std::vector<int32_t> pairs;
  std::vector<int64_t> begins{0};
  std::vector<std::string> names;
  for (size_t i = 0; i < items.size(); ++i) {
    std::vector<int32_t> rows;
    for (size_t k = 0; k < 2 * (i % 8); ++k) rows.push_back(static_cast<int32_t>(1000 * i + k));
    writer.append<int32_t>("pairs", rows);
    for (size_t k = 0; k < 30; ++k) writer.append_text("names", names.emplace_back(k, 'x'));
    writer.append_one<int64_t>("begins", static_cast<int64_t>(i % 8));
    if (i % 5 == 4) {
      writer.fail_item({&items[i], i}, "is bad");
      names.resize(names.size() - 30);
      continue;
    }
    writer.end_item({&items[i], i});
    pairs.insert(pairs.end(), rows.begin(), rows.end());
    begins.push_back(begins.back() + static_cast<int64_t>(i % 8));
  }
  writer.finish(manifest_of(1).inner_document(""));
  writer.done();
  const H5File file = H5File::open(path);
  CHECK(file.read<int32_t>("pairs") == pairs);
  CHECK(file.read_strings("names") == names);
  CHECK(file.read<int64_t>("begins") == begins);
  CHECK(file.info("empty").shape == std::vector<uint64_t>{0});
}

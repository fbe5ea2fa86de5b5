#include "examples/bursts/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "examples/bursts/encoder.h"
#include "examples/bursts/glyph.h"
#include "examples/bursts/story.h"
#include "lib/core/error.h"

namespace vs::bursts {
namespace {

constexpr int64_t kMaxVideos = 100000, kMaxFrames = 10000, kMinSide = 32, kMaxSide = 1024;

Range read_range(const cli::ParsedOptions& parsed, const std::string& name, int64_t least, int64_t most) {
  const std::string& text = parsed.text(name);
  const std::string place = fmt::format("--{} {}", name, text);
  const auto pieces = split(text, '-');
  const auto first = parse_integer(pieces.front()), last = parse_integer(pieces.back());
  if (pieces.size() > 2 || !first || !last) throw UsageError(place, "must be a number, or MIN-MAX");
  if (*first < least) throw UsageError(place, fmt::format("must be at least {}", least));
  if (*last > most) throw UsageError(place, fmt::format("must be at most {}", most));
  if (*last < *first)
    throw UsageError(place, "the range has no number", fmt::format("--{} {}-{}", name, *last, *first));
  return {*first, *last};
}

bool is_split_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::vector<Split> read_splits(const cli::ParsedOptions& parsed) {
  if (parsed.has("videos")) {
    const int64_t videos = parsed.integer("videos"), val = std::max<int64_t>(videos / 5, 1);
    return {{"train", videos - val}, {"val", val}};
  }
  const std::string& text = parsed.text("split");
  const std::string place = fmt::format("--split {}", text);
  std::vector<Split> splits;
  int64_t total = 0;
  for (const std::string_view piece : vs::split(text, ',')) {
    const auto parts = vs::split(piece, '=');
    const auto count = parse_integer(parts.back());
    if (parts.size() != 2 || !count || !is_split_name(parts[0])) {
      throw UsageError(place, fmt::format("\"{}\" is no NAME=COUNT", printable(piece)), "such as train=800,val=200");
    }
    const std::string name(parts[0]);
    if (name == "classes") throw UsageError(place, "classes.txt holds the names of the classes", "choose another name");
    if (std::any_of(splits.begin(), splits.end(), [&](const Split& other) { return other.name == name; })) {
      throw UsageError(place, fmt::format("{} stands there twice", name));
    }
    if (*count < 1 || *count > kMaxVideos) {
      throw UsageError(place, fmt::format("{} must have 1 to {} videos", name, kMaxVideos));
    }
    total += *count;
    splits.push_back({name, *count});
  }
  if (total > kMaxVideos) throw UsageError(place, fmt::format("more than {} videos in all", kMaxVideos));
  return splits;
}

void check_size(const cli::Size& size) {
  const std::string place = fmt::format("--size {}x{}", size.width, size.height);
  if (size.width % 2 != 0 || size.height % 2 != 0) {
    throw UsageError(place, "width and height must be even: H.264 halves the color planes");
  }
  if (std::min(size.width, size.height) < kMinSide || std::max(size.width, size.height) > kMaxSide) {
    throw UsageError(place, fmt::format("sides must be {} to {} pixels", kMinSide, kMaxSide));
  }
}

void check_scene(const SceneOptions& scene) {
  const int64_t needed = frames_for_bursts(scene.burst.max, scene.labels);
  if (needed > scene.frames) {
    throw UsageError(fmt::format("--burst {}-{}", scene.burst.min, scene.burst.max),
                     scene.labels == 1 ? fmt::format("longer than the video of {} frames", scene.frames)
                                       : fmt::format("{} bursts need {} frames, the video has {}", scene.labels, needed,
                                                     scene.frames),
                     "shorten it or raise --frames");
  }
  const int64_t side = std::min(scene.width, scene.height);
  if (scene.glyph_size.max * 2 > side) {
    throw UsageError(fmt::format("--glyph-size {}-{}", scene.glyph_size.min, scene.glyph_size.max),
                     fmt::format("does not leave room to move in {}x{}", scene.width, scene.height),
                     fmt::format("at most {} pixels", side / 2));
  }
  if (scene.labels > scene.classes) {
    throw UsageError(fmt::format("--labels {}", scene.labels), fmt::format("there are {} classes", scene.classes));
  }
}

void add_scene_options(cli::OptionTable& table) {
  table.group("The videos");
  table.size("size", "WxH", "pictures of W x H pixels, both even").default_value("96x96");
  table.integer("frames", "N", "frames of each video").default_value("48").min(2).max(kMaxFrames);
  table.fraction("fps", "RATE", "frames a second").default_value("24").min(1).max(240);
  table.real("noise", "SD", "standard deviation of the noise, gray levels, in each pixel of each frame")
      .default_value("1.5")
      .min(0)
      .max(40);
  table.real("shake", "SD", "standard deviation of the camera's step from frame to frame, pixels, in each direction")
      .default_value("0.15")
      .min(0)
      .max(3)
      .details("The steps add up to a walk that is drawn back to its beginning.");
  table.real("texture", "SD", "standard deviation of the background's texture, gray levels")
      .default_value("5")
      .min(0)
      .max(30);
  table.real("crf", "Q", "quality of H.264; lower is better and larger").default_value("23").min(1).max(51);
  table.group("The burst and its glyph");
  table.text("burst", "MIN-MAX", "frames in which the glyph is there").default_value("4-8");
  table.text("glyph-size", "MIN-MAX", "its diameter in pixels").default_value("20-24");
  table.text("speed", "MIN-MAX", "pixels it moves from frame to frame").default_value("5-8");
  table.real("contrast", "C", "how much lighter than the background glyphs are, gray levels")
      .default_value("70")
      .min(5)
      .max(100);
  table.integer("classes", "N", "kinds of glyphs")
      .default_value(std::to_string(kGlyphClasses))
      .min(2)
      .max(kGlyphClasses);
  table.integer("labels", "N", "labels of each video: bursts, one after the other, with different glyphs")
      .default_value("1")
      .min(1)
      .max(2);
  table.integer("distractors", "N", "glyphs of the same kinds that are there all the time and stay in their places")
      .default_value("4")
      .min(0)
      .max(64);
  table
      .choice(
          "distractor-look", "LOOK",
          {{"dark", "darker than the background, where the moving one is lighter: one frame of the burst is enough"},
           {"same", "like the moving one: it takes several frames to tell which one moves"}},
          "what tells them from the moving glyph")
      .default_value("dark");
}

}  // namespace

cli::OptionTable bursts_option_table() {
  cli::OptionTable table("vs-bursts", "videos whose answer hides in a short burst of their frames");
  table.description(
      "Makes a data set for video recognition: H.264 videos of a dull background with noise, camera shake and glyphs "
      "that stay in their places. In a burst of a few frames, at a random time and place, one more glyph appears and "
      "moves; its kind is the label. Frames outside the burst say nothing about it.");
  table.description(
      "DIR/videos holds the videos, DIR/train.txt and DIR/val.txt the lists \"NAME.mp4 LABEL\", DIR/classes.txt the "
      "names of the classes, DIR/truth.json the options and, for each video, when and where its glyphs move. The same "
      "options and seed give the same bytes. The first videos of a longer list are those of a shorter one.");
  table.group("The data set");
  table.integer("videos", "N", "this many videos: a fifth of them in val, the others in train")
      .min(2)
      .max(kMaxVideos)
      .conflicts("split");
  table.text("split", "NAME=N,...", "names of the lists and how many videos each has")
      .default_value("train=800,val=200");
  add_scene_options(table);
  cli::add_item_options(table, {"dry-run", "failed", "strict", "shard", "depfile"});
  table.option("output").metavar("DIR").help("folder to write").required().folder();
  table.option("force").help("replace the data set that is there").details("");
  cli::add_common_options(table);
  table.example("vs-bursts -o bursts", "800 videos for training, 200 for validation");
  table.example("vs-bursts --labels 2 --videos 500 --seed 7 -o pairs",
                "two labels a video, for mean average precision");
  table.library("FFmpeg", encoder_version);
  return table;
}

BurstsOptions read_bursts_options(const cli::ParsedOptions& parsed) {
  BurstsOptions options;
  SceneOptions& scene = options.scene;
  const cli::Size size = parsed.size("size");
  check_size(size);
  scene.width = size.width;
  scene.height = size.height;
  scene.frames = parsed.integer("frames");
  scene.burst = read_range(parsed, "burst", 1, kMaxFrames);
  scene.glyph_size = read_range(parsed, "glyph-size", 6, kMaxSide / 2);
  scene.speed = read_range(parsed, "speed", 0, 64);
  scene.classes = static_cast<int>(parsed.integer("classes"));
  scene.labels = static_cast<int>(parsed.integer("labels"));
  scene.distractors = parsed.integer("distractors");
  scene.look = parsed.choice<DistractorLook>("distractor-look",
                                             {{"dark", DistractorLook::kDark}, {"same", DistractorLook::kSame}});
  scene.contrast = parsed.real("contrast");
  scene.texture = parsed.real("texture");
  scene.noise = parsed.real("noise");
  scene.shake = parsed.real("shake");
  check_scene(scene);
  options.splits = read_splits(parsed);
  options.fps = parsed.fraction("fps");
  options.crf = parsed.real("crf");
  options.seed = static_cast<uint64_t>(parsed.integer("seed"));
  options.jobs = static_cast<int>(parsed.integer("jobs"));
  options.force = parsed.flag("force");
  options.output = parsed.text("output");
  return options;
}

}  // namespace vs::bursts

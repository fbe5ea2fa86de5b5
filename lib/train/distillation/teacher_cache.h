// What a teacher says of every video, computed once: teacher files (`vs.teacher/1`).
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/train/loop/companion.h"
#include "lib/train/tasks/taught_task.h"

namespace vs::train {

/// How the values are stored.
struct CacheOptions {
  std::string path;
  bool half = false;   ///< as float16, else float32
  bool force = false;  ///< a file of another run is replaced
};

/// What the outputs depend on: the teacher's model and the hash of its file, terms (what they compare, not how
/// strongly), sizes, views, seed, the training pipeline, the videos' names, how frames are read, and the precision of
/// the network; not the device, so that what a GPU computed serves elsewhere too. reading: options of the command that
/// say how frames are read.
nlohmann::ordered_json cache_key(const PreparedTraining& run, const TeachingOptions& options,
                                 const nlohmann::ordered_json& reading, bool half);

/// Runs the teacher of a task, which is loaded, on every view of every video and writes the file, beside a manifest. A
/// killed run goes on. Videos that cannot be read have no outputs, and are told.
///
/// Datasets: for each term one of its name [rows, ...] (float32 or float16), video_id and view [rows]. Root attributes:
/// key (JSON: cache_key()). Throws DataError where outputs of two videos have different shapes, are not finite, or
/// beyond what a half holds; Interrupted; RunError for a full disk.
void compute_teacher_outputs(const PreparedTraining& run, TaughtTask& task, const CacheOptions& options,
                             const nlohmann::ordered_json& key, const std::vector<std::string>& command);

/// Whether there is a whole file at the path.
bool cache_is_there(const std::string& path);

/// Outputs from a file. Files of up to 512 MiB are held in memory, others are read row by row.
class TeacherFile final : public TeacherOutputs {
 public:
  /// data must outlive the object. Throws DataError for a file that is damaged, UsageError naming the first difference
  /// if its key is another than `key`.
  TeacherFile(const std::string& path, const nlohmann::ordered_json& key, const std::vector<DistillationTerm>& terms,
              const data::Dataset& data, int64_t views);
  ~TeacherFile() override;
  std::vector<at::Tensor> of(const std::vector<int64_t>& items, int64_t view) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::train

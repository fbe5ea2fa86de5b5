// What a distillation gained: accuracy of the student with and without its teacher, beside what both cost.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/train/loop/companion.h"

namespace vs::train {

struct ReportRequest {
  std::string baseline, teacher_metrics;  ///< a run's folder, `vs.metrics/1`, or scores; empty: none
};

/// Reads what the request names, before a run that would end in vain. Throws as make_report().
void check_report_request(const ReportRequest& request);

/// `vs.distillation_report/1`. The student's figures are those of --test-best, else --test-last, else of the last
/// validation; those of a folder the same ones, or the next of this order that it has. With scores of both there is a
/// paired test: McNemar's where every video has one label, else a bootstrap of the difference of mAP.
/// Throws DataError for a path that holds no figures, and score files of other videos.
nlohmann::ordered_json make_report(const FinishedTraining& run, const ReportRequest& request);

/// The report as a table for people.
std::string report_table(const nlohmann::ordered_json& report);

}  // namespace vs::train

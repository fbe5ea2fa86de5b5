#include "lib/flops/published_parameters.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/flops/published.h"

namespace vs::flops {
namespace {

ParameterComparison compare(const std::string& printed, int64_t counted) {
  return {"here", parse_parameters(printed, "here"), counted};
}

}  // namespace

TEST_CASE("a published number is met to the digits that were printed") {
  CHECK(compare("23864558", 23864558).agrees());
  CHECK_FALSE(compare("23864558", 23864559).agrees());
  for (const int64_t count : {24325000, 24327632, 24334999, 24335000}) CHECK(compare("24.33 M", count).agrees());
  for (const int64_t count : {24324999, 24335001, 24330, 0}) CHECK_FALSE(compare("24.33 M", count).agrees());
  CHECK(compare("24 M", 23500000).agrees());
  CHECK_FALSE(compare("24.0 M", 23500000).agrees());
  CHECK(compare("0.159 G", 158772289).agrees());
  CHECK(compare("1.5 K", 1549).agrees());
  for (const char* text : {"24.33 m", "24,3 M", "-1", "24.33 M M", " "}) CHECK_THROWS_AS(compare(text, 1), DataError);
}

TEST_CASE("every number of parameters that was published is that of the recipe, or a reason is given") {
  const auto comparisons = compare_parameters(store::recipe_names());
  CHECK(comparisons.size() >= 18);
  int reasons = 0;
  for (const ParameterComparison& c : comparisons) {
    CAPTURE(c.recipe);
    CHECK(c.explained());
    CHECK(c.agrees() == c.published.reason.empty());
    if (!c.agrees()) ++reasons;
  }
  CHECK(reasons == 1);
}

TEST_CASE("both kinds of figures stand in one table of the spreadsheet") {
  const std::vector<std::string> names{"DRCA-S-224"};
  const std::string csv = published_csv(compare_published(names), compare_parameters(names));
  CHECK(csv.find("\nDRCA-S-224,1x3x8x224x224,gflops,fvcore,50.8,50.78") != std::string::npos);
  CHECK(csv.find("\nDRCA-S-224,,parameters,,30625352,30625352,0.000000,") != std::string::npos);
}

}  // namespace vs::flops

// `ttmem check`: whether what was recorded keeps within limits; for people, and for what reads the log of a CI.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/check.h"

namespace ttmem {

std::string check_text(const CheckValues& values, const Look& look);

// Commands of GitHub's workflows: an annotation for each line that is not passed.
std::string check_annotations(const CheckValues& values);

// A test suite in the form of JUnit. What is inconclusive is an error there, so that no one takes it for passed.
std::string check_junit(const CheckValues& values);

}  // namespace ttmem

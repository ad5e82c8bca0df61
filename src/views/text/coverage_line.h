// What is known to be missing, as lines under a view.
#pragma once

#include <string>
#include <vector>

#include "src/analysis/leaks/judgement.h"
#include "src/model/coverage.h"
#include "src/model/snapshot.h"
#include "src/views/text/look.h"

namespace ttmem {

// At most a handful of notes; JSON has them all. "" when nothing is missing and there is nothing to note; else lines
// that begin with "Incomplete:" or "Note:".
std::string coverage_lines(const Coverage& coverage, const Look& look);

// Of an answer about these processes: a line for what is missing, and one for the notes of processes of which nothing
// is.
std::string coverage_lines(const Coverage& coverage, const std::vector<const Process*>& processes, const Look& look);
std::string coverage_lines(const Snapshot& snapshot, const Look& look);

// What comes first of a sentence of a judgement, then its figures and its advice, each on a line of its own.
std::string below_each_other(std::string_view sentence);

// "Not judged: ...": of each sentence of the judgement; "" where all was judged.
std::string not_judged_lines(const Judgement& judgement, const Look& look);

}  // namespace ttmem

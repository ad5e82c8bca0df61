// `ttmem explain --last` as text.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/last_failure.h"

namespace ttmem {

// Why it failed, who held what, and the core or bank as a picture.
std::string last_failure_text(const LastFailureValues& values, bool ascii, const Look& look);

// Why it failed and who held the most of the pool then, in one line: what to read first.
std::string last_failure_verdict(const LastFailure& failure, const Look& look);

// Where Python made what was held, and its lines were not recorded: how to have them; "" else.
std::string stacks_hint(const LastFailure& failure);

// Chip, pool and owner, with bytes; totals of each pool add up.
std::string held_table(const LastFailureValues& values, const Look& look);

}  // namespace ttmem

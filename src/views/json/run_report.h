// The end of `ttmem run`: a summary for people, and the report for machines (schema "ttmem.run/1").
#pragma once

#include "src/views/json/list_document.h"
#include "src/views/values/run_report.h"

namespace ttmem {

// `values` has to live as long as the document.
ListDocument run_json(const RunValues& values);

}  // namespace ttmem

// Whether a program fits machines (schema "ttmem.fit/1").
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/fit.h"

namespace ttmem {

Json fit_json(const FitValues& values);

}  // namespace ttmem

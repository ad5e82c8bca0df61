// What is in a capture, as a document: "ttmem.info/1".
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/info.h"

namespace ttmem {

Json info_json(const InfoValues& values);

}  // namespace ttmem

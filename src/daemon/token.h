// The token in the address of a served page: 32 hexadecimal digits that nobody can guess.
#pragma once

#include <string>

#include "src/base/result.h"

namespace ttmem {

Result<std::string> new_token();

// The token that the file has, which only its owner can read, or a new one that is written there first. With it an
// address outlives its server.
Result<std::string> kept_token(const std::string& path);

}  // namespace ttmem

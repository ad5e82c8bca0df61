// `ttmem doctor`: what was checked, what was found, and what to do about it.
#pragma once

#include <string>
#include <vector>

#include "src/views/text/json.h"
#include "src/views/text/look.h"

namespace ttmem {

enum class Health : uint8_t { kOk, kWarning, kFailure };

struct Finding {
    Health health = Health::kOk;
    std::string check;  // what was looked at: "ledger directory"
    std::string found;  // foreign names in it are not escaped
    std::string next;   // what to do; "" when nothing is to be done
};

// The worst of them.
Health overall(const std::vector<Finding>& findings);

std::string findings_text(const std::vector<Finding>& findings, const Look& look);
Json findings_json(const std::vector<Finding>& findings, WallTime generated_at);

}  // namespace ttmem

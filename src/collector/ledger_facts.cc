#include "src/collector/ledger_facts.h"

#include "src/ledger/geometry.h"
#include "src/ledger/layout.h"

namespace ttmem {

LedgerRoom ledger_room() {
    const ledger::Geometry geometry;
    return {geometry.start_bytes(), geometry.total_bytes()};
}

std::string ledger_format() {
    return std::to_string(ledger::kFormatMajor) + "." + std::to_string(ledger::kFormatMinor);
}

}  // namespace ttmem

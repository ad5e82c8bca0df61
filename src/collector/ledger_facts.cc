#include "src/collector/ledger_facts.h"

#include <cstring>

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

bool is_ledger(const void* bytes, size_t size) {
    return size >= sizeof ledger::kMagic && std::memcmp(bytes, &ledger::kMagic, sizeof ledger::kMagic) == 0;
}

}  // namespace ttmem

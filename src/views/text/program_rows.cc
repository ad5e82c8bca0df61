#include "src/views/text/program_rows.h"

#include <fmt/format.h>

#include <algorithm>

namespace ttmem {

std::string each_text(std::string bytes, size_t chips) { return chips > 1 ? std::move(bytes) + " each" : bytes; }

std::string resident_text(const ProgramCbs& cbs, size_t chips, const Look& look) {
    const std::vector<ProgramCbs::OnChip>& on = cbs.resident_on;
    const bool alike = on.size() == chips && std::all_of(on.begin(), on.end(), [&](const ProgramCbs::OnChip& chip) {
                           return chip.cores == on.front().cores;
                       });
    if (cbs.resident_bytes == 0 || chips == 0) return look.bytes(0);
    if (alike) return each_text(look.bytes(cbs.resident_bytes / chips), chips);
    return fmt::format("{} on {} of {}", look.bytes(cbs.resident_bytes), on.size(), chips);
}

std::string_view kind_title(CbKind kind) {
    return kind == CbKind::kDataflow ? "DFB" : kind == CbKind::kScratchpad ? "scratchpad" : "CB";
}

}  // namespace ttmem

#include "src/collector/incarnations.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <tuple>

#include "src/base/text.h"

namespace ttmem {

std::vector<const FoundLedger*> incarnations_of(std::vector<const FoundLedger*> all, const Interest& interest,
                                                const System& system, Coverage& coverage) {
    if (!interest.pid || interest.all_incarnations || all.size() <= 1) return all;
    const std::array<uint8_t, 16> boot = system.boot_id();
    const auto began = [&](const FoundLedger* found) {
        const bool same_boot = std::memcmp(boot.data(), found->header.boot_id, boot.size()) == 0;
        return std::make_tuple(same_boot, found->header.start_ticks, found->file->facts().modified_at);
    };
    std::vector<const FoundLedger*> shown;
    std::ranges::copy_if(all, std::back_inserter(shown), [](const auto* found) { return found->file->writer_lives(); });
    if (shown.empty()) shown = {*std::ranges::max_element(all, {}, began)};
    if (shown.size() < all.size()) {
        coverage.note("pid " + std::to_string(*interest.pid) + " was also that of " +
                          counted(all.size() - shown.size(), "earlier process", "earlier processes") +
                          ", not shown: --all-incarnations shows all",
                      false);
    }
    return shown;
}

}  // namespace ttmem

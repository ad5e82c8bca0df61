#include "src/collector/written_ledgers.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "src/base/fd.h"
#include "src/collector/discovery.h"

namespace ttmem {
namespace {

// A file that got its name later, as a rule, is called by its number: "/dev/shm/ttmem-0/#4711 (deleted)". No other
// memory is looked at, which may be a device's.
bool may_be_ledger(std::string_view mapping) {
    const auto has = [&](std::string_view part) { return mapping.find(part) != std::string_view::npos; };
    return has(" rw-s 00000000 ") && (has("/#") || has("/.new.") || has(".ledger"));
}

// Nothing where there is none.
std::optional<WrittenLedger> ledger_at(uint64_t address, int memory) {
    FoundLedger found{};
    const ssize_t size = ::pread(memory, &found.header, sizeof found.header, static_cast<off_t>(address));
    if (size < 0) return WrittenLedger{};
    if (size != static_cast<ssize_t>(sizeof found.header) || found.header.magic != ledger::kMagic) return std::nullopt;
    return WrittenLedger{found.id(), found.run()};
}

}  // namespace

std::vector<WrittenLedger> written_ledgers(uint32_t pid, std::string_view maps) {
    std::vector<WrittenLedger> written;
    ScopedFd memory;
    while (!maps.empty()) {
        const size_t end = std::min(maps.find('\n'), maps.size());
        const std::string_view mapping = maps.substr(0, end);
        maps.remove_prefix(std::min(end + 1, maps.size()));
        uint64_t address = 0;
        if (!may_be_ledger(mapping) ||
            std::from_chars(mapping.data(), mapping.data() + mapping.size(), address, 16).ec != std::errc{})
            continue;
        if (!memory) memory.reset(::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
        if (const auto ledger = ledger_at(address, memory.get())) written.push_back(*ledger);
    }
    return written;
}

}  // namespace ttmem

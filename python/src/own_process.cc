#include "python/src/own_process.h"

#include <unistd.h>

#include <memory>
#include <utility>

#include "src/collector/collector.h"
#include "src/collector/system.h"

namespace ttmem::python {
namespace {

// Of the process that it was made in: a forked child has another ledger.
struct Reader {
    pid_t process = getpid();
    std::unique_ptr<System> system = real_system();
    Collector collector{*system, {.pid = static_cast<uint32_t>(getpid()), .dead = false}};
    bool found = false;
};

std::optional<OwnProcess> look(Reader& reader, bool with_allocations) {
    Snapshot snapshot = reader.collector.collect({.allocations = with_allocations});
    for (uint32_t i = 0; i < snapshot.processes.size(); ++i) {
        // In another namespace of pids a process may say the same of itself.
        if (snapshot.processes[i].pid_verified) return OwnProcess{std::move(snapshot), ProcessIndex{i}};
    }
    return std::nullopt;
}

}  // namespace

std::optional<OwnProcess> own_process(bool with_allocations) {
    static std::unique_ptr<Reader> reader;
    if (reader == nullptr || reader->process != getpid()) reader = std::make_unique<Reader>();
    if (!reader->found) reader->collector.refresh();
    std::optional<OwnProcess> own = look(*reader, with_allocations);
    reader->found = own.has_value();
    return own;
}

std::string place_name(const Place& place) {
    return (place.kind == PlaceKind::kChip ? "chip " : "mesh ") + std::to_string(place.number);
}

}  // namespace ttmem::python

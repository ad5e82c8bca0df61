#include <unistd.h>

#include <map>
#include <optional>
#include <utility>

#include "python/src/module.h"
#include "python/src/own_process.h"
#include "src/analysis/leaks/compiles.h"
#include "src/base/text.h"
#include "src/collector/follower.h"
#include "src/collector/system.h"
#include "src/model/snapshot.h"

namespace ttmem::python {

namespace nb = nanobind;

namespace {

// One live allocation, its numbers resolved.
struct LiveAllocation {
    Allocation raw;
    std::string pool, allocation_class, op, tag, place;
    std::vector<uint64_t> chips;
};

struct Allocations {
    std::vector<LiveAllocation> live;
    Coverage coverage;
};

std::optional<Allocations> own_allocations() {
    std::optional<OwnProcess> own = own_process(true);
    if (!own) return std::nullopt;
    const Snapshot& snapshot = own->snapshot;
    Allocations result;
    result.coverage = own->process().coverage;
    for (const Allocation& a : snapshot.allocations) {
        if (a.process != own->index || a.released) continue;
        const Place& place = snapshot.place_of(a);
        LiveAllocation live{a,
                            std::string(pool_name(a.pool)),
                            std::string(class_name(a.allocation_class)),
                            snapshot.texts.at(a.op),
                            snapshot.texts.at(a.tag),
                            place_name(place),
                            {}};
        for (const ChipId chip : place.chips) live.chips.push_back(chip.value);
        result.live.push_back(std::move(live));
    }
    return result;
}

// What operations of ttnn keep with programs that they compile, as the built-in suppression of the commands has it.
std::map<uint64_t, bool> own_tables() {
    const std::optional<OwnProcess> own = own_process(false);
    if (!own) return {};
    const auto system = real_system();
    const Recording recording = live_recording(*system, {.pid = static_cast<uint32_t>(getpid()), .dead = false});
    const std::vector<Process>& processes = recording.end.processes;
    Compiles compiles;
    std::vector<Event> block;
    for (recording.source->rewind(); recording.source->next(block);) {
        for (const Event& event : block) compiles.applied(event);
    }
    for (uint32_t p = 0; p < processes.size(); ++p) {
        if (processes[p].ledger == own->process().ledger) return compiles.tables_of(p);
    }
    return {};
}

// A member of the raw allocation, as a property.
template <auto kMember>
auto raw(const LiveAllocation& a) {
    return a.raw.*kMember;
}

// "<Allocation 24.0 KiB dram ttnn.add [weights] 0x20 of mesh 1>": reserved on each of its chips.
std::string repr(const LiveAllocation& a) {
    const std::string op = a.op.empty() ? "no operation" : a.op;
    const std::string tag = a.tag.empty() ? "" : " [" + a.tag + "]";
    return "<Allocation " + human_bytes(a.raw.reserved_bytes()) + " " + a.pool + " " + op + tag + " " +
           hex64(a.raw.address.value) + " of " + a.place + ">";
}

}  // namespace

void bind_allocations(nb::module_& module) {
    nb::class_<LiveAllocation>(module, "Allocation", "One live block, on every chip of its place at the same address.")
        .def("__repr__", &repr)
        .def_prop_ro("handle", &raw<&Allocation::handle>)
        .def_prop_ro("address", [](const LiveAllocation& a) { return a.raw.address.value; })
        .def_prop_ro("requested_bytes", &raw<&Allocation::requested_bytes>)
        .def_prop_ro("reserved_bytes", [](const LiveAllocation& a) { return a.raw.reserved_bytes(); })
        .def_prop_ro("since", &raw<&Allocation::since>, "Nanoseconds since 1970; 0 unknown.")
        .def_prop_ro("thread", &raw<&Allocation::thread>)
        .def_prop_ro("iteration", &raw<&Allocation::iteration>)
        .def_prop_ro("persistent", &raw<&Allocation::persistent>)
        .def_ro("pool", &LiveAllocation::pool)
        .def_ro("kind", &LiveAllocation::allocation_class, "tensor, program, trace, runtime, unknown.")
        .def_ro("op", &LiveAllocation::op)
        .def_ro("tag", &LiveAllocation::tag)
        .def_ro("place", &LiveAllocation::place)
        .def_ro("chips", &LiveAllocation::chips);
    nb::class_<Allocations>(module, "Allocations", "All live allocations of this process, and what the list lacks.")
        .def_ro("live", &Allocations::live)
        .def_ro("coverage", &Allocations::coverage);
    module.def("own_allocations", &own_allocations, "None where nothing of this process was recorded.");
    module.def(
        "own_tables", &own_tables,
        "By handle, what came with compiled programs and is no result of their calls; False: too few calls tell. "
        "Of what the history has (level `events`).");
}

}  // namespace ttmem::python

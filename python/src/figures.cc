#include <optional>

#include "python/src/module.h"
#include "python/src/own_process.h"
#include "src/model/chip.h"

namespace ttmem::python {

namespace nb = nanobind;

void bind_figures(nb::module_& module) {
    nb::class_<Interval>(module, "Interval", "A figure that lies between two bounds; exact when they meet.")
        .def_ro("low", &Interval::low)
        .def_ro("high", &Interval::high)
        .def_prop_ro("exact", &Interval::exact);

    nb::class_<PoolUse>(module, "PoolUse", "Of one pool of one chip, in bytes; None where it is not known.")
        .def_ro("requested_bytes", &PoolUse::requested_bytes)
        .def_ro("reserved_bytes", &PoolUse::reserved_bytes)
        .def_ro("allocations", &PoolUse::allocations)
        .def_ro("peak_requested", &PoolUse::peak_requested)
        .def_ro("peak_reserved", &PoolUse::peak_reserved)
        .def_ro("capacity_bytes", &PoolUse::capacity_bytes)
        .def_ro("is_bound", &PoolUse::is_bound, "Figures of now are at least so much.");

    nb::class_<ChipUse>(module, "ChipUse", "What this process uses of one chip.")
        .def_prop_ro("chip_id", [](const ChipUse& use) { return use.chip.id.value; })
        .def_prop_ro("logical_id", [](const ChipUse& use) { return use.chip.logical_id; })
        .def_prop_ro("arch", [](const ChipUse& use) { return use.chip.arch; })
        .def_prop_ro(
            "cb_core_bytes", [](const ChipUse& use) { return use.cb.largest_core_bytes; },
            "What circular buffers of live programs reserve on the core that has most; None: not known.")
        .def_prop_ro("cb_is_bound", [](const ChipUse& use) { return use.cb.is_bound; })
        .def(
            "banks",
            [](const ChipUse& use, const std::string& name) -> std::optional<uint64_t> {
                const auto& banks = use.chip.pools[static_cast<size_t>(pool_from_name(name).value())];
                return banks ? std::optional(banks->banks) : std::nullopt;
            },
            nb::arg("pool"))
        .def(
            "pool", [](const ChipUse& use, const std::string& name) { return use.pool(pool_from_name(name).value()); },
            nb::arg("name"));

    nb::class_<Process>(module, "Process", "This process, as its ledger has it.")
        .def_ro("pid", &Process::pid)
        .def_ro("level", &Process::level)
        .def_ro("runtime", &Process::runtime, "What is followed, as its adapter says.")
        .def_ro("chips", &Process::chips)
        .def_ro("failed_allocations", &Process::failed_allocations)
        .def_ro("coverage", &Process::coverage);

    module.def(
        "own_process",
        [] {
            const std::optional<OwnProcess> own = own_process(false);
            return own ? std::optional<Process>(own->process()) : std::nullopt;
        },
        "This process now; None where nothing of it was recorded.");
    module.attr("POOLS") = [] {
        nb::list names;
        for (const Pool pool : kChipPools) names.append(std::string(pool_name(pool)));
        return nb::tuple(names);
    }();
}

}  // namespace ttmem::python

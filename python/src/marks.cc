#include "adapters/preload/marks.h"

#include <dlfcn.h>

#include <optional>
#include <vector>

#include "python/src/module.h"
#include "src/model/pool.h"

namespace ttmem::python {

namespace nb = nanobind;

namespace {

// Of libttmem_preload.so, which may come at any time, or never.
struct Entries {
    decltype(&ttmem_preload_mark) mark = nullptr;
    decltype(&ttmem_preload_since) since = nullptr;
    decltype(&ttmem_preload_unmark) unmark = nullptr;
    decltype(&ttmem_preload_live_state) live_state = nullptr;  // of newer ones
};

template <class Function>
void find(Function& function, const char* name) {
    function = reinterpret_cast<Function>(::dlsym(RTLD_DEFAULT, name));
}

const Entries* entries() {
    static Entries found;
    if (found.mark != nullptr) return &found;
    find(found.since, "ttmem_preload_since");
    find(found.unmark, "ttmem_preload_unmark");
    find(found.live_state, "ttmem_preload_live_state");
    if (found.since != nullptr && found.unmark != nullptr) find(found.mark, "ttmem_preload_mark");
    return found.mark != nullptr ? &found : nullptr;
}

uint32_t mark() {
    const Entries* preload = entries();
    return preload != nullptr ? preload->mark() : uint32_t{TTMEM_PRELOAD_NO_MARK};
}

void unmark(uint32_t number) {
    if (const Entries* preload = entries(); preload != nullptr) preload->unmark(number);
}

uint64_t live_state() {
    const Entries* preload = entries();
    return preload != nullptr && preload->live_state != nullptr ? preload->live_state() : 0;
}

// What is so since a mark, by chip.
struct Since {
    std::vector<ttmem_preload_use> chips;
};

std::optional<Since> since(uint32_t number) {
    const Entries* preload = entries();
    if (preload == nullptr) return std::nullopt;
    ttmem_preload_use uses[64];
    const int count = preload->since(number, uses, 64);
    if (count < 0) return std::nullopt;
    return Since{{uses, uses + count}};
}

nb::dict by_chip(const Since& since) {
    nb::dict chips;
    for (const ttmem_preload_use& use : since.chips) {
        nb::dict pools;
        for (const Pool pool : kChipPools) {
            const auto p = static_cast<size_t>(pool);
            const std::string name(pool_name(pool));
            pools[nb::str(name.c_str())] = nb::make_tuple(use.began[p], use.now[p], use.most[p]);
        }
        chips[nb::int_(use.chip_id)] = pools;
    }
    return chips;
}

}  // namespace

void bind_marks(nb::module_& module) {
    module.def("mark", &mark, "Marks this moment; 0 where no tt-metal is followed so far.");
    nb::class_<Since>(module, "Since", "Reserved bytes since a mark.")
        .def("by_chip", &by_chip, "{chip_id: {pool: (at the mark, now, most)}}");
    module.def("since", &since, nb::arg("mark"), "None: there is no such mark.");
    module.def("unmark", &unmark, nb::arg("mark"));
    module.def("live_state", &live_state, "The same as before: what is live is the same, all recorded; 0: not known.");
    module.def(
        "follows", [] { return entries() != nullptr; }, "Whether libttmem_preload.so is loaded.");
}

}  // namespace ttmem::python

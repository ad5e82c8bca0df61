#include <dlfcn.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/preload/observer.h"
#include "python/src/module.h"
#include "python/src/own_process.h"
#include "src/model/snapshot.h"

namespace ttmem::python {

namespace nb = nanobind;

namespace {

// One failed allocation, its numbers resolved.
struct OwnFailure {
    Failure raw;
    std::string kind, pool, op, tag, place;
    std::vector<uint32_t> chips;
};

struct OwnFailures {
    uint64_t count = 0;              // since the start of this process
    std::vector<OwnFailure> newest;  // those that were kept, oldest first
};

OwnFailures own_failures() {
    const std::optional<OwnProcess> own = own_process(false);
    if (!own) return {};
    const Snapshot& snapshot = own->snapshot;
    OwnFailures result{.count = own->process().failed_allocations, .newest = {}};
    for (const Failure& raw : own->process().failures) {
        OwnFailure failure{raw,
                           std::string(failure_kind_name(raw.kind)),
                           std::string(pool_name(raw.pool)),
                           snapshot.texts.at(raw.op),
                           snapshot.texts.at(raw.tag),
                           {},
                           {}};
        if (raw.place) {
            const Place& place = snapshot.places.at(raw.place->value);
            failure.place = place_name(place);
            for (const ChipUse& use : own->process().chips) {
                const bool there = std::find(place.chips.begin(), place.chips.end(), use.chip.id) != place.chips.end();
                if (there && use.chip.logical_id) failure.chips.push_back(*use.chip.logical_id);
            }
        }
        result.newest.push_back(std::move(failure));
    }
    return result;
}

PyObject* teller = nullptr;  // what Python wants to be called

// With Python's lock. What it raises is said by sys.unraisablehook; what was raised before stays.
void tell(bool is_outside) {
    if (teller == nullptr) return;
    const nb::error_scope raised;
    if (PyObject* result = PyObject_CallFunction(teller, "i", is_outside ? 1 : 0); result != nullptr) {
        Py_DECREF(result);
    } else {
        PyErr_WriteUnraisable(teller);
    }
}

void after_operation() { tell(false); }

int in_main_thread(void*) {
    tell(true);
    return 0;
}

// Inside of tt-metal, maybe without Python's lock: the main thread does it when it comes to it.
void ask_main_thread() { Py_AddPendingCall(&in_main_thread, nullptr); }

bool observe_failures(const nb::object& function) {
    decltype(&ttmem_preload_observe_failures) observe = nullptr;
    observe = reinterpret_cast<decltype(observe)>(::dlsym(RTLD_DEFAULT, "ttmem_preload_observe_failures"));
    if (observe == nullptr) return false;
    const bool wants = !function.is_none();
    observe(wants ? &after_operation : nullptr, wants ? &ask_main_thread : nullptr);
    PyObject* before = std::exchange(teller, wants ? nb::object(function).release().ptr() : nullptr);
    Py_XDECREF(before);
    return true;
}

template <auto kMember>
auto raw(const OwnFailure& failure) {
    return failure.raw.*kMember;
}

}  // namespace

void bind_failures(nb::module_& module) {
    nb::class_<OwnFailure>(module, "Failure", "One failed allocation; None is not known.")
        .def_ro("kind", &OwnFailure::kind)
        .def_ro("pool", &OwnFailure::pool)
        .def_ro("op", &OwnFailure::op)
        .def_ro("tag", &OwnFailure::tag)
        .def_ro("place", &OwnFailure::place)
        .def_ro("chips", &OwnFailure::chips, "Numbers of the runtime.")
        .def_prop_ro("at", &raw<&Failure::at>, "Nanoseconds since 1970; 0 unknown.")
        .def_prop_ro("thread", &raw<&Failure::thread>)
        .def_prop_ro("requested_bytes", &raw<&Failure::requested_bytes>)
        .def_prop_ro("banks", &raw<&Failure::banks>)
        .def_prop_ro("bytes_per_bank", &raw<&Failure::bytes_per_bank>)
        .def_prop_ro("bank_bytes", &raw<&Failure::bank_bytes>)
        .def_prop_ro("allocated_per_bank", &raw<&Failure::allocated_per_bank>)
        .def_prop_ro("free_per_bank", &raw<&Failure::free_per_bank>)
        .def_prop_ro("largest_free_per_bank", &raw<&Failure::largest_free_per_bank>);
    nb::class_<OwnFailures>(module, "Failures", "Those of this process.")
        .def_ro("count", &OwnFailures::count, "Since its start.")
        .def_ro("newest", &OwnFailures::newest, "Those that were kept, oldest first.");
    module.def("own_failures", &own_failures);
    module.def("observe_failures", &observe_failures, nb::arg("function").none(),
               "Calls it after each failure; None ends that. False: no libttmem_preload.so is there that tells.");
}

}  // namespace ttmem::python

#include "src/model/coverage.h"

#include <string>

#include "python/src/module.h"
#include "src/base/text.h"

namespace ttmem::python {

namespace nb = nanobind;

void bind_coverage(nb::module_& module) {
    nb::class_<Coverage>(module, "Coverage", "What is known to be missing from an answer.")
        .def_ro("complete", &Coverage::complete, "No figure is off or absent.")
        .def_ro("events_lost", &Coverage::events_lost)
        .def_ro("untracked_allocations", &Coverage::untracked_allocations, "That were not recorded, ever.")
        .def_ro("untracked_bytes", &Coverage::untracked_bytes)
        .def_ro("untracked_now_allocations", &Coverage::untracked_now_allocations, "Those that may still be live.")
        .def_ro("untracked_now_bytes", &Coverage::untracked_now_bytes)
        .def_ro("notes", &Coverage::notes, "Sentences for people.")
        .def("__repr__", [](const Coverage& coverage) {
            std::string text = coverage.complete ? "Coverage: complete" : "Coverage: incomplete";
            for (const std::string& note : coverage.notes) text += "\n  " + printable(note);
            return text;
        });
}

}  // namespace ttmem::python

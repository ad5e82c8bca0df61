#include <ttmem/ttmem.h>

#include "python/src/module.h"

namespace ttmem::python {

namespace nb = nanobind;

void bind_recording(nb::module_& module) {
    module.def(
        "intern", [](const char* text) { return ttmem_intern(text); }, nb::arg("text"));
    module.def(
        "note", [](const char* text) { return static_cast<int>(ttmem_note(ttmem_intern(text), 0)); }, nb::arg("text"),
        "A sentence that stands wherever this process is told of.");
    module.def("set_tag", &ttmem_set_tag, nb::arg("tag"), "Returns the previous tag of this thread.");
    module.def("iteration_begin", [](ttmem_text name) { return static_cast<int>(ttmem_iteration_begin(name)); });
    module.def("iteration_end", [] { return static_cast<int>(ttmem_iteration_end()); });
    module.def("mark_persistent", [](ttmem_handle handle) { return static_cast<int>(ttmem_mark_persistent(handle)); });
    module.def("level", [] { return static_cast<int>(ttmem_get_level()); });
    module.def("set_level",
               [](int level) { return static_cast<int>(ttmem_set_level(static_cast<ttmem_level>(level))); });
}

}  // namespace ttmem::python

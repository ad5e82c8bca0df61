#include "python/src/module.h"

NB_MODULE(_native, module) {
    module.doc() = "What the package ttmem asks of its C++ libraries.";
    ttmem::python::bind_coverage(module);
    ttmem::python::bind_figures(module);
    ttmem::python::bind_allocations(module);
    ttmem::python::bind_marks(module);
    ttmem::python::bind_failures(module);
    ttmem::python::bind_recording(module);
}

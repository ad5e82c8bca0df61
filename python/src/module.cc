#include "python/src/module.h"

NB_MODULE(_native_once, module) {
    module.doc() = "What the package ttmem asks of its C++ libraries.";
    ttmem::python::bind_coverage(module);
    ttmem::python::bind_figures(module);
    ttmem::python::bind_allocations(module);
    ttmem::python::bind_marks(module);
    ttmem::python::bind_failures(module);
    ttmem::python::bind_recording(module);
}

// A process has one table of nanobind's types: that of another interpreter would take the place of the first one's.
extern "C" NB_EXPORT PyObject* PyInit__native() {
    if (PyInterpreterState_GetID(PyInterpreterState_Get()) == 0) return PyInit__native_once();
    PyErr_SetString(PyExc_ImportError,
                    "ttmem cannot be imported in a second interpreter of a process: its figures are those of the whole "
                    "process, import it in the first one");
    return nullptr;
}

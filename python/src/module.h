// The parts of the extension module, one for each concept of the package `ttmem`. They hand over values: what these
// mean to a user of Python is said in Python.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace ttmem::python {

void bind_coverage(nanobind::module_& module);     // what is missing from an answer
void bind_figures(nanobind::module_& module);      // what this process uses of its chips
void bind_allocations(nanobind::module_& module);  // its live allocations
void bind_marks(nanobind::module_& module);        // the most that was in use since a moment
void bind_failures(nanobind::module_& module);     // allocations that failed
void bind_recording(nanobind::module_& module);    // what this thread says of what it does

}  // namespace ttmem::python

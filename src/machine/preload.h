// What `ttmem run` puts into the programs that it starts, so that an unmodified tt-metal is followed: a library that
// the dynamic linker loads first, and a folder that Python looks into first.
#pragma once

#include <map>
#include <string>

namespace ttmem {

struct Preload {
    std::string library;    // libttmem_preload.so; "" where it is not installed
    std::string launcher;   // the folder of sitecustomize.py; "" where that, or what it loads, is not installed
    std::string problem;    // why a library that is installed cannot be loaded; then it is left out
    std::string mock = "";  // libttmem_mock.so, for mock runs; "" where it is not installed
    std::string launcher_problem = "";  // why there is no launcher; "" there is one
};

// Beside this program: in the tree it was built in, or below the prefix that it is installed to. The dynamic linker is
// asked whether it can load the library: a program that is to preload one whose libttmem.so.0 is missing would not
// start.
Preload find_preload();
Preload find_preload(const std::string& folder_of_program);

// LD_PRELOAD and PYTHONPATH with these in front of what this process has; empty where there is nothing to add.
// `on_mock`: the library for mock runs as well.
std::map<std::string, std::string> preload_environment(const Preload& preload, bool on_mock = false);

}  // namespace ttmem

// The names in a directory, one after the other, and what kept from reading them to the end.
//
// Not with std::filesystem: where memory is short, increment(error) of its iterators ends the program.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include "src/base/fd.h"

namespace ttmem {

// Calls `each` (name) for every entry but "." and "..", until it returns false. The error: why not all were read.
template <class Each>
std::error_code for_each_name(const std::string& path, const Each& each) {
    const ScopedDirectory directory(::opendir(path.c_str()));
    if (!directory) return {errno, std::generic_category()};
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(directory.get());
        if (entry == nullptr) return {errno, std::generic_category()};
        const std::string name = entry->d_name;
        if (name != "." && name != ".." && !each(name)) return {};
    }
}

}  // namespace ttmem

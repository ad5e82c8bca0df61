// The entries of an open directory.
#pragma once

#include <dirent.h>

#include <cerrno>

namespace ttmem {

// As readdir(), with errno 0 at the end.
inline const dirent* next_entry(DIR* listing) {
    errno = 0;
    return ::readdir(listing);
}

}  // namespace ttmem

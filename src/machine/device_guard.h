// Keeps a process and all that it starts away from the devices of Tenstorrent: for mock runs, beside the preloaded
// library that says so, because programs that are linked statically or call the kernel themselves load no library.
#pragma once

#include <string>

namespace ttmem {

// By Landlock (Linux 5.13): from now on opening a file below `devices` fails with EACCES, for good. Nothing else
// changes, but that set-user-ID programs keep the user's rights and that files which appear later beside `devices` or
// in the root folder itself cannot be opened. Returns whether it is so; where there are no devices nothing is done.
bool keep_away_from_devices(const std::string& devices = "/dev/tenstorrent");

}  // namespace ttmem

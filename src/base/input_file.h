// Files that people name, opened without ever waiting for another process.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/fd.h"
#include "src/base/result.h"

namespace ttmem {

// kFile: it is read at any place. kStream: once, from begin to end, so the pipe of `<(command)` will do, too.
enum class Input : uint8_t { kFile, kStream };

// Refuses what has no content or no end: folders, named pipes, sockets, devices, and "-", which is no file. Callers who
// read folders or standard input ask for that first. The error says in `why` what it is instead; `what` is of the
// caller.
Result<ScopedFd> open_input(const std::string& path, Input input);

// A file of text as a whole, from a stream, too. What is larger than `most_bytes` is refused.
Result<std::string> read_input(const std::string& path, size_t most_bytes);

}  // namespace ttmem

// The blocks of a capture as they lie in its file: heads and checked payloads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "src/base/fd.h"
#include "src/base/result.h"
#include "src/capture/blocks.h"
#include "src/model/snapshot.h"

namespace ttmem::capture {

class CaptureFile {
public:
    static Result<std::shared_ptr<const CaptureFile>> open(const std::string& path);

    const std::string& path() const { return path_; }
    uint64_t bytes() const { return bytes_; }  // when it was opened: what is appended later is not seen
    WallTime began_at() const { return began_at_; }
    uint32_t minor_version() const { return minor_; }  // of its format

    // The head at `offset`. What is wrong with it, a sentence; "" nothing.
    std::string read_head(uint64_t offset, BlockHead& head) const;
    // What follows a head that nothing is wrong with. False: it is damaged.
    bool read_payload(uint64_t offset, const BlockHead& head, Bytes& payload) const;

private:
    bool read(uint64_t offset, void* into, size_t size) const;

    std::string path_;
    ScopedFd file_;
    uint64_t bytes_ = 0;
    WallTime began_at_ = 0;
    uint32_t minor_ = 0;
};

}  // namespace ttmem::capture

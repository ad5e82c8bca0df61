#pragma once

#include <tt-metalium/buffer.hpp>

namespace tt::tt_metal {

class BufferAllocationObserver {
public:
    virtual ~BufferAllocationObserver() = default;
    virtual void track_allocate(const Buffer* buffer) = 0;
    virtual void track_deallocate(Buffer* buffer) = 0;
};

}  // namespace tt::tt_metal

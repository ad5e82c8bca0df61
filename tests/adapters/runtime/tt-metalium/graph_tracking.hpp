#pragma once

#include <any>
#include <span>
#include <string>
#include <string_view>

#include <tt-metalium/buffer.hpp>

namespace tt::tt_metal {

struct TrackedArgument {
    std::any value;
    std::string (*to_string_fn)(const std::any&);
};

class IGraphProcessor {
public:
    virtual ~IGraphProcessor() = default;
    virtual bool is_capture_processor() const { return true; }
    virtual void track_allocate(const Buffer*) {}
    virtual void track_deallocate(Buffer*) {}
    virtual void track_function_start(std::string_view, std::span<TrackedArgument>) {}
    virtual void track_function_end() {}
    virtual void track_function_end(const std::any&) {}
};

}  // namespace tt::tt_metal

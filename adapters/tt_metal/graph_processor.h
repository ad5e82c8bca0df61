// Tells ttmem which operation runs, and in a runtime without buffer observers of its buffers, too: an IGraphProcessor.
//
//   GraphTracker::instance().push_processor(std::make_shared<ttmem::tt_metal::GraphProcessor>());
//
// Processors are per thread: push one on each thread that runs operations, or let ThreadPool::enqueue hand them on. It
// is no capture: with it alone GraphTracker::is_enabled() stays false where tt-metal asks is_capture_processor().
//
// CB events of the graph are not taken: their free names no program, and would end the circular buffers of all
// (tracked_program.h knows better).
#pragma once

#include <tt-metalium/graph_tracking.hpp>

#include <any>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "adapters/tt_metal/buffer_observer.h"

namespace ttmem::tt_metal {

class GraphProcessor final : public ::tt::tt_metal::IGraphProcessor {
public:
    enum class Buffers { kObservedElsewhere, kHere };
    explicit GraphProcessor(Buffers buffers = Buffers::kObservedElsewhere) : buffers_(buffers) {}

    bool is_capture_processor() const override { return false; }

    void track_function_start(std::string_view name, std::span<::tt::tt_metal::TrackedArgument>) override {
        // Interned once per thread and name: ttmem_intern() may lock.
        thread_local std::map<std::string, ttmem_text, std::less<>> texts;
        auto text = texts.find(name);
        if (text == texts.end()) {
            std::string copy(name);
            const ttmem_text number = ttmem_intern(copy.c_str());
            text = texts.emplace(std::move(copy), number).first;
        }
        ttmem_op_begin(text->second);
    }
    void track_function_end() override { ttmem_op_end(); }
    void track_function_end(const std::any&) override { ttmem_op_end(); }

    void track_allocate(const ::tt::tt_metal::Buffer* buffer) override {
        if (buffers_ == Buffers::kHere) buffer_allocated(*buffer);
    }
    void track_deallocate(::tt::tt_metal::Buffer* buffer) override {
        if (buffers_ == Buffers::kHere) buffer_freed(*buffer);
    }

private:
    const Buffers buffers_;
};

}  // namespace ttmem::tt_metal

// Where `ttmem top` gets its figures from: running processes, looked at again and again, or a capture.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "src/apps/sources/tracked.h"
#include "src/base/result.h"
#include "src/collector/system.h"
#include "src/views/values/top.h"

namespace ttmem {

// What of a moment somebody looks at: the rest is not read.
struct TopWants {
    bool allocations = false;
    bool ended = false;        // what ended processes left
    bool layout = false;       // where everything lay
    bool exact_bytes = false;  // in sentences
};

class TopSource {
public:
    virtual ~TopSource() = default;

    // Reads what is now, as a new moment. Returns by how much numbers of moments have become smaller: the oldest go
    // when there are too many.
    virtual size_t look(const TopWants& wants) = 0;

    // The moment to begin with: the newest, or of what has ended the peak.
    virtual std::optional<size_t> opens_at() const { return std::nullopt; }

    // A moment, or the newest. What is returned lives until the next call.
    virtual TopValues at(std::optional<size_t> moment, const TopWants& wants) = 0;
};

// Processes of this machine. `system` must outlive it; `name`: what they are called together, "" nothing.
std::unique_ptr<TopSource> live_top_source(const System& system, const Asked& asked, std::string name = "");

Result<std::unique_ptr<TopSource>> capture_top_source(const std::string& file);

}  // namespace ttmem

// A small ledger in private memory, formatted as the library formats a new one.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "src/ledger/geometry.h"

namespace ttmem::crash {

class LedgerMemory {
public:
    explicit LedgerMemory(const ledger::Geometry& geometry);
    LedgerMemory(const LedgerMemory&) = delete;
    LedgerMemory& operator=(const LedgerMemory&) = delete;

    const ledger::WriterMap& map() const { return map_; }
    std::span<const std::byte> bytes() const { return {memory_.get(), map_.geometry.total_bytes()}; }

    // Registers chip record 0, and opens session `number` on it.
    void add_chip();
    void open_session(uint32_t number);

private:
    struct Free {
        void operator()(std::byte* memory) const;
    };

    std::unique_ptr<std::byte[], Free> memory_;
    ledger::WriterMap map_;
};

}  // namespace ttmem::crash

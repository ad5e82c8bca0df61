// The records of sessions in the ledger: which there are, which are open, and their rows.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/client/process/process.h"
#include "src/client/tables/growing.h"

namespace ttmem::client {

constexpr uint32_t kMaxSessions = 4096;  // that a slot can name

constexpr uint64_t with_state(uint64_t generation, ledger::SessionState state) {
    return generation << 8 | static_cast<uint64_t>(state);
}
inline uint64_t generation_of(const ledger::SessionRecord& record) { return record.control.load(kRelaxed) >> 8; }
inline ledger::SessionState state_of(const ledger::SessionRecord& record) {
    return static_cast<ledger::SessionState>(record.control.load(kRelaxed) & 0xff);
}

class SessionRecords {
public:
    // HOT, no lock.
    bool is_open(uint32_t session) const { return is_open_[session].load(std::memory_order_relaxed); }
    static ledger::Row* row(uint32_t session, uint32_t pool) {
        if (session == 0) return nullptr;
        if (pool >= ledger::kPools || session >= kRecords) return nullptr;  // not in one of ours
        return &process.map.sessions[session].rows[pool];
    }

    // What follows requires the book's lock.

    // Records below were used.
    uint32_t end() const { return used_; }
    // A record that never was used. 0: there is none left, or no memory for it.
    uint32_t take_unused();
    void set_open(uint32_t session, bool open) { is_open_[session].store(open, kRelease); }
    // A new ledger.
    void reset();

private:
    static constexpr size_t kRecords = ledger::Geometry{}.sessions;

    uint32_t used_ = 0;
    std::atomic<bool> is_open_[kMaxSessions] = {};
    Growing table_;
};

extern constinit SessionRecords session_records;

}  // namespace ttmem::client

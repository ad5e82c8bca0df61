// Sources that are not what a reader would like, for tests.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "src/reader/source.h"

namespace ttmem::ledger {

// Lets something happen right before its n-th read; all reads from number `failing` on fail.
class DisturbedSource final : public ByteSource {
public:
    static constexpr uint64_t kNever = UINT64_MAX;

    DisturbedSource(const MemorySource& whole, uint64_t nth, std::function<void()> change, uint64_t failing = kNever)
        : whole_(whole), nth_(nth), failing_(failing), change_(std::move(change)) {}

    uint64_t size() const override { return whole_.size(); }
    bool read(uint64_t offset, void* into, size_t bytes) const override {
        const uint64_t now = reads_++;
        if (now == nth_) change_();
        return now < failing_ && whole_.read(offset, into, bytes);
    }
    uint64_t reads() const { return reads_; }

private:
    const MemorySource whole_;
    const uint64_t nth_, failing_;
    const std::function<void()> change_;
    mutable uint64_t reads_ = 0;
};

}  // namespace ttmem::ledger

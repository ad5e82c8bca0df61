// How the parts of a failure's explanation are made: for failure_explanation.cc and its parts only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "src/analysis/failures/failure_explanation.h"
#include "src/base/text.h"

namespace ttmem {

// The trace region is divided over the DRAM banks, each share aligned to this (Blackhole's; a multiple of Wormhole's).
inline constexpr uint64_t kTraceAlignment = 64;
// So much of a core's L1 is no tensor.
inline constexpr uint64_t kFewL1Bytes = 32768;

inline std::optional<uint64_t> product_of(std::optional<uint64_t> a, std::optional<uint64_t> b) {
    uint64_t product = 0;
    if (!a || !b || __builtin_mul_overflow(*a, *b, &product)) return std::nullopt;
    return product;
}
inline std::optional<uint64_t> sum_of(std::optional<uint64_t> a, std::optional<uint64_t> b) {
    uint64_t sum = 0;
    if (!a || !b || __builtin_add_overflow(*a, *b, &sum)) return std::nullopt;
    return sum;
}
// Requires: step > 0.
inline std::optional<uint64_t> rounded_up(uint64_t bytes, uint64_t step) {
    return bytes % step == 0 ? std::optional(bytes) : sum_of(bytes, step - bytes % step);
}
// Requires: b > 0.
inline uint64_t parts_of(uint64_t a, uint64_t b) { return a / b + (a % b != 0); }

// Before what grows with the part of a message that was cut off.
inline std::string at_least(const FailureFigures& f) {
    const bool cut_number = f.last_may_be_cut && f.kind != FailureKind::kOutOfMemory;
    return f.per_bank_is_least || cut_number ? "at least " : "";
}
// "94.9%", "<0.1%"
inline std::string percent_text(uint64_t part, uint64_t whole) {
    const auto permille = static_cast<uint64_t>((static_cast<unsigned __int128>(part) * 1000 + whole / 2) / whole);
    if (permille == 0 && part != 0) return "<0.1%";
    return std::to_string(permille / 10) + "." + std::to_string(permille % 10) + "%";
}

// What a DRAM bank has less than the hardware's. tt-metal keeps some for itself, by its age and how it was built; the
// rest is the trace region's. nullopt where the message does not tell.
struct TakenOfBank {
    uint64_t bytes = 0;
    uint64_t kept = 0, profiled = 0;  // so much of it may be a newer tt-metal's own, and a profiler's
    bool of_region = false;           // these do not make it up: there is a trace region, of at least
    uint64_t least() const { return bytes - kept - profiled; }
};
std::optional<TakenOfBank> taken_of_bank(const FailureFigures& figures);

// Whether more cores than it asked for could hold a buffer of L1, as far as the message tells: a chip has at least so
// many as the most harvested one.
bool may_spread_over_cores(const FailureFigures& figures);

// Where a core's L1 ends, where the figures can only be those of one hardware; beyond l1_buffer_address.
std::optional<uint64_t> l1_end_of(const FailureFigures& figures);

// Whether L1 buffers leave what a program lays out less than half of what it needs, so that it is not the one to become
// smaller: what programs may use begins at 103,552 B or above it on every release since 0.66.
inline bool fills_l1(const FailureFigures& figures) {
    constexpr uint64_t kBase = 103'552;
    if (!figures.l1_buffer_address || !figures.cb_region_end || *figures.cb_region_end <= kBase) return false;
    const uint64_t room = *figures.l1_buffer_address - std::min(*figures.l1_buffer_address, kBase);
    return room < (*figures.cb_region_end - kBase) / 2;
}

// Asked, had, limit, cause, verdict and notes of the kinds that allocators report, and of the others.
void explain_memory(const FailureFigures& figures, FailureExplanation& explanation);
void explain_program(const FailureFigures& figures, FailureExplanation& explanation);
void explain_trace(const FailureFigures& figures, FailureExplanation& explanation);

// What the bytes of a remedy are of.
// What a verdict begins with where the figures of its message cannot all be right.
inline constexpr std::string_view kContradiction =
    "The figures of this message contradict each other, so trust neither them nor this: ";

inline constexpr std::string_view kOfChip = "chip", kOfBank = "bank", kOfCore = "core";
// What the message calls a bank: of L1 pools, each core is one.
inline std::string_view bank_of(const FailureFigures& figures) {
    return figures.pool == Pool::kL1 || figures.pool == Pool::kL1Small ? kOfCore : kOfBank;
}

// The remedies are added one by one, the best first.
struct Advice {
    const FailureFigures& f;
    const FailureExplanation& e;
    const Snapshot* snapshot;
    const OwnBlocks* own;
    std::vector<Remedy> remedies = {};
    std::string in_the_way = {};  // what the verdict says to do with which L1 buffers; "": it names none

    Remedy& add(std::string_view kind, std::string text) {
        remedies.push_back({kind, std::move(text), {}, {}, {}, {}, {}});
        return remedies.back();
    }
    void add_bytes(std::string_view kind, std::string text, std::optional<uint64_t> bytes, std::string_view per) {
        Remedy& remedy = add(kind, std::move(text));
        remedy.bytes = bytes;
        if (bytes) remedy.bytes_per = per;
    }
    // Of the call that failed: it cannot be freed before.
    bool is_own(const Allocation& allocation) const { return own != nullptr && own->has(allocation); }
    // "kv_cache of matmul at model.py:7 attention", with its process where there are several
    std::string owner_of(const Allocation& allocation) const;
    // "kv_cache of matmul at model.py:7 attention, at 5,000 (0x1388)"
    std::string name_of(const Allocation& allocation) const;
};
// What a clash's verdict ends with: what to do first. `buffers`: with which L1 buffers, or "".
std::string clash_advice(const FailureFigures& figures, const std::string& buffers);
void advise_memory(Advice& advice);
void advise_program(Advice& advice);
void advise_trace(Advice& advice);

}  // namespace ttmem

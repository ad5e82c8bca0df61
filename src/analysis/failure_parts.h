// How the parts of a failure's explanation are made: for failure_explanation.cc and its parts only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "src/analysis/failure_explanation.h"
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

// "94.9%"
inline std::string percent_text(uint64_t part, uint64_t whole) {
    const auto permille = static_cast<uint64_t>((static_cast<unsigned __int128>(part) * 1000 + whole / 2) / whole);
    return std::to_string(permille / 10) + "." + std::to_string(permille % 10) + "%";
}

// The trace region's part of a DRAM bank: what the bank has less than the hardware's, with or without what newer
// releases of tt-metal keep for themselves. nullopt where the message does not tell, or there may be none.
struct TraceShare {
    uint64_t least = 0, most = 0;
};
std::optional<TraceShare> trace_share_of(const FailureFigures& figures);

// Where a core's L1 ends, where the figures can only be those of one hardware.
std::optional<uint64_t> l1_end_of(const FailureFigures& figures);

// Asked, had, limit, cause, verdict and notes of the kinds that allocators report, and of the others.
void explain_memory(const FailureFigures& figures, FailureExplanation& explanation);
void explain_program(const FailureFigures& figures, FailureExplanation& explanation);
void explain_trace(const FailureFigures& figures, FailureExplanation& explanation);

// What the bytes of a remedy are of.
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
    std::vector<Remedy> remedies = {};

    Remedy& add(std::string_view kind, std::string text) {
        remedies.push_back({kind, std::move(text), {}, {}, {}, {}, {}});
        return remedies.back();
    }
    void add_bytes(std::string_view kind, std::string text, std::optional<uint64_t> bytes, std::string_view per) {
        Remedy& remedy = add(kind, std::move(text));
        remedy.bytes = bytes;
        if (bytes) remedy.bytes_per = per;
    }
    // "kv_cache of matmul, llama (100) at 0x1388"
    std::string name_of(const Allocation& allocation) const;
};
void advise_memory(Advice& advice);
void advise_program(Advice& advice);
void advise_trace(Advice& advice);

}  // namespace ttmem

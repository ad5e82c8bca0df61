// The memory pools of a chip, the classes of allocations and the verdicts on them, with the names that every output
// uses.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ttmem {

// Numbered as tt-metal's BufferType (and ttmem_pool). Disjoint: sums over pools are valid.
enum class Pool : uint8_t { kDram = 0, kL1 = 1, kSystem = 2, kL1Small = 3, kTrace = 4 };
constexpr size_t kPoolCount = 5;
constexpr std::array<Pool, kPoolCount> kAllPools = {Pool::kDram, Pool::kL1, Pool::kL1Small, Pool::kTrace,
                                                    Pool::kSystem};

// The pools that lie on a chip: what a chip's figures are made of.
constexpr std::array<Pool, 4> kChipPools = {Pool::kDram, Pool::kL1, Pool::kL1Small, Pool::kTrace};

std::string_view pool_name(Pool pool);  // "dram", "l1", "system", "l1_small", "trace"
std::optional<Pool> pool_from_name(std::string_view name);

enum class AllocationClass : uint8_t { kUnknown = 0, kTensor = 1, kProgram = 2, kTrace = 3, kRuntime = 4 };
std::string_view class_name(AllocationClass allocation_class);  // "unknown", "tensor", "program", "trace", "runtime"
std::optional<AllocationClass> class_from_name(std::string_view name);

// What became of an allocation; the first that fits wins (docs/glossary.md).
enum class Verdict : uint8_t { kLeaked, kCached, kReleasedByClose, kHeldAtExit, kUnknown };
std::string_view verdict_name(Verdict verdict);  // "leaked", "cached", "released_by_close", "held_at_exit", "unknown"

}  // namespace ttmem

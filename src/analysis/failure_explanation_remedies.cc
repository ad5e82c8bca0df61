#include "src/analysis/failure_explanation_remedies.h"

#include <algorithm>

#include "src/base/text.h"

namespace ttmem {
namespace {

// Nobody spreads one tensor over more chips than the largest machine of one host has.
constexpr uint64_t kMostChips = 32;
// Every Wormhole and Blackhole chip offers at least so many compute cores, however many of them are harvested.
constexpr uint64_t kFewestCores = 56;
// The trace region is divided over the DRAM banks, each share aligned to this (Blackhole's; a multiple of Wormhole's).
constexpr uint64_t kTraceAlignment = 64;
constexpr uint64_t kWormholeBanks = 12, kBlackholeBanks = 8;
constexpr size_t kMostNames = 3;

std::optional<uint64_t> times(uint64_t a, uint64_t b) {
    uint64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
    return product;
}
std::optional<uint64_t> plus(uint64_t a, uint64_t b) {
    uint64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
    return sum;
}
// Requires: step > 0.
std::optional<uint64_t> round_up(uint64_t bytes, uint64_t step) {
    return bytes % step == 0 ? bytes : plus(bytes, step - bytes % step);
}
// Requires: b > 0.
uint64_t parts(uint64_t a, uint64_t b) { return a / b + (a % b != 0); }

class Advisor {
public:
    Advisor(const FailureFigures& figures, const FailureExplanation& explanation, const Snapshot* snapshot)
        : f_(figures), e_(explanation), snapshot_(snapshot) {}

    std::vector<Remedy> advise() {
        switch (e_.cause) {
            case FailureCause::kUnknown:
                against_unknown();
                break;
            case FailureCause::kCbClash:
                against_clash();
                break;
            case FailureCause::kCbOverflow:
                against_overflow();
                break;
            case FailureCause::kTraceRegion:
                against_trace_region();
                break;
            default:
                against_memory();
        }
        if (remedies_.size() > kMostRemedies) remedies_.resize(kMostRemedies);
        return std::move(remedies_);
    }

private:
    void add(std::string text, std::optional<uint64_t> bytes = std::nullopt) {
        remedies_.push_back({std::move(text), bytes});
    }

    // What helps against a full pool and a fragmented one alike.
    void against_unknown() {
        if (f_.kind != FailureKind::kOutOfMemory) return;
        if (f_.pool == Pool::kL1) use_dram();
        if (!f_.bytes_per_bank) return;
        const std::optional<uint64_t> surely = f_.bank_bytes ? plus(*f_.bank_bytes, *f_.bytes_per_bank) : std::nullopt;
        if (f_.pool == Pool::kL1Small && surely) {
            add("Open the device with l1_small_size of " + bytes_text(*surely) + " instead of " +
                    bytes_text(*f_.bank_bytes) + ": that is enough whatever else is in it.",
                surely);
        }
        end_one_block();
    }

    // ---- out of memory: cause and bytes_per_bank are known here

    void against_memory() {
        if (f_.pool == Pool::kL1Small) return enlarge_l1_small();
        if (f_.pool == Pool::kTrace) return enlarge_trace_pool();
        if (f_.pool == Pool::kL1) use_dram();
        end_one_block();
        if (f_.pool == Pool::kL1) use_more_cores();
        if (e_.cause == FailureCause::kFragmented) {
            add("Allocate it before the buffers that lie between the free blocks, or move those together: the free "
                "bytes of "
                "each bank would hold it.",
                f_.free_per_bank);
        }
        if (e_.cause == FailureCause::kFull) {
            add("Free at least " + bytes_text(*e_.missing_per_bank) + " in each bank" +
                    (e_.missing_bytes ? " (" + bytes_text(*e_.missing_bytes) + " in all)" : "") +
                    ", in one piece with free space.",
                e_.missing_per_bank);
        }
        if (e_.cause == FailureCause::kOtherAllocators) {
            add("Free buffers of the overlapping allocators, so that at least " + bytes_text(*e_.missing_per_bank) +
                    " more of each bank join the largest piece.",
                e_.missing_per_bank);
        }
        ask_for_less();
        if (f_.pool == Pool::kDram) use_more_chips();
    }

    // What one bank can give in one piece now; of a buffer that no bank can hold, in an empty bank.
    std::optional<uint64_t> usable() const {
        if (e_.cause == FailureCause::kLargerThanBank && !f_.largest_free_per_bank) return f_.bank_bytes;
        return f_.largest_placeable_per_bank ? f_.largest_placeable_per_bank : f_.largest_free_per_bank;
    }

    void use_dram() {
        if (!f_.requested_bytes || !dram_may_hold(*f_.requested_bytes)) return;
        add("Place it in DRAM (memory_config=ttnn.DRAM_MEMORY_CONFIG): it takes about " +
                bytes_text(*f_.requested_bytes) + " there.",
            f_.requested_bytes);
    }

    // False when the snapshot shows that no chip has so much DRAM free.
    bool dram_may_hold(uint64_t bytes) const {
        if (snapshot_ == nullptr || snapshot_->chips.empty()) return true;
        return std::ranges::any_of(snapshot_->chips, [&](const ChipUse& chip) {
            const PoolUse& dram = chip.pool(Pool::kDram);
            if (!dram.capacity_bytes || !dram.reserved_bytes) return true;
            return *dram.capacity_bytes > *dram.reserved_bytes && *dram.capacity_bytes - *dram.reserved_bytes >= bytes;
        });
    }

    // A single block whose end would make room; only a snapshot shows one.
    void end_one_block() {
        if (snapshot_ == nullptr || !e_.holders || e_.cause == FailureCause::kLargerThanBank) return;
        const std::optional<uint32_t> block = block_that_makes_room(*snapshot_, *e_.holders, *f_.bytes_per_bank);
        if (!block) return;
        const Allocation& a = snapshot_->allocations[*block];
        add("Free " + name_of(a) + ": " + bytes_text(a.bytes_per_bank) +
                " of each bank. That alone makes room, as far as the machine was seen.",
            a.bytes_per_bank);
    }

    std::string name_of(const Allocation& a) const {
        return owner_text(*snapshot_, a.process, a.op, a.tag, a.allocation_class) + " at " + hex64(a.address.value);
    }

    void use_more_cores() {
        if (!f_.banks || !usable() || *usable() == 0) return;
        const std::optional<uint64_t> total = times(*f_.bytes_per_bank, *f_.banks);
        if (!total) return;
        const uint64_t cores = parts(*total, *usable());
        if (cores <= *f_.banks || cores > most_cores()) return;
        add("Shard it over at least " + std::to_string(cores) + " cores instead of " + std::to_string(*f_.banks) +
                ": each can give " + bytes_text(*usable()) + ".",
            *usable());
    }

    uint64_t most_cores() const {
        uint64_t most = 0;
        for (const ChipUse& chip : snapshot_ == nullptr ? std::vector<ChipUse>{} : snapshot_->chips) {
            const auto& banks = chip.chip.pools[static_cast<size_t>(Pool::kL1)];
            if (banks) most = std::max(most, banks->banks);
        }
        return most == 0 ? kFewestCores : most;
    }

    void ask_for_less() {
        if (!usable() || *usable() == 0) return;
        const std::optional<uint64_t> total = f_.banks ? times(*usable(), *f_.banks) : std::nullopt;
        add("Ask for at most " + bytes_text(*usable()) + " of each bank" +
                (total ? " (" + bytes_text(*total) + " in all)" : "") +
                " at a time: smaller batches, chunks or data types.",
            total ? total : usable());
    }

    void use_more_chips() {
        if (!usable() || *usable() == 0) return;
        const uint64_t chips = parts(*f_.bytes_per_bank, *usable());
        if (chips < 2 || chips > kMostChips) return;
        add("Shard it over at least " + std::to_string(chips) + " chips that have as much free as this one.", chips);
    }

    void enlarge_l1_small() {
        const uint64_t have = f_.bank_bytes.value_or(0);
        const std::optional<uint64_t> surely = plus(have, *f_.bytes_per_bank);
        if (!f_.bank_bytes || !surely) return;
        std::string text = "Open the device with l1_small_size of at least ";
        if (e_.cause == FailureCause::kFragmented) {
            add(text + bytes_text(*surely) + " instead of " + bytes_text(have) + ".", surely);
        } else {
            const std::optional<uint64_t> least = plus(have, *e_.missing_per_bank);
            text += bytes_text(*least) + " instead of " + bytes_text(have);
            if (*least < *surely) text += "; " + bytes_text(*surely) + " is enough whatever else is in it";
            add(text + ".", least);
        }
        end_one_block();
        if (e_.cause == FailureCause::kFull) {
            add("Free at least " + bytes_text(*e_.missing_per_bank) + " of L1_SMALL on each core.",
                e_.missing_per_bank);
        }
    }

    void enlarge_trace_pool() {
        const std::optional<uint64_t> per_bank =
            f_.bank_bytes ? plus(*f_.bank_bytes, *e_.missing_per_bank) : std::nullopt;
        const std::optional<uint64_t> aligned = per_bank ? round_up(*per_bank, kTraceAlignment) : std::nullopt;
        const std::optional<uint64_t> size = aligned && f_.banks ? times(*aligned, *f_.banks) : std::nullopt;
        if (size) add("Open the device with trace_region_size of at least " + bytes_text(*size) + ".", size);
        end_one_block();
    }

    // ---- circular buffers

    void against_clash() {
        if (!e_.missing_per_bank) return;
        const uint64_t overlap = *e_.missing_per_bank;
        if (!l1_base() || *l1_base() < *f_.l1_buffer_address) {
            add("Make the circular buffers of " +
                    (f_.program ? "program " + std::to_string(*f_.program) : std::string("the program")) + " " +
                    bytes_text(overlap) + " smaller on each core: smaller blocks, or less double buffering.",
                overlap);
        }
        clear_l1();
        if (snapshot_ == nullptr || !e_.holders) return;
        for (const uint32_t i : blocks_below(*snapshot_, *e_.holders, *f_.cb_region_end)) {
            if (snapshot_->allocations[i].address.value != *f_.l1_buffer_address) continue;
            move_up(snapshot_->allocations[i]);
            break;
        }
    }

    // The L1 buffers in the way: by name when a snapshot shows them.
    void clear_l1() {
        std::string names;
        if (snapshot_ != nullptr && e_.holders) {
            const std::vector<uint32_t> blocks = blocks_below(*snapshot_, *e_.holders, *f_.cb_region_end);
            for (size_t i = 0; i < blocks.size() && i < kMostNames; ++i) {
                names += (i == 0 ? ": " : "; ") + name_of(snapshot_->allocations[blocks[i]]);
            }
            if (blocks.size() > kMostNames) names += "; and " + std::to_string(blocks.size() - kMostNames) + " more";
        }
        add("Place the L1 buffers that begin below address " + with_commas(*f_.cb_region_end) +
                " in DRAM (ttnn.DRAM_MEMORY_CONFIG), or free them before this program runs" + names + ".",
            f_.cb_region_end);
    }

    // A single buffer in the way, and a hole above the circular buffers that would take it.
    void move_up(const Allocation& lowest) {
        if (blocks_below(*snapshot_, *e_.holders, *f_.cb_region_end).size() != 1) return;
        const std::vector<uint32_t> all = blocks_below(*snapshot_, *e_.holders, UINT64_MAX);
        std::optional<uint64_t> below = plus(lowest.address.value, lowest.bytes_per_bank);
        for (const uint32_t i : all) {
            const Allocation& a = snapshot_->allocations[i];
            if (&a == &lowest || !below) continue;
            const uint64_t from = std::max(*below, *f_.cb_region_end);
            if (a.address.value > from && a.address.value - from >= lowest.bytes_per_bank) {
                add("Move " + name_of(lowest) + " up (ttnn.reallocate): there is a hole of " +
                        bytes_text(a.address.value - from) + " at " + hex64(from) + ".",
                    a.address.value - from);
                return;
            }
            const std::optional<uint64_t> end = plus(a.address.value, a.bytes_per_bank);
            below = end ? std::optional(std::max(*below, *end)) : std::nullopt;
        }
    }

    std::optional<uint64_t> l1_base() const {
        std::optional<uint64_t> base;
        for (const ChipUse& chip : snapshot_ == nullptr ? std::vector<ChipUse>{} : snapshot_->chips) {
            if (chip.chip.l1_base) base = std::max(base.value_or(0), *chip.chip.l1_base);
        }
        return base;
    }

    void against_overflow() {
        if (!e_.missing_per_bank) return;
        std::string text = "Make the circular buffers of this program " + bytes_text(*e_.missing_per_bank) +
                           " smaller on each core: smaller blocks or chunks, or less double buffering";
        if (l1_base() && *l1_base() < *f_.max_l1_bytes) {
            text += "; they begin at " + with_commas(*l1_base()) + ", so " + bytes_text(*f_.max_l1_bytes - *l1_base()) +
                    " is the most they can have";
        }
        add(text + ".", e_.missing_per_bank);
        for (const ChipUse& chip : snapshot_ == nullptr ? std::vector<ChipUse>{} : snapshot_->chips) {
            const std::optional<uint64_t> whole = chip.chip.l1_bytes_per_core;
            if (!whole || *whole < *f_.cb_region_end) continue;
            add("Open the device without a lowered worker_l1_size: a core has " + bytes_text(*whole) + " of L1.",
                whole);
            break;
        }
    }

    // ---- traces

    void against_trace_region() {
        if (!e_.missing_bytes) return;
        if (const uint64_t banks = dram_banks(); banks != 0) {
            if (const std::optional<uint64_t> size = round_up(*f_.trace_bytes, kTraceAlignment * banks)) {
                add("Open the device with trace_region_size of at least " + bytes_text(*size) + ".", size);
            }
        } else {
            const std::optional<uint64_t> wormhole = round_up(*f_.trace_bytes, kTraceAlignment * kWormholeBanks);
            const std::optional<uint64_t> blackhole = round_up(*f_.trace_bytes, kTraceAlignment * kBlackholeBanks);
            if (!wormhole || !blackhole) return;
            std::string text = "Open the device with trace_region_size of at least " + bytes_text(*wormhole);
            if (*wormhole != *blackhole)
                text += " on Wormhole (12 banks) or " + bytes_text(*blackhole) + " on Blackhole (8 banks)";
            add(text + ".", std::max(*wormhole, *blackhole));
        }
        if (e_.holders && e_.holders->reserved_bytes >= *e_.missing_bytes) {
            add("Release traces that are not replayed any more, at least " + bytes_text(*e_.missing_bytes) + ": " +
                    std::to_string(e_.holders->allocations) + " live buffers hold " +
                    bytes_text(e_.holders->reserved_bytes) + ".",
                e_.missing_bytes);
        }
    }

    // Of the snapshot's chips, when they agree; else 0.
    uint64_t dram_banks() const {
        uint64_t agreed = 0;
        for (const ChipUse& chip : snapshot_ == nullptr ? std::vector<ChipUse>{} : snapshot_->chips) {
            const auto& banks = chip.chip.pools[static_cast<size_t>(Pool::kDram)];
            if (!banks || (agreed != 0 && banks->banks != agreed)) return 0;
            agreed = banks->banks;
        }
        return agreed > UINT64_MAX / kTraceAlignment ? 0 : agreed;
    }

    const FailureFigures& f_;
    const FailureExplanation& e_;
    const Snapshot* const snapshot_;
    std::vector<Remedy> remedies_;
};

}  // namespace

std::vector<Remedy> remedies_for(const FailureFigures& figures, const FailureExplanation& explanation,
                                 const Snapshot* snapshot) {
    return Advisor(figures, explanation, snapshot).advise();
}

}  // namespace ttmem

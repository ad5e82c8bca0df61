#include "src/reader/validate.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "src/ledger/plan_layout.h"

namespace ttmem::ledger {
namespace {

ReadOutcome corrupt(std::string reason) { return {ReadStatus::kCorrupt, std::move(reason)}; }

// What this version knows of a type of region.
struct Known {
    RegionType type;
    const char* name;
    uint64_t min_stride, max_count;
    bool required;
    Extent Regions::*extent;
};

constexpr uint64_t kMaxStride = 4096;
constexpr uint64_t kMaxRings = 1024;
constexpr uint64_t kMaxSessions = 4096;
constexpr uint64_t kMaxPairs = 1 << 20;

constexpr Known kKnown[] = {
    {RegionType::kTexts, "texts", 8, kMaxLedgerBytes / 8, true, &Regions::texts},
    {RegionType::kChips, "chips", sizeof(ChipRecord), kMaxChips, true, &Regions::chips},
    {RegionType::kSessions, "sessions", kSessionBytesBefore2, kMaxSessions, true, &Regions::sessions},
    {RegionType::kOwners, "owners", sizeof(OwnerRecord), kMaxLedgerBytes / sizeof(OwnerRecord), true, &Regions::owners},
    {RegionType::kRings, "rings", sizeof(RingHeader), kMaxRings, true, &Regions::rings},
    {RegionType::kEvents, "events", sizeof(Event), kMaxLedgerBytes / sizeof(Event), false, &Regions::events},
    {RegionType::kSlots, "slots", sizeof(Slot), kMaxSlots, true, &Regions::slots},
    {RegionType::kUniqueIds, "unique ids", sizeof(Word), kMaxSlots, false, &Regions::unique_ids},
    {RegionType::kFailures, "failures", sizeof(FailureRecord), 65536, false, &Regions::failures},
    {RegionType::kPlans, "plans", 8, kMaxLedgerBytes / 8, false, &Regions::plans},
    {RegionType::kPairs, "pairs", sizeof(PairRecord), kMaxPairs, false, &Regions::pairs},
    {RegionType::kHoldings, "holdings", sizeof(HoldingRecord), kMaxPairs, false, &Regions::holdings},
    {RegionType::kTraces, "traces", sizeof(TraceRecord), 65536, false, &Regions::traces},
    {RegionType::kTraceEntries, "trace entries", sizeof(Word), kMaxLedgerBytes / 8, false, &Regions::trace_entries},
};

const Known* find(uint32_t type) {
    for (const Known& known : kKnown) {
        if (static_cast<uint32_t>(known.type) == type) return &known;
    }
    return nullptr;
}

// The bytes of a region in the file. Requires: its stride and counts are within their caps, so nothing overflows:
// kMaxRings * (kMaxLedgerBytes / 64) * kMaxStride is below 2^64.
struct Span {
    uint64_t begin, end;
    const char* name;
};

ReadOutcome check_region(const Region& region, const Known& known, uint64_t header_bytes, uint64_t file_bytes) {
    const std::string name = std::string("the region of ") + known.name;
    if (region.offset % 64 != 0 || region.offset < header_bytes) return corrupt(name + " begins at a wrong offset");
    if (region.stride < known.min_stride || region.stride > kMaxStride || region.stride % 8 != 0) {
        return corrupt(name + " has a wrong record size");
    }
    const bool is_arena = known.type == RegionType::kTexts || known.type == RegionType::kPlans;
    if (is_arena && region.stride != 8) return corrupt(name + " has a wrong record size");
    if (region.count > known.max_count) return corrupt(name + " has too many records");
    if (known.required && region.count == 0) return corrupt(name + " is empty");
    if (region.offset > file_bytes) return corrupt(name + " lies outside the file");
    return {};
}

ReadOutcome check_disjoint(std::vector<Span>& spans, uint64_t file_bytes) {
    std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
    for (size_t i = 0; i < spans.size(); ++i) {
        if (spans[i].end > file_bytes) {
            return corrupt(std::string("the region of ") + spans[i].name + " ends outside the file");
        }
        if (i > 0 && spans[i - 1].end > spans[i].begin) {
            return corrupt(std::string("the regions of ") + spans[i - 1].name + " and " + spans[i].name + " overlap");
        }
    }
    return {};
}

ReadOutcome check_regions(const StaticHeader& header, uint64_t file_bytes, Regions& regions) {
    for (const Region& region : header.regions) {
        const Known* known = find(region.type);
        if (known == nullptr) continue;  // kNone, or of a later format: not ours to judge
        Extent& extent = regions.*known->extent;
        if (extent.stride != 0) return corrupt(std::string("there are two regions of ") + known->name);
        const ReadOutcome outcome = check_region(region, *known, header.header_bytes, file_bytes);
        if (!outcome.ok()) return outcome;
        extent = {region.offset, region.stride, region.count};
    }
    std::vector<Span> spans;
    for (const Known& known : kKnown) {
        const Extent& extent = regions.*known.extent;
        if (extent.stride == 0 && known.required) return corrupt(std::string("there is no region of ") + known.name);
        if (extent.count == 0) continue;
        const uint64_t copies = known.type == RegionType::kEvents ? regions.rings.count : 1;
        spans.push_back({extent.offset, extent.offset + extent.stride * extent.count * copies, known.name});
    }
    if (regions.unique_ids.count != 0 && regions.unique_ids.count < regions.slots.count) {
        return corrupt("there are fewer unique ids than slots");
    }
    return check_disjoint(spans, file_bytes);
}

}  // namespace

uint32_t check_of(const StaticHeader& header) {
    StaticHeader copy = header;
    copy.check = 0;
    uint64_t words[sizeof copy / 8];
    std::memcpy(words, &copy, sizeof copy);
    return fold(check_sum(words, sizeof copy / 8));
}

ReadOutcome validate(const StaticHeader& header, uint64_t file_bytes, Regions& regions) {
    regions = {};
    if (header.magic != kMagic) return corrupt("it does not begin as a ledger does");
    if (header.format_major > kFormatMajor) {
        return {ReadStatus::kNewer, "its format is " + std::to_string(header.format_major) + "." +
                                        std::to_string(header.format_minor) + ", this ttmem reads " +
                                        std::to_string(kFormatMajor) + ".x: it needs a newer ttmem"};
    }
    if (header.format_major < kFormatMajor) return corrupt("its format is older than any that was released");

    if (check_of(header) != header.check) return corrupt("its header fails its check");
    if (header.incompat != 0) {
        return {ReadStatus::kNewer,
                "it uses parts of the format that this version does not know: it needs a newer ttmem"};
    }
    if (header.header_bytes < sizeof(Header) || header.header_bytes > kHeaderBytes) {
        return corrupt("its header has a wrong size");
    }
    if (header.total_bytes > kMaxLedgerBytes) return corrupt("it is larger than 256 MiB");
    if (header.total_bytes != file_bytes) {
        return corrupt("it should have " + std::to_string(header.total_bytes) + " bytes and has " +
                       std::to_string(file_bytes));
    }
    if (header.clock_shift > 16) return corrupt("its clock has a wrong unit");
    return check_regions(header, file_bytes, regions);
}

}  // namespace ttmem::ledger

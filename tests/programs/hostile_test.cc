// The reader on damaged records of programs, circular buffers and traces: each bit that a real process wrote there may
// be another one, and what does not fit is left out and counted, never believed.
#include <fcntl.h>
#include <unistd.h>

#include "src/ledger/plan_layout.h"
#include "src/reader/reader.h"
#include "tests/programs/scene.h"
#include "tests/support/disturbed_source.h"
#include "tests/support/test_exit.h"

using namespace ttmem;
using namespace ttmem::programs_testing;
using ledger::LedgerImage;
using ledger::Region;
using ledger::RegionType;

namespace {

constexpr uint64_t kStep = kMeasuresCoverage ? 11 : 1;  // bits

// A process with everything there is: changed plans, a program that left its own behind, a captured trace, a place that
// was closed.
void record_everything() {
    make_tables_short();  // a ledger is read thousands of times
    const ttmem_place chip = make_chip_place(77, 0), other = make_chip_place(78, 1);
    const ttmem_place both = mesh(0, {77, 78});
    const ttmem_handle add = program("add"), matmul = program("matmul"), left = program("left");
    plan(add, both, {cb(kBase, 4096, kGrid), cb(kBase + 4096, 64, kOneCore, TTMEM_CB_ALIASED)});
    plan(matmul, both, {cb(kBase, 8192, kLeft)});
    plan(matmul, chip, {cb(kBase, 8192, kRight)});
    plan(left, chip, {cb(kBase, 1000, kGrid)});
    plan(left, other, {cb(kBase, 1000, kGrid)});
    ttmem_program_dispatched(add, both), ttmem_program_dispatched(matmul, chip), ttmem_program_dispatched(left, other);
    plan(matmul, chip, {cb(kBase, 9000, kRight)});  // waits for the next dispatch
    ttmem_trace_begin(both);
    ttmem_program_dispatched(add, both), ttmem_program_dispatched(matmul, both);
    ttmem_trace_replayed(ttmem_trace_end(ttmem_intern("decode"), 1));
    ttmem_program_destroyed(left);
    ttmem_close(other);
}

// The bytes of this process's ledger, which may be changed.
class Copy {
public:
    Copy() : words_((size() + 7) / 8) {
        const int fd = open_ledger();
        CHECK_EQ(pread(fd, words_.data(), size(), 0), size());
        close(fd);
    }
    ledger::MemorySource source() const { return {words_.data(), size()}; }
    void toggle(uint64_t bit) { words_[bit / 64] ^= uint64_t{1} << bit % 64; }
    uint64_t& word(uint64_t offset) { return words_[offset / 8]; }
    const Region* region(RegionType type) const {
        const auto* header = reinterpret_cast<const ledger::Header*>(words_.data());
        for (const Region& region : header->fixed.regions) {
            if (region.type == static_cast<uint32_t>(type) && region.count != 0) return &region;
        }
        return nullptr;
    }

private:
    static int open_ledger() {
        return open((std::string(getenv("TTMEM_DIR")) + "/" + ledger_names().at(0)).c_str(), O_RDONLY | O_CLOEXEC);
    }
    static uint64_t size() {
        const int fd = open_ledger();
        const off_t end = lseek(fd, 0, SEEK_END);
        close(fd);
        return static_cast<uint64_t>(end);
    }

    std::vector<uint64_t> words_;
};

// What is read, where it is read at all.
struct Seen {
    uint64_t plans = 0, pairs = 0, holdings = 0, traces = 0, bad = 0;
};

bool read(const Copy& copy, Seen& seen, bool dead) {
    static ledger::LedgerReader reader;
    static LedgerImage image;
    if (!reader.read(copy.source(), {.writer_is_dead = dead, .unique_ids = false, .attempts = 1}, image).ok())
        return false;
    seen = {image.plans.size(), 0, image.holdings.size(), image.traces.size(), image.quality.bad_records};
    for (const ledger::PairImage& pair : image.pairs) seen.pairs += pair.session != 0;
    for (const ledger::HoldingImage& holding : image.holdings) CHECK(holding.pair < image.pairs.size());
    for (const ledger::PairImage& pair : image.pairs) CHECK(pair.plan <= image.plans.size());
    return true;
}

constexpr uint64_t kAnyValues[] = {0,
                                   1,
                                   0xffff,
                                   0xffffffff,
                                   0xffffffff00000000,
                                   uint64_t{1} << 40,
                                   uint64_t{1} << 63,
                                   UINT64_MAX,
                                   0x0101000000010000,
                                   0x2020202020202020};

constexpr RegionType kOfPrograms[] = {RegionType::kPlans, RegionType::kPairs, RegionType::kHoldings,
                                      RegionType::kTraces, RegionType::kTraceEntries};

}  // namespace

CLIENT_TEST(HostilePrograms, AnyBitOfTheirRecordsMayBeAnotherOne, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    record_everything();
    Copy copy;
    Seen right;
    CHECK(read(copy, right, true));
    CHECK_EQ(right.bad, 0);
    CHECK(right.plans >= 4 && right.holdings >= 4 && right.traces == 1);
    uint64_t toggled = 0, noticed = 0;
    for (const RegionType type : kOfPrograms) {
        const Region* region = copy.region(type);
        CHECK(region != nullptr);
        const uint64_t used = std::min<uint64_t>(region->count * region->stride, 1024);
        for (uint64_t bit = region->offset * 8; bit < (region->offset + used) * 8; bit += kStep, ++toggled) {
            copy.toggle(bit);
            for (const bool dead : {true, false}) {
                Seen seen;
                CHECK(read(copy, seen, dead));
                CHECK(seen.holdings <= right.holdings + 1 && seen.traces <= 1);
                noticed += dead && seen.bad != 0;
            }
            copy.toggle(bit);
        }
    }
    printf("%lu bits toggled, %lu noticed as damage\n", toggled, noticed);
    CHECK(noticed > toggled / 20);
    Seen again;
    CHECK(read(copy, again, true));
    CHECK(again.plans == right.plans && again.holdings == right.holdings && again.bad == 0);
}

CLIENT_TEST(HostilePrograms, WordsOfAnyValueDoNoHarm, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    record_everything();
    Copy copy;
    uint64_t tried = 0;
    for (const RegionType type : kOfPrograms) {
        const Region& region = *copy.region(type);
        const uint64_t used = std::min<uint64_t>(region.count * region.stride, 1024);
        for (uint64_t offset = region.offset; offset < region.offset + used; offset += 8) {
            const uint64_t before = copy.word(offset);
            for (const uint64_t value : kAnyValues) {
                copy.word(offset) = value;
                Seen seen;
                CHECK(read(copy, seen, true));
                CHECK(read(copy, seen, false));
                ++tried;
            }
            copy.word(offset) = before;
        }
    }
    printf("%lu words tried\n", tried);
    CHECK(tried > 1000);
}

// Who writes a ledger can also make its checks right: then each word must still be in its range, or is not believed.
CLIENT_TEST(HostilePrograms, WordsOfAnyValueWithARightCheckDoNoHarm, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    record_everything();
    Copy copy;
    Seen right;
    CHECK(read(copy, right, true));
    const uint64_t plans = copy.region(RegionType::kPlans)->offset + 8;  // the first one
    const uint64_t plan_words = static_cast<uint32_t>(copy.word(plans));
    const auto with_right_plan_check = [&] {
        copy.word(plans + 8) = 0;
        copy.word(plans + 8) = ledger::plan_check(&copy.word(plans), static_cast<uint32_t>(copy.word(plans)));
    };
    uint64_t refused = 0;
    for (uint64_t word = 0; word < plan_words; ++word) {
        const uint64_t before = copy.word(plans + 8 * word), check = copy.word(plans + 8);
        if (word == 1) continue;
        for (const uint64_t value : kAnyValues) {
            // A length that is absurd has no check.
            if (word == 0 && static_cast<uint32_t>(value) > 1000) continue;
            copy.word(plans + 8 * word) = value;
            if (static_cast<uint32_t>(copy.word(plans)) >= 2) with_right_plan_check();
            Seen seen;
            CHECK(read(copy, seen, true));
            refused += seen.bad != 0;
            copy.word(plans + 8 * word) = before, copy.word(plans + 8) = check;
        }
    }
    CHECK(refused > plan_words);

    // Records with their check over four words: of holdings the first, third, fourth and fifth, of traces the first
    // four.
    struct Checked {
        RegionType type;
        uint64_t words[4], check;
    };
    using Holding = ledger::HoldingRecord;
    using Trace = ledger::TraceRecord;
    const Checked kinds[] = {
        {RegionType::kHoldings,
         {offsetof(Holding, program), offsetof(Holding, who), offsetof(Holding, where), offsetof(Holding, time)},
         offsetof(Holding, check)},
        {RegionType::kTraces,
         {offsetof(Trace, trace), offsetof(Trace, entries), offsetof(Trace, captured), offsetof(Trace, session)},
         offsetof(Trace, check)}};
    for (const Checked& kind : kinds) {
        const Region& region = *copy.region(kind.type);
        for (uint64_t record = region.offset; record < region.offset + 8 * region.stride; record += region.stride) {
            if (copy.word(record + kind.words[0]) == 0) continue;
            for (const uint64_t word : kind.words) {
                const uint64_t before = copy.word(record + word), check = copy.word(record + kind.check);
                for (const uint64_t value : kAnyValues) {
                    copy.word(record + word) = value;
                    const uint64_t words[] = {copy.word(record + kind.words[0]), copy.word(record + kind.words[1]),
                                              copy.word(record + kind.words[2]), copy.word(record + kind.words[3])};
                    copy.word(record + kind.check) = ledger::check_sum(words, 4);
                    for (const bool dead : {true, false}) {
                        Seen seen;
                        CHECK(read(copy, seen, dead));
                        CHECK(seen.holdings <= right.holdings && seen.traces <= right.traces);
                    }
                }
                copy.word(record + word) = before, copy.word(record + kind.check) = check;
            }
        }
    }
    Seen again;
    CHECK(read(copy, again, true));
    CHECK(again.bad == 0 && again.holdings == right.holdings && again.traces == right.traces);
}

CLIENT_TEST(HostilePrograms, AnyReadOfTheirLedgerMayFail, {{"TTMEM_LEDGER_SLOTS", "64"}, {"TTMEM_LEVEL", "events"}}) {
    record_everything();
    const Copy copy;
    const ledger::MemorySource whole = copy.source();
    for (const bool dead : {true, false}) {
        uint64_t failed = 0;
        for (uint64_t reads = 0;; ++reads) {
            const ledger::DisturbedSource source(whole, ledger::DisturbedSource::kNever, nullptr, reads);
            ledger::LedgerReader reader;
            LedgerImage image;
            if (reader.read(source, {.writer_is_dead = dead}, image).ok()) break;
            ++failed;
            CHECK(source.reads() > reads);
        }
        CHECK(failed > 20);
        LedgerImage image;
        ledger::LedgerReader reader;
        CHECK(reader.read(whole, {.writer_is_dead = dead}, image).ok());
        for (uint64_t reads = 0; reads < 20; ++reads) {
            const ledger::DisturbedSource source(whole, ledger::DisturbedSource::kNever, nullptr, reads);
            const ledger::History history = ledger::LedgerReader::history(source, image, 0);
            CHECK_EQ(history.events.size() + history.lost, history.to - history.from);
        }
    }
}

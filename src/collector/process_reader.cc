#include "src/collector/process_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "src/collector/coverage_rules.h"
#include "src/collector/figures.h"

namespace ttmem {
namespace {

using ledger::ClockImage;
using ledger::ClockKind;
using ledger::LedgerImage;
using ledger::ReadOptions;
using ledger::ReadOutcome;

constexpr int64_t kNearAnchors = 1'000'000'000;  // of the clock: too near to each other to tell its rate

// At most `size` foreign bytes, up to the first 0.
template <size_t kSize>
std::string claimed_text(const char (&bytes)[kSize]) {
    return std::string(bytes, strnlen(bytes, kSize));
}

std::string level_name(uint32_t level) {
    static constexpr std::array kNames = {"off", "counts", "events", "stacks"};
    return kNames.at(level);
}

// The ledger's own anchors are as old as its last slow call. As long as the machine has not been started again its
// clocks go on, so that now is a better second anchor: for a living process always, for a dead one if its own two are
// too near to each other to tell the rate.
ClockImage with_present(ClockImage clock, const LedgerImage& image, const System& system, bool lives) {
    const std::array<uint8_t, 16> boot = system.boot_id();
    const bool same_boot = std::memcmp(boot.data(), image.fixed.boot_id, boot.size()) == 0;
    const bool near = clock.latest_wall_ns - clock.first_wall_ns < kNearAnchors;
    if (!clock.plausible || !same_boot || (!lives && !near)) return clock;
    const WallTime now = system.now();
    if (now <= clock.first_wall_ns) return clock;
    if (clock.kind == ClockKind::kMonotonicCoarse) {
        clock.latest_ticks = clock.first_ticks + static_cast<uint64_t>(now - clock.first_wall_ns);
    } else {
        const std::optional<uint64_t> ticks = system.tsc();
        if (!ticks || *ticks <= clock.first_ticks) return clock;
        clock.latest_ticks = *ticks;
    }
    clock.latest_wall_ns = now;
    return clock;
}

// Nothing was under way, and nothing may still become whole.
bool is_of_one_moment(const LedgerImage& image) {
    const ledger::QualityImage& quality = image.quality;
    return quality.single_moment && quality.torn_slots == 0 && quality.bad_records == 0 &&
           std::none_of(image.rings.begin(), image.rings.end(), [](const auto& ring) { return ring.was_in_flight; });
}

}  // namespace

// Alive before and dead after: what it says at its end is what counts, so it is read again.
ReadOutcome ProcessReader::read(const FoundLedger& found, const ReadOptions& options, bool& lives) {
    latest_ = &image_, latest_cbs_ = nullptr;
    lives = found.file->writer_lives();
    for (;;) {
        ReadOptions now = options;
        now.writer_is_dead = !lives;
        const ReadOutcome outcome = reader_.read(found.file->bytes(), now, image_);
        if (!lives || found.file->writer_lives()) return outcome;
        lives = false;
    }
}

ReadOutcome ProcessReader::look(const FoundLedger& found, const ReadOptions& options, bool& lives) {
    constexpr size_t kMostKept = 1024;
    if (kept_.size() > kMostKept) kept_.clear();
    Kept& kept = kept_[found.id()];
    lives = found.file->writer_lives();
    // Signs first: an operation that comes between them and the reading is one that the next look sees.
    const bool has_done_nothing = lives && kept.signs.are_as_before(found.file->bytes(), kept.image.regions);
    if (has_done_nothing && kept.is_of_one_moment && found.file->writer_lives()) {
        latest_ = &kept.image, latest_cbs_ = &kept.cbs;
        return {};
    }
    const ReadOutcome outcome = read(found, options, lives);
    if (!lives || !outcome.ok()) {
        kept_.erase(found.id());
        return outcome;
    }
    std::swap(kept.image, image_);
    // Room for slots is large, and of use to the next one that is read.
    std::swap(kept.image.live, image_.live);
    std::swap(kept.image.unique_id_words, image_.unique_id_words);
    kept.cbs = cb_figures(kept.image);
    kept.is_of_one_moment = is_of_one_moment(kept.image);
    latest_ = &kept.image, latest_cbs_ = &kept.cbs;
    return outcome;
}

LedgerImage ProcessReader::take_image() {
    latest_ = &image_, latest_cbs_ = nullptr;
    return std::exchange(image_, LedgerImage());
}

ledger::TickConverter ProcessReader::times(bool lives) const {
    return ledger::TickConverter(with_present(image().clock, image(), system_, lives));
}

Process ProcessReader::describe(const FoundLedger& found, const CbFiguresOfProcess& cbs, bool lives) {
    const ledger::StaticHeader& header = image().fixed;
    Process process;
    process.ledger = found.id();
    process.run = found.run();
    process.parent = found.parent();
    process.ledger_path = found.path;
    process.pid = header.pid;
    process.uid = found.file->facts().uid;
    process.comm = claimed_text(header.comm);
    process.command_line = claimed_text(header.command_line);
    process.level = level_name(image().level);
    if (lives && !verified_.contains(process.ledger) && system_.maps(header.pid, found.file->facts())) {
        verified_.insert(process.ledger);
    }
    process.pid_verified = verified_.contains(process.ledger);
    process.state = lives                                           ? ProcessState::kLive
                    : image().state == ledger::LedgerState::kClosed ? ProcessState::kExited
                                                                    : ProcessState::kKilled;
    if (image().clock.plausible) {
        process.started_at = image().clock.first_wall_ns;
        if (!lives) process.last_sign_at = image().clock.latest_wall_ns;
    }
    if (!lives) {
        const Holdings held = holdings(image());
        process.held_allocations = held.allocations;
        process.held_bytes = held.requested_bytes;
    }
    const ledger::CounterImage& counters = image().counters;
    // A process that was killed while it recorded one may not have counted it.
    process.failed_allocations = std::max<uint64_t>(counters.failures, image().failures.size());
    process.mistakes = {counters.double_free, counters.unknown_free, counters.foreign_free, counters.ambiguous_free,
                        counters.late_free,   counters.invalid,      counters.reentrant};
    for (const ledger::NoteImage& note : image().notes) {
        if (note.iterations_by) process.iterations_by = image().text(note.text);
        if (!note.runtime) continue;
        if (!process.runtime.empty()) process.runtime += "; ";
        process.runtime += image().text(note.text);
    }
    process.chips = chip_figures(image(), cbs);
    process.iterations_begun = counters.iterations_begun;
    process.iterations_ended = counters.iterations_ended;
    process.retired_allocations = counters.retired_allocations;
    return process;
}

void ProcessReader::join(const FoundLedger& found, bool lives, Snapshot& snapshot, Joiner& joiner,
                         bool with_allocations) {
    const ledger::TickConverter clock = times(lives);
    const CbFiguresOfProcess own = latest_cbs_ != nullptr ? CbFiguresOfProcess() : cb_figures(image());
    const CbFiguresOfProcess& cbs = latest_cbs_ != nullptr ? *latest_cbs_ : own;
    Process process = describe(found, cbs, lives);
    process.coverage = coverage_of(image(), clock.known());
    const uint64_t first_iteration = image().counters.first_iteration;
    if (first_iteration != 0) process.first_iteration_at = clock.wall_ns(first_iteration);
    if (!found.file->life_is_known()) process.coverage.note("the kernel does not say whether it still runs");
    merge_process(process.coverage, process.pid, snapshot.coverage);
    joiner.add(std::move(process), image(), cbs, clock, with_allocations);
}

}  // namespace ttmem

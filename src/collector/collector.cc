#include "src/collector/collector.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "src/base/text.h"
#include "src/collector/combine.h"
#include "src/collector/coverage_rules.h"
#include "src/collector/figures.h"
#include "src/collector/join.h"

namespace ttmem {
namespace {

using ledger::ClockImage;
using ledger::ClockKind;
using ledger::LedgerImage;

constexpr int64_t kSecond = 1'000'000'000;
constexpr uint64_t kMostNamedRefusals = 16;  // of one user: nobody's rubbish floods an answer

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
    const bool near = clock.latest_wall_ns - clock.first_wall_ns < kSecond;
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

}  // namespace

struct Collector::State {
    State(const System& system, Interest interest, const DiscoveryLimits& limits)
        : system(system), interest(interest), discovery(system, limits, [interest](const ledger::StaticHeader& header) {
              FoundLedger probe;
              probe.header = header;
              return (!interest.pid || header.pid == *interest.pid) &&
                     (!interest.run || probe.run().value == *interest.run);
          }) {}

    bool reads_all() const { return !interest.pid && !interest.run; }
    bool wants(bool lives) const { return lives ? interest.live : interest.dead; }
    ledger::ReadOutcome read(const FoundLedger& found, const ledger::ReadOptions& options, bool& lives);
    Process describe(const FoundLedger& found, const CbFiguresOfProcess& cbs, bool lives);
    void note_sources(Snapshot& snapshot) const;

    const System& system;
    Interest interest;
    Discovery discovery;
    ledger::LedgerReader reader;
    LedgerImage image;
    std::set<LedgerId> verified;  // pids that were seen to be right while their process lived
};

// Alive before and dead after: what it says at its end is what counts, so it is read again.
ledger::ReadOutcome Collector::State::read(const FoundLedger& found, const ledger::ReadOptions& options, bool& lives) {
    lives = found.file->writer_lives();
    for (;;) {
        ledger::ReadOptions now = options;
        now.writer_is_dead = !lives;
        const ledger::ReadOutcome outcome = reader.read(found.file->bytes(), now, image);
        if (!lives || found.file->writer_lives()) return outcome;
        lives = false;
    }
}

Process Collector::State::describe(const FoundLedger& found, const CbFiguresOfProcess& cbs, bool lives) {
    const ledger::StaticHeader& header = image.fixed;
    Process process;
    process.ledger = found.id();
    process.run = found.run();
    process.parent = found.parent();
    process.ledger_path = found.path;
    process.pid = header.pid;
    process.uid = found.file->facts().uid;
    process.comm = claimed_text(header.comm);
    process.command_line = claimed_text(header.command_line);
    process.level = level_name(image.level);
    if (lives && !verified.contains(process.ledger) && system.maps(header.pid, found.file->facts())) {
        verified.insert(process.ledger);
    }
    process.pid_verified = verified.contains(process.ledger);
    process.state = lives                                         ? ProcessState::kLive
                    : image.state == ledger::LedgerState::kClosed ? ProcessState::kExited
                                                                  : ProcessState::kKilled;
    if (image.clock.plausible) {
        process.started_at = image.clock.first_wall_ns;
        if (!lives) process.last_sign_at = image.clock.latest_wall_ns;
    }
    if (!lives) {
        const Holdings held = holdings(image);
        process.held_allocations = held.allocations;
        process.held_bytes = held.requested_bytes;
    }
    const ledger::CounterImage& counters = image.counters;
    // A process that was killed while it recorded one may not have counted it.
    process.failed_allocations = std::max<uint64_t>(counters.failures, image.failures.size());
    process.mistakes = {counters.double_free, counters.unknown_free, counters.foreign_free, counters.ambiguous_free,
                        counters.late_free,   counters.invalid,      counters.reentrant};
    for (const ledger::NoteImage& note : image.notes) {
        if (!note.runtime) continue;
        if (!process.runtime.empty()) process.runtime += "; ";
        process.runtime += image.text(note.text);
    }
    process.chips = chip_figures(image, cbs);
    process.iterations_begun = counters.iterations_begun;
    process.iterations_ended = counters.iterations_ended;
    return process;
}

// What could not be looked at. Of one process or run nobody knows whether it would have been among that.
void Collector::State::note_sources(Snapshot& snapshot) const {
    Coverage& coverage = snapshot.coverage;
    std::map<uint32_t, uint64_t> refused_of_user;
    for (const RefusedLedger& refused : discovery.refused()) {
        if (++refused_of_user[refused.uid] > kMostNamedRefusals) continue;
        coverage.note("the ledger " + refused.path + " was not read: " + refused.reason, reads_all());
    }
    for (const auto& [uid, count] : refused_of_user) {
        if (count <= kMostNamedRefusals) continue;
        coverage.note(
            with_commas(count - kMostNamedRefusals) + " more ledgers of user " + std::to_string(uid) + " were not read",
            reads_all());
    }
    for (const std::string& path : discovery.unreadable()) {
        coverage.note(path + " may not be read: what its user's processes use is in no figure", reads_all());
    }
    for (const std::string& sentence : discovery.left_out()) coverage.note(sentence, reads_all());
    for (const std::string& sentence : discovery.notes()) coverage.note(sentence, false);
}

Collector::Collector(const System& system, Interest interest, DiscoveryLimits limits)
    : state_(std::make_unique<State>(system, interest, limits)) {}
Collector::~Collector() = default;
Collector::Collector(Collector&&) noexcept = default;

void Collector::refresh() { state_->discovery.refresh(); }

Snapshot Collector::collect(const CollectOptions& options) {
    State& state = *state_;
    Snapshot snapshot;
    snapshot.generated_at = state.system.now();
    Joiner joiner(snapshot);
    ledger::ReadOptions read_options;
    read_options.live_slots = read_options.unique_ids = options.allocations;
    std::vector<std::pair<const FoundLedger*, ledger::ReadOutcome>> unreadable;
    uint64_t expired = 0;
    for (const auto& found : state.discovery.ledgers()) {
        bool lives = found->file->writer_lives();
        if (!lives && !state.interest.dead) continue;
        const ledger::ReadOutcome outcome = state.read(*found, read_options, lives);
        if (outcome.status == ledger::ReadStatus::kNothingYet) continue;
        if (!outcome.ok()) {
            unreadable.push_back({found.get(), outcome});
            continue;
        }
        if (!state.wants(lives)) continue;
        const ClockImage clock = with_present(state.image.clock, state.image, state.system, lives);
        const ledger::TickConverter times(clock);
        const CbFiguresOfProcess cbs = cb_figures(state.image);
        Process process = state.describe(*found, cbs, lives);
        process.coverage = coverage_of(state.image, times.known());
        merge_process(process.coverage, process.pid, snapshot.coverage);
        expired += state.image.counters.expired_ledgers;
        joiner.add(std::move(process), state.image, cbs, times, options.allocations);
    }
    for (const auto& [found, outcome] : unreadable) {
        state.discovery.refuse(*found, outcome.reason, outcome.status == ledger::ReadStatus::kNewer);
        snapshot.coverage.complete = false;  // it was one of those that were asked for
    }
    if (state.interest.dead && expired != 0) {
        snapshot.coverage.note(with_commas(expired) + " older ledgers of ended processes were removed to make room",
                               false);
    }
    state.note_sources(snapshot);
    snapshot.chips = combine_chips(snapshot, Which::kLive, snapshot.coverage);
    return snapshot;
}

std::vector<LedgerSeen> Collector::ledgers() const {
    std::vector<LedgerSeen> seen;
    for (const auto& found : state_->discovery.ledgers()) {
        const FileFacts& facts = found->file->facts();
        seen.push_back(
            {found->id(), found->path, found->header.pid, facts.uid, found->file->writer_lives(), facts.bytes_taken});
    }
    return seen;
}

bool Collector::any_live() const {
    const auto& ledgers = state_->discovery.ledgers();
    return std::any_of(ledgers.begin(), ledgers.end(), [](const auto& found) { return found->file->writer_lives(); });
}

const std::vector<RefusedLedger>& Collector::refused() const { return state_->discovery.refused(); }

Result<RawHistory> Collector::history(LedgerId id, const std::vector<uint64_t>& from) {
    for (const auto& found : state_->discovery.ledgers()) {
        if (found->id() != id) continue;
        bool lives = false;
        const ledger::ReadOutcome outcome = state_->read(*found, {}, lives);
        if (!outcome.ok()) return Error{"the ledger " + found->path + " cannot be read", outcome.reason, ""};
        RawHistory history;
        for (uint32_t ring = 0; ring < state_->image.rings.size(); ++ring) {
            const uint64_t position = ring < from.size() ? from[ring] : 0;
            history.rings.push_back(ledger::LedgerReader::history(found->file->bytes(), state_->image, ring, position));
        }
        history.image = std::move(state_->image);
        state_->image = LedgerImage();
        return history;
    }
    return Error{"there is no such ledger", "it was not found by the last look, or it was refused", ""};
}

Snapshot collect(const System& system, const Interest& interest, const CollectOptions& options) {
    Collector collector(system, interest);
    collector.refresh();
    return collector.collect(options);
}

}  // namespace ttmem

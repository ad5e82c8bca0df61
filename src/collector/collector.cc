#include "src/collector/collector.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "src/base/text.h"
#include "src/collector/combine.h"
#include "src/collector/coverage_rules.h"
#include "src/collector/figures.h"
#include "src/collector/join.h"
#include "src/collector/run_id.h"

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
        : system(system),
          interest(interest),
          discovery(
              system, interest.pid || interest.run ? DiscoveryLimits::none() : limits,
              [interest](const ledger::StaticHeader& header) { return fits(interest, header); },
              [this](const FoundLedger& found) { return read_for_good(found); }) {}

    static bool fits(const Interest& interest, const ledger::StaticHeader& header) {
        FoundLedger probe;
        probe.header = header;
        return (!interest.pid || header.pid == *interest.pid) &&
               (!interest.run || run_is_within(probe.run(), {*interest.run}));
    }
    bool reads_all() const { return !interest.pid && !interest.run; }
    bool wants(bool lives) const { return lives ? interest.live : interest.dead; }
    bool read_for_good(const FoundLedger& found);
    void add(const FoundLedger& found, Snapshot& snapshot, Joiner& joiner);
    std::vector<const FoundLedger*> incarnations(Coverage& coverage) const;
    ledger::ReadOutcome read(const FoundLedger& found, const ledger::ReadOptions& options, bool& lives);
    Process describe(const FoundLedger& found, const CbFiguresOfProcess& cbs, bool lives);
    void note_sources(Snapshot& snapshot) const;

    const System& system;
    Interest interest;
    CollectOptions options;
    bool once = false;  // nothing is read a second time, so nothing need stay open
    Discovery discovery;
    ledger::LedgerReader reader;
    LedgerImage image;
    std::set<LedgerId> verified;  // pids that were seen to be right while their process lived
    Snapshot settled;             // what was read for good
    Joiner settling{settled};
    uint64_t expired = 0;
    std::vector<RefusedLedger> unreadable;  // of those that were asked for, since the last collect()
    bool misses_some = false;               // one of those was asked for and could not be read
};

// Of a run what has ended; of a single look whatever is not another user's, whose ledgers are chosen from first.
bool Collector::State::read_for_good(const FoundLedger& found) {
    if (interest.pid || (!interest.run && !(once && discovery.is_of_user(found)))) return false;
    const bool lives = found.file->writer_lives();
    if (lives && !once) return false;
    if (wants(lives) || lives) add(found, settled, settling);
    return true;
}

// One process more, unless it is not wanted.
void Collector::State::add(const FoundLedger& found, Snapshot& snapshot, Joiner& joiner) {
    ledger::ReadOptions read_options;
    read_options.live_slots = read_options.unique_ids = options.allocations;
    bool lives = found.file->writer_lives();
    if (!lives && !interest.dead) return;
    const ledger::ReadOutcome outcome = read(found, read_options, lives);
    if (outcome.status == ledger::ReadStatus::kNothingYet) return;
    if (!outcome.ok()) {
        const FileFacts& facts = found.file->facts();
        unreadable.push_back(
            {found.path, facts.uid, outcome.reason, outcome.status == ledger::ReadStatus::kNewer, facts.modified_at});
        return;
    }
    if (!wants(lives)) return;
    const ledger::TickConverter times(with_present(image.clock, image, system, lives));
    const CbFiguresOfProcess cbs = cb_figures(image);
    Process process = describe(found, cbs, lives);
    process.coverage = coverage_of(image, times.known());
    if (!found.file->life_is_known()) process.coverage.note("the kernel does not say whether it still runs");
    merge_process(process.coverage, process.pid, snapshot.coverage);
    expired += image.counters.expired_ledgers;
    joiner.add(std::move(process), image, cbs, times, options.allocations);
}

// What is open, but of a pid that several processes had: those that live, else the one that began last.
std::vector<const FoundLedger*> Collector::State::incarnations(Coverage& coverage) const {
    std::vector<const FoundLedger*> all, live;
    for (const auto& found : discovery.ledgers()) {
        const bool lives = found->file->writer_lives();
        if (!wants(lives)) continue;
        all.push_back(found.get());
        if (lives) live.push_back(found.get());
    }
    if (!interest.pid || interest.all_incarnations || all.size() <= 1) return all;
    const auto began = [&](const FoundLedger* found) {
        const std::array<uint8_t, 16> boot = system.boot_id();
        const bool same_boot = std::memcmp(boot.data(), found->header.boot_id, boot.size()) == 0;
        return std::make_tuple(same_boot, found->header.start_ticks, found->file->facts().modified_at);
    };
    std::vector<const FoundLedger*> shown = live;
    if (live.empty()) {
        shown = {*std::max_element(all.begin(), all.end(),
                                   [&](const auto* a, const auto* b) { return began(a) < began(b); })};
    }
    if (shown.size() < all.size()) {
        coverage.note("pid " + std::to_string(*interest.pid) + " was also that of " +
                          counted(all.size() - shown.size(), "earlier process", "earlier processes") +
                          ", not shown: --all-incarnations shows all",
                      false);
    }
    return shown;
}

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

// What could not be looked at, and whether what was asked for may be among it: anything unknown may be of this user;
// what others hide is of a pid that was not found, or of nobody in particular when everything was asked for.
void Collector::State::note_sources(Snapshot& snapshot) const {
    Coverage& coverage = snapshot.coverage;
    const bool others_matter = reads_all() || (interest.pid && snapshot.processes.empty());
    const auto may_be_asked_for = [&](const RefusedLedger& refused) {
        const bool before = refused.modified_at != 0 && refused.modified_at + kSecond < interest.since;
        return (others_matter || refused.uid == system.user()) && !before;
    };
    std::map<uint32_t, uint64_t> refused_of_user;
    std::map<uint32_t, bool> harms;
    for (const RefusedLedger& refused : discovery.refused()) {
        harms[refused.uid] |= may_be_asked_for(refused);
        if (++refused_of_user[refused.uid] > kMostNamedRefusals) continue;
        coverage.note("the ledger " + refused.path + " was not read: " + refused.reason, may_be_asked_for(refused));
    }
    for (const auto& [uid, count] : refused_of_user) {
        if (count <= kMostNamedRefusals) continue;
        coverage.note(
            with_commas(count - kMostNamedRefusals) + " more ledgers of user " + std::to_string(uid) + " were not read",
            harms[uid]);
    }
    for (const UnreadableDirectory& directory : discovery.unreadable()) {
        coverage.note(
            directory.path + " cannot be read (" + directory.why + "): what is recorded there is in no figure",
            others_matter || !directory.of_another);
    }
    for (const LeftOut& left_out : discovery.left_out()) {
        coverage.note(left_out.sentence, others_matter || !left_out.of_another);
    }
    for (const std::string& sentence : discovery.notes()) coverage.note(sentence, false);
}

Collector::Collector(const System& system, Interest interest, DiscoveryLimits limits)
    : state_(std::make_unique<State>(system, interest, limits)) {}
Collector::~Collector() = default;
Collector::Collector(Collector&&) noexcept = default;

void Collector::refresh() { state_->discovery.refresh(); }

Snapshot Collector::collect(const CollectOptions& options) {
    State& state = *state_;
    state.options = options;
    const uint64_t expired_before = state.expired;
    Snapshot snapshot = state.once ? std::move(state.settled) : state.settled;
    snapshot.generated_at = state.system.now();
    Joiner joiner(snapshot);
    for (const FoundLedger* found : state.incarnations(snapshot.coverage)) state.add(*found, snapshot, joiner);
    for (const RefusedLedger& ledger : std::exchange(state.unreadable, {})) {
        state.discovery.refuse(ledger);
        state.misses_some = true;  // it was one of those that were asked for
    }
    if (state.misses_some) snapshot.coverage.complete = false;
    const uint64_t expired = std::exchange(state.expired, expired_before);
    if (state.interest.dead && expired != 0) {
        snapshot.coverage.note(counted(expired, "older ledger") + " of ended processes removed to make room", false);
    }
    state.note_sources(snapshot);
    snapshot.chips = combine_chips(snapshot, Which::kLive, snapshot.coverage);
    return snapshot;
}

Snapshot Collector::once(const CollectOptions& options) {
    state_->once = true;
    state_->options = options;
    refresh();
    return collect(options);
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
    return collector.once(options);
}

}  // namespace ttmem

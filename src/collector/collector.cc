#include "src/collector/collector.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "src/base/text.h"
#include "src/collector/combine.h"
#include "src/collector/incarnations.h"
#include "src/collector/join.h"
#include "src/collector/process_reader.h"
#include "src/collector/run_id.h"
#include "src/collector/sources.h"

namespace ttmem {
bool fits(const Interest& interest, const ledger::StaticHeader& header) {
    FoundLedger probe;
    probe.header = header;
    return (!interest.pid || header.pid == *interest.pid) &&
           (!interest.run || run_is_within(probe.run(), {*interest.run}));
}

struct Collector::State {
    State(const System& system, Interest interest, const DiscoveryLimits& limits)
        : system(system),
          interest(interest),
          discovery(
              system, interest.pid || interest.run ? DiscoveryLimits::none() : limits,
              [interest](const ledger::StaticHeader& header) { return fits(interest, header); },
              [this](const FoundLedger& found) { return read_for_good(found); }) {}

    bool reads_all() const { return !interest.pid && !interest.run; }
    bool wants(bool lives) const { return lives ? interest.live : interest.dead; }
    bool read_for_good(const FoundLedger& found);
    void add(const FoundLedger& found, Snapshot& snapshot, Joiner& joiner);
    std::vector<const FoundLedger*> incarnations(Coverage& coverage) const;

    const System& system;
    Interest interest;
    CollectOptions options;
    Keeps keeps;        // of ended processes of a run; empty: everything
    bool once = false;  // nothing is read a second time, so nothing need stay open
    Discovery discovery;
    ProcessReader reader{system};
    Snapshot settled;  // what was read for good
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
    if (!wants(lives) && !lives) return true;
    const SnapshotSizes before = SnapshotSizes::of(settled);
    const size_t processes = settled.processes.size();
    add(found, settled, settling);
    const bool ended = settled.processes.size() > processes && settled.processes.back().state != ProcessState::kLive;
    if (ended && !once) settled.processes.back().seen_dead_at = system.now();
    if (keeps && ended) keep_remains(settled, before, keeps);
    return true;
}

// One process more, unless it is not wanted.
void Collector::State::add(const FoundLedger& found, Snapshot& snapshot, Joiner& joiner) {
    ledger::ReadOptions read_options;
    read_options.live_slots = options.allocations;
    read_options.unique_ids = options.allocations && !options.each;
    bool lives = found.file->writer_lives();
    if (!lives && !interest.dead) return;
    const bool looks_again = !once && !options.allocations;
    const ledger::ReadOutcome outcome =
        looks_again ? reader.look(found, read_options, lives) : reader.read(found, read_options, lives);
    if (outcome.status == ledger::ReadStatus::kNothingYet) return;
    if (!outcome.ok()) {
        const FileFacts& facts = found.file->facts();
        unreadable.push_back(
            {found.path, facts.uid, outcome.reason, outcome.status == ledger::ReadStatus::kNewer, facts.modified_at});
        return;
    }
    if (!wants(lives)) return;
    // Who chose a directory does not ask about what was removed elsewhere.
    const std::string chosen = system.chosen_directory();
    if (chosen.empty() || found.path.starts_with(chosen + "/")) expired += reader.image().counters.expired_ledgers;
    joiner.hand_to(options.each);
    reader.join(found, lives, snapshot, joiner, options.allocations);
}

std::vector<const FoundLedger*> Collector::State::incarnations(Coverage& coverage) const {
    std::vector<const FoundLedger*> open;
    for (const auto& found : discovery.ledgers())
        if (wants(found->file->writer_lives())) open.push_back(found.get());
    return incarnations_of(std::move(open), interest, system, coverage);
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
    if (state.misses_some) {
        snapshot.coverage.complete = false;
        snapshot.coverage.unread = true;
    }
    const uint64_t expired = std::exchange(state.expired, expired_before);
    snapshot.expired_ledgers = expired;
    const bool beside_the_question = state.interest.pid && !snapshot.processes.empty();
    if (state.interest.dead && expired != 0 && !beside_the_question) {
        snapshot.coverage.note(counted(expired, "older ledger") + " of ended processes removed to make room", false);
    }
    note_sources(state.discovery, state.interest, state.system.user(), snapshot);
    snapshot.chips = combine_chips(snapshot, Which::kLive, snapshot.coverage);
    return snapshot;
}

void Collector::keep_only(Keeps keeps) { state_->keeps = std::move(keeps); }

Snapshot Collector::finish(const CollectOptions& options) {
    state_->once = true;
    return collect(options);
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
        const bool live = found->file->writer_lives();
        seen.push_back({found->id(), found->path, found->header.pid, facts.uid, live, found->file->life_is_known(),
                        facts.bytes_taken});
    }
    return seen;
}

bool Collector::any_live() const {
    const auto& ledgers = state_->discovery.ledgers();
    return std::any_of(ledgers.begin(), ledgers.end(), [](const auto& found) { return found->file->writer_lives(); });
}

const std::vector<RefusedLedger>& Collector::refused() const { return state_->discovery.refused(); }

std::vector<std::string> Collector::unread() const {
    std::vector<std::string> sentences;
    for (const UnreadableDirectory& directory : state_->discovery.unreadable())
        sentences.push_back(unread_sentence(directory));
    for (const LeftOut& left_out : state_->discovery.left_out()) sentences.push_back(left_out.sentence);
    return sentences;
}

Result<RawHistory> Collector::history(LedgerId id, const std::vector<uint64_t>& from) {
    for (const auto& found : state_->discovery.ledgers()) {
        if (found->id() != id) continue;
        bool lives = false;
        const ledger::ReadOutcome outcome = state_->reader.read(*found, {}, lives);
        if (!outcome.ok()) return Error{"the ledger " + found->path + " cannot be read", outcome.reason, ""};
        RawHistory history;
        for (uint32_t ring = 0; ring < state_->reader.image().rings.size(); ++ring) {
            const uint64_t position = ring < from.size() ? from[ring] : 0;
            history.rings.push_back(
                ledger::LedgerReader::history(found->file->bytes(), state_->reader.image(), ring, position));
        }
        history.image = state_->reader.take_image();
        return history;
    }
    return Error{"there is no such ledger", "it was not found by the last look, or it was refused", ""};
}

Snapshot collect(const System& system, const Interest& interest, const CollectOptions& options) {
    Collector collector(system, interest);
    return collector.once(options);
}

}  // namespace ttmem

#include "src/analysis/capacity/arena_trial.h"

namespace ttmem {

SpaceMoment ArenaTrial::moment(const Replay& replay) const {
    SpaceMoment moment;
    moment.event = replay.event();
    moment.at = replay.now();
    moment.used = bank_.used();
    moment.free = bank_.free();
    moment.largest_free = bank_.largest_free();
    if (const auto split = bank_.splitter())
        moment.splitter = {{replay.blocks()[split->owner], split->address}, split->would_be};
    return moment;
}

void ArenaTrial::put(const Replay& replay, uint32_t position, uint64_t bytes, std::optional<uint64_t> address) {
    const LiveBlock& block = replay.blocks()[position];
    if (addresses_.size() <= position) addresses_.resize(position + 1, kNowhere);
    addresses_[position] = kNowhere;
    if (bytes == 0) return;
    if (!address || !bank_.take(*address, bytes, position)) return fail(replay, block, bytes, false);
    addresses_[position] = *address;
    if (bank_.used() <= outcome_.peak.used) return;
    outcome_.peak.used = bank_.used();
    outcome_.peak.event = replay.event();
    outcome_.peak.at = replay.now();
    is_peak_ = true;
}

void ArenaTrial::allocate(const Replay& replay, uint32_t position, uint64_t bytes, bool grows_up) {
    put(replay, position, bytes, bank_.place_for(bytes, grows_up));
}

void ArenaTrial::take(const Replay& replay, uint32_t position, uint64_t bytes, uint64_t address) {
    put(replay, position, bytes, address);
}

void ArenaTrial::give_back(const Replay& replay, uint32_t position) {
    if (position >= addresses_.size() || addresses_[position] == kNowhere) return;
    finish(replay);
    bank_.give_back(addresses_[position]);
    addresses_[position] = kNowhere;
}

void ArenaTrial::fail(const Replay& replay, const LiveBlock& block, uint64_t bytes, bool recorded) {
    ++outcome_.failed;
    if (outcome_.failures.size() == kMostReplayedFailures) return;
    outcome_.failures.push_back({block, recorded, moment(replay)});
    outcome_.failures.back().asked.bytes_per_bank = bytes;
}

void ArenaTrial::try_again(const Replay& replay, const LiveBlock& failed, uint64_t bytes) {
    if (!bank_.place_for(bytes, grows_up(failed))) fail(replay, failed, bytes, true);
}

// A block that goes is live no more, but still known. What the peak was is kept until something is given back.
void ArenaTrial::finish(const Replay& replay) {
    if (!is_peak_) return;
    const SpaceMoment peak = outcome_.peak;
    outcome_.peak = moment(replay);
    outcome_.peak.event = peak.event;
    outcome_.peak.at = peak.at;
    is_peak_ = false;
}

}  // namespace ttmem

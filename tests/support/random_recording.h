// Made-up workloads with their truth, which is found the plain way: a list of what lives, looked at after every event.
// It shares nothing with what it is compared with.
#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "tests/support/recording_maker.h"

namespace ttmem {

struct TrueBlock {
    uint64_t handle = 0, holder = 0;
    uint32_t process = 0, place = 0, op = 0, tag = 0, iteration = 0;
    Pool pool = Pool::kDram;
    AllocationClass allocation_class = AllocationClass::kTensor;
    uint64_t requested = 0, reserved = 0;
    bool persistent = false, iteration_over = false, holder_ended = false;

    bool outlived() const {
        const bool program = allocation_class == AllocationClass::kProgram;
        return holder_ended || (iteration_over && !persistent && !program);
    }
};

struct TruePeak {
    uint64_t reserved = 0, event = 0;
    std::vector<TrueBlock> live;  // then
};

// Of one recording.
struct Truth {
    std::map<std::pair<uint64_t, Pool>, TruePeak> peaks;   // by chip and pool
    std::map<std::pair<uint64_t, Pool>, TruePeak> steady;  // likewise, after the first iteration that ended
    std::map<uint64_t, uint64_t> freed_at;                 // events of frees, by handle
    std::vector<TrueBlock> live;                           // now
    std::set<uint64_t> leaked;                             // handles: had outlived when closed, or at the end
    std::set<uint64_t> freed_last;  // handles: nothing was made and no iteration ended from then to the close
};

class RandomRecording {
public:
    explicit RandomRecording(uint64_t seed) : random_(seed) {
        for (const char* name : {"matmul", "add", "softmax"}) ops_.push_back(maker.text(name));
        for (const char* name : {"", "kv_cache"}) tags_.push_back(*name == 0 ? 0 : maker.text(name));
        const uint32_t mesh = maker.place({1, 2, 3, 4});
        places_ = {mesh, maker.place({1}), maker.place({1, 2}, 0, maker.registration(mesh)),
                   maker.place({3, 4}, 0, maker.registration(mesh)), maker.place({5})};
        closed_.resize(places_.size());
        const uint32_t events = 50 + below(200);
        for (uint32_t i = 0; i < events; ++i) step();
        for (const TrueBlock& block : truth.live) note_leak(block);
    }

    RecordingMaker maker;
    Truth truth;

    uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

private:
    void step() {
        const uint32_t dice = below(100);
        if (dice < 50) {
            allocate();
        } else if (dice < 78) {
            free();
        } else if (dice < 84) {
            if (iteration_ == 0) iteration_ = maker.begin_iteration();
        } else if (dice < 91) {
            end_iteration();
        } else if (dice < 94) {
            persist();
        } else if (dice < 97) {
            destroy_holder();
        } else if (dice < 98) {
            close();
        }
        look();
    }

    void allocate() {
        const uint32_t which = below(static_cast<uint32_t>(places_.size()));
        if (closed_[which]) return;
        const uint32_t place = places_[which];
        TrueBlock block;
        block.pool = kAllPools[below(4)];
        block.reserved = 32 * (1 + below(100));
        block.requested = block.reserved - below(32);
        block.op = ops_[below(3)], block.tag = tags_[below(2)];
        if (below(5) == 0) {
            block.allocation_class = AllocationClass::kProgram;
            block.holder = 1'000'000 + below(3);
        }
        block.persistent = below(8) == 0;
        block.place = place;
        block.iteration = iteration_;
        block.handle =
            maker.alloc(place, block.pool, block.reserved,
                        {block.op, block.tag, block.requested, block.allocation_class, block.persistent, block.holder});
        truth.live.push_back(block);
        freed_since_.clear();
    }
    void free() {
        if (truth.live.empty()) return;
        const size_t which = below(static_cast<uint32_t>(truth.live.size()));
        maker.free(truth.live[which].handle);
        truth.freed_at[truth.live[which].handle] = maker.events.size();
        freed_since_.push_back(truth.live[which]);
        truth.live.erase(truth.live.begin() + static_cast<ptrdiff_t>(which));
    }
    void end_iteration() {
        if (iteration_ == 0) return;
        maker.end_iteration();
        for (TrueBlock& block : truth.live) block.iteration_over |= block.iteration == iteration_;
        iteration_ = 0;
        is_steady_ = true;
        freed_since_.clear();
    }
    void persist() {
        if (truth.live.empty()) return;
        TrueBlock& block = truth.live[below(static_cast<uint32_t>(truth.live.size()))];
        maker.persist(block.handle);
        block.persistent = true;
    }
    void destroy_holder() {
        const uint64_t holder = 1'000'000 + below(3);
        maker.add(EventKind::kProgramDestroyed).subject = holder;
        for (TrueBlock& block : truth.live) block.holder_ended |= block.holder == holder;
    }
    void close() {
        const uint32_t which = below(static_cast<uint32_t>(places_.size()));
        if (closed_[which]) return;
        maker.close(places_[which]);
        closed_[which] = true;
        if (which == 0) closed_[2] = closed_[3] = true;
        const auto goes = [&](const TrueBlock& block) {
            return block.place == places_[which] ||
                   (which == 0 && (block.place == places_[2] || block.place == places_[3]));
        };
        for (const TrueBlock& block : freed_since_) {
            if (goes(block)) truth.freed_last.insert(block.handle);
        }
        std::erase_if(truth.live, [&](const TrueBlock& block) {
            if (goes(block)) note_leak(block);
            return goes(block);
        });
    }
    void note_leak(const TrueBlock& block) {
        if (block.outlived()) truth.leaked.insert(block.handle);
    }

    void look() {
        for (uint64_t chip = 1; chip <= 5; ++chip) {
            for (const Pool pool : kAllPools) {
                std::vector<TrueBlock> live;
                uint64_t sum = 0;
                for (const TrueBlock& block : truth.live) {
                    const auto& chips = maker.recording.end.places[block.place].chips;
                    if (block.pool != pool || std::find(chips.begin(), chips.end(), ChipId{chip}) == chips.end())
                        continue;
                    live.push_back(block);
                    sum += block.reserved;
                }
                TruePeak& peak = truth.peaks[{chip, pool}];
                if (sum > peak.reserved) peak = {sum, maker.events.size(), live};
                if (!is_steady_) continue;
                const auto [steady, is_first] = truth.steady.try_emplace({chip, pool});
                if (is_first || sum > steady->second.reserved) steady->second = {sum, maker.events.size(), live};
            }
        }
    }

    std::mt19937_64 random_;
    std::vector<uint32_t> ops_, tags_, places_;
    std::vector<bool> closed_;
    std::vector<TrueBlock> freed_since_;  // something was made or an iteration ended
    uint32_t iteration_ = 0;
    bool is_steady_ = false;
};

}  // namespace ttmem

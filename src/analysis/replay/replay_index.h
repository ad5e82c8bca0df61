// How a replay finds the blocks that an event is about. Only replay.cc needs it.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <vector>

#include "src/analysis/replay/replay.h"

namespace ttmem {

struct Replay::Index {
    static constexpr uint32_t kNone = UINT32_MAX;

    struct Key {
        uint64_t number;  // of a handle, an iteration or a holder
        uint32_t process;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct KeyHash {
        size_t operator()(const Key& key) const {
            uint64_t mixed = (key.number ^ (uint64_t{key.process} << 48)) * 0x9E3779B97F4A7C15u;
            return mixed ^ (mixed >> 32);
        }
    };
    using Heads = boost::unordered_flat_map<Key, uint32_t, KeyHash>;

    struct Link {
        uint32_t before = kNone, after = kNone;
    };

    // Blocks that share an iteration or a holder, as lists through their positions.
    struct Chains {
        Heads heads;
        std::vector<Link> links;  // by position

        void add(const Key& key, uint32_t position) {
            if (links.size() <= position) links.resize(position + 1);
            const auto [head, is_new] = heads.try_emplace(key, position);
            links[position] = {kNone, is_new ? kNone : head->second};
            if (!is_new) {
                links[head->second].before = position;
                head->second = position;
            }
        }
        void remove(const Key& key, uint32_t position) {
            const Link link = links[position];
            if (link.after != kNone) links[link.after].before = link.before;
            if (link.before != kNone) {
                links[link.before].after = link.after;
            } else if (link.after != kNone) {
                heads[key] = link.after;
            } else {
                heads.erase(key);
            }
        }
        template <class Visit>
        void for_each(const Key& key, const Visit& visit) const {
            const auto head = heads.find(key);
            if (head == heads.end()) return;
            for (uint32_t position = head->second; position != kNone; position = links[position].after) visit(position);
        }
    };

    Heads positions;                                                // of handles, in blocks_
    std::vector<uint32_t> unused;                                   // positions in blocks_
    Chains by_iteration, by_holder;                                 // of those that have one
    boost::unordered_flat_map<Key, uint32_t, KeyHash> live_at_end;  // positions in Recording::end.allocations
};

}  // namespace ttmem

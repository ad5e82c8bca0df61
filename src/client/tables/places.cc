#include "src/client/tables/places.h"

#include <string.h>

#include "src/ledger/geometry.h"

namespace ttmem::client {

constinit Places places;

namespace {

bool same(const Place& a, const Place& b) {
    return a.kind == b.kind && a.number == b.number && a.parent == b.parent && a.chips == b.chips;
}

}  // namespace

uint32_t Places::bucket_of(const Place& place) {
    const uint64_t sum = place.kind * ledger::kOdd[0] + place.number * ledger::kOdd[1] +
                         place.parent * ledger::kOdd[2] + place.chips * ledger::kOdd[3];
    return static_cast<uint32_t>(sum >> 40) % kBuckets;
}

const Place* Places::find(ttmem_place id) const {
    const Place& place = places_[id % kPlaces];
    return id != 0 && place.id == id ? &place : nullptr;
}

ttmem_place Places::add(Place place) {
    for (uint32_t i = buckets_[bucket_of(place)]; i != 0; i = places_[i].next) {
        if (!same(places_[i], place)) continue;
        if (place.name != 0) places_[i].name = place.name;
        return places_[i].id;
    }
    const uint32_t index = free_index();
    Place& entry = places_[index];
    const uint32_t generation = entry.id / kPlaces + (entry.id != 0);
    place.id = generation * kPlaces + index;
    entry = place;
    link(index);
    set_session(place.id, 0);
    return place.id;
}

uint32_t Places::free_index() {
    if (count_ < kPlaces) return count_++;
    static_assert(ledger::Geometry().sessions < kPlaces, "one that is not open is always found");
    uint32_t index;
    do {
        index = next_reused_;
        next_reused_ = index + 1 < kPlaces ? index + 1 : 1;
    } while (session_of(places_[index].id) != 0);
    unlink(index);
    return index;
}

void Places::link(uint32_t index) {
    uint16_t& bucket = buckets_[bucket_of(places_[index])];
    places_[index].next = bucket;
    bucket = static_cast<uint16_t>(index);
}

void Places::unlink(uint32_t index) {
    uint16_t* link = &buckets_[bucket_of(places_[index])];
    while (*link != index) link = &places_[*link].next;
    *link = places_[index].next;
}

void Places::reset() {
    if (count_ == 0) count_ = next_reused_ = 1;
    memset(buckets_, 0, sizeof buckets_);
    for (uint32_t i = 1; i < count_; ++i) {
        link(i);
        set_session(places_[i].id, 0);
    }
}

}  // namespace ttmem::client

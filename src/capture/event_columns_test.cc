#include "src/capture/event_columns.h"

#include <gtest/gtest.h>

#include "src/capture/blocks.h"
#include "tests/support/event_maker.h"

namespace ttmem {
namespace {

using capture::BlockHead;
using capture::EventDecoder;
using capture::EventEncoder;

constexpr EventDecoder::Limits kLimits{2, EventMaker::kPlaces, EventMaker::kTexts};

TEST(EventColumns, ComeBackAsTheyWentWhateverTheyAre) {
    for (uint64_t seed = 1; seed <= 40; ++seed) {
        EventMaker maker(seed);
        EventEncoder encoder;
        EventDecoder decoder;
        for (int block = 0; block < 5; ++block) {
            std::vector<Event> events, back;
            for (uint64_t i = 1 + seed * 7 % 300; i > 0; --i) events.push_back(maker.next());
            const Bytes payload = encoder.encode(events);
            ASSERT_TRUE(decoder.decode(ByteCursor(payload), events.size(), kLimits, back)) << seed;
            ASSERT_EQ(back.size(), events.size());
            for (size_t i = 0; i < events.size(); ++i) ASSERT_TRUE(same(events[i], back[i])) << seed << " " << i;
        }
    }
}

TEST(EventColumns, OfWhatIsDoneOverAndOverTakeAByteOrTwo) {
    EventEncoder encoder;
    std::vector<Event> events;
    uint64_t generation = 77;
    for (int step = 0; step < 200; ++step) {
        for (uint64_t i = 0; i < 20; ++i) {
            Event event;
            event.kind = EventKind::kAllocated;
            event.order = events.size() + 1;
            event.subject = (generation + static_cast<uint64_t>(step)) << 20 | (i + 1);
            event.address = 4096 * i;
            event.requested_bytes = 1000 * i;
            event.op = static_cast<uint32_t>(i);
            events.push_back(event);
        }
        for (size_t i = 20; i > 0; --i) {
            Event event = events[events.size() - 20 + (i - 1) - (20 - i)];
            event.kind = EventKind::kFreed;
            event.order = events.size() + 1;
            events.push_back(event);
        }
    }
    BlockHead head{};
    const size_t bytes = capture::pack_block(head, encoder.encode(events)).size();
    EXPECT_LT(bytes, events.size() * 2);
}

TEST(EventColumns, RefuseIndicesThatDoNotExistAndBytesThatAreTooMany) {
    EventMaker maker(1);
    std::vector<Event> events, back;
    for (int i = 0; i < 300; ++i) events.push_back(maker.next());
    EventEncoder encoder;
    Bytes payload = encoder.encode(events);
    EXPECT_FALSE(EventDecoder().decode(ByteCursor(payload), 300, {1, 4, 9}, back));
    EXPECT_FALSE(EventDecoder().decode(ByteCursor(payload), 300, {2, 2, 9}, back));
    EXPECT_FALSE(EventDecoder().decode(ByteCursor(payload), 300, {2, 4, 5}, back));
    EXPECT_FALSE(EventDecoder().decode(ByteCursor(payload), 299, kLimits, back));
    payload.push_back(0);
    EXPECT_FALSE(EventDecoder().decode(ByteCursor(payload), 300, kLimits, back));
}

}  // namespace
}  // namespace ttmem

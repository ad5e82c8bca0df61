#include "src/ledger/peaks.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace ttmem::ledger {
namespace {

Bounds bound(std::vector<SessionPeak> sessions) {
    const Bounds bounds = bound_peaks(sessions.data(), sessions.size());
    std::vector<SessionPeak> scratch(sessions.size());
    EXPECT_EQ(bound_many_peaks(sessions.data(), scratch.data(), sessions.size()), bounds);
    return bounds;
}

TEST(Peaks, OfNoSessionIsZero) { EXPECT_EQ(bound({}), (Bounds{0, 0})); }

TEST(Peaks, OfOneSessionIsExact) { EXPECT_EQ(bound({{1, kStillOpen, 70}}), (Bounds{70, 70})); }

TEST(Peaks, OfSessionsOneAfterAnotherIsTheirGreatest) {
    EXPECT_EQ(bound({{1, 2, 70}, {3, 4, 100}, {5, kStillOpen, 60}}), (Bounds{100, 100}));
}

TEST(Peaks, OfSessionsThatTouchAtOneClockDoNotAddUp) {
    EXPECT_EQ(bound({{1, 3, 70}, {3, 4, 100}}), (Bounds{100, 100}));
}

TEST(Peaks, OfOverlappingSessionsIsAnInterval) {
    EXPECT_EQ(bound({{1, 4, 70}, {2, 5, 100}, {4, 6, 30}}), (Bounds{100, 170}));
}

TEST(Peaks, WithoutBytesChangeNothing) {
    EXPECT_EQ(bound({{1, kStillOpen, 0}, {2, kStillOpen, 100}, {3, 9, 0}}), (Bounds{100, 100}));
}

TEST(Peaks, OfASessionThatClosedWhenItOpenedStillCountAlone) {
    EXPECT_EQ(bound({{5, 5, 100}, {1, 9, 30}}), (Bounds{100, 100}));
    EXPECT_EQ(bound({{7, 5, 100}}), (Bounds{100, 100}));
}

TEST(Peaks, OfAbsurdSizeStopAtTheGreatestNumber) {
    EXPECT_EQ(bound({{1, 9, UINT64_MAX}, {2, 9, UINT64_MAX}}), (Bounds{UINT64_MAX, UINT64_MAX}));
}

TEST(Peaks, AreTheSameByBothWays) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 2000; ++round) {
        std::vector<SessionPeak> sessions(random() % 12);
        for (SessionPeak& session : sessions) {
            session.opened = random() % 10;
            session.closed = random() % 4 == 0 ? kStillOpen : random() % 12;
            session.peak = random() % 3 == 0 ? 0 : random() % 100;
        }
        bound(sessions);
    }
}

}  // namespace
}  // namespace ttmem::ledger

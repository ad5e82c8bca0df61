#include "src/analysis/replay/replay.h"

#include <gtest/gtest.h>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

// What happened, in words.
class Told : public ReplayObserver {
public:
    void arrived(const Replay& replay, const LiveBlock& block) override { say(replay, "+", block); }
    void left(const Replay& replay, const LiveBlock& block, Departure departure) override {
        static constexpr const char* kWords[] = {"-", "closed ", "ended ", "lost "};
        say(replay, kWords[static_cast<size_t>(departure)], block);
    }
    void changed(const Replay& replay, const LiveBlock& block, bool outlived) override {
        say(replay,
            !outlived && block.outlived()   ? "outlived "
            : outlived && !block.outlived() ? "good "
                                            : "marked ",
            block);
    }
    std::string words;

private:
    void say(const Replay& replay, const std::string& what, const LiveBlock& block) {
        words += std::to_string(replay.event()) + ":" + what + std::to_string(block.handle) + " ";
    }
};

std::string told(const Recording& recording) {
    Replay replay(recording);
    Told told;
    replay.run(told);
    return told.words;
}

TEST(Replay, SaysWhatArrivesAndHowItLeaves) {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({1, 2}), part = maker.place({1}, 0, maker.registration(mesh));
    const uint64_t one = maker.alloc(mesh, Pool::kDram, 10);
    maker.alloc(part, Pool::kDram, 20);
    maker.free(one);
    maker.alloc(mesh, Pool::kL1, 30);
    maker.close(mesh);
    EXPECT_EQ(told(maker.finish()), "1:+1 2:+2 3:-1 4:+3 5:closed 3 5:closed 2 ");
}

TEST(Replay, AnIterationLeavesLeaksButNotWhatIsMeantToStay) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.begin_iteration();
    maker.alloc(chip, Pool::kDram, 1);
    maker.alloc(chip, Pool::kDram, 1, {.allocation_class = AllocationClass::kProgram, .holder = 77});
    maker.alloc(chip, Pool::kDram, 1, {.persistent = true});
    maker.end_iteration();
    maker.persist(1);
    maker.add(EventKind::kProgramDestroyed).subject = 77;
    EXPECT_EQ(told(maker.finish()), "2:+1 3:+2 4:+3 5:outlived 1 6:good 1 7:outlived 2 ");
}

TEST(Replay, BeginsWithWhatLivedBefore) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    const uint64_t old = maker.alloc(chip, Pool::kDram, 1);
    maker.recording.live_before = {RecordingMaker::allocation_of(maker.live.at(old))};
    maker.events.clear();
    maker.free(old);
    EXPECT_EQ(told(maker.finish()), "0:+1 1:-1 ");
}

TEST(Replay, KnowsWhatHadOutlivedItsIterationWhenItBegan) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.begin_iteration();
    const uint64_t left = maker.alloc(chip, Pool::kDram, 1), meant = maker.alloc(chip, Pool::kDram, 1);
    for (const uint64_t handle : {left, meant}) {
        Allocation before = RecordingMaker::allocation_of(maker.live.at(handle));
        before.iteration_over = true;
        before.persistent = handle == meant;
        maker.recording.live_before.push_back(before);
    }
    maker.events.clear();
    maker.free(left);
    const Recording recording = maker.finish();
    struct Outlived : ReplayObserver {
        void arrived(const Replay&, const LiveBlock& block) override {
            if (block.outlived()) handles.push_back(block.handle);
        }
        std::vector<uint64_t> handles;
    } outlived;
    Replay(recording).run(outlived);
    EXPECT_EQ(outlived.handles, std::vector{left});
}

TEST(Replay, KeepsWhatWasSeenAtTheLookBeforeWhereSomebodyLookedNowAndThen) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    const uint64_t first = maker.alloc(chip, Pool::kDram, 1);
    maker.free(first);
    maker.alloc(chip, Pool::kDram, 1);
    HistoryGap gap{ProcessIndex{0}, RecordingMaker::kBegan, 0, 0, "it was looked at every 10 s"};
    gap.sampled = true;
    maker.recording.gaps.push_back(gap);
    const Recording recording = maker.finish();
    EXPECT_EQ(told(recording), "1:+1 2:-1 3:+2 ");
    EXPECT_FALSE(coverage_of(recording).complete);
}

TEST(Replay, TellsTheSameInASecondRun) {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({1, 2}), chip = maker.place({2});
    maker.alloc(mesh, Pool::kDram, 1);
    maker.alloc(chip, Pool::kDram, 1);
    const Recording recording = maker.finish();
    Replay replay(recording);
    Told first, second;
    replay.run(first);
    ASSERT_EQ(replay.chips().size(), 2u);  // chip 2 has more than chip 1
    replay.run(second);
    EXPECT_EQ(first.words, second.words);
    EXPECT_EQ(replay.chips().size(), 2u);
}

TEST(Replay, ChipsThatAreUsedAlikeStayTogether) {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({1, 2, 3});
    maker.place({1});  // opened, and nothing allocated there
    maker.alloc(mesh, Pool::kDram, 1);
    const Recording recording = maker.finish();
    Replay replay(recording);
    Told told;
    replay.run(told);
    ASSERT_EQ(replay.chips().size(), 1u);
    EXPECT_EQ(replay.chips()[0].chips.size(), 3u);
}

TEST(Replay, InAGapStaysWhatLivesAtTheEnd) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.alloc(chip, Pool::kDram, 1);
    const uint64_t lost = maker.alloc(chip, Pool::kDram, 2);
    maker.free(lost);                   // nobody recorded this
    maker.alloc(chip, Pool::kDram, 4);  // nor this, which is live at the end
    maker.alloc(chip, Pool::kDram, 8);
    maker.events.erase(maker.events.begin() + 2, maker.events.begin() + 4);
    const WallTime began = RecordingMaker::kBegan, step = RecordingMaker::kStep;
    maker.recording.gaps = {{ProcessIndex{0}, began + 3 * step, began + 4 * step, 2, "2 events were overwritten"}};
    const Recording recording = maker.finish();
    EXPECT_EQ(told(recording), "1:+1 2:+2 3:lost 2 3:+3 3:+4 ");
    EXPECT_FALSE(coverage_of(recording).complete);
}

TEST(Replay, AGapThatEndsWhereTheRecordingBeginsDisturbsNothing) {
    RecordingMaker maker;
    maker.alloc(maker.place({1}), Pool::kDram, 1);
    maker.recording.gaps = {{ProcessIndex{0}, 0, RecordingMaker::kBegan, 0, "It began when the program was running."}};
    const Recording recording = maker.finish();
    EXPECT_FALSE(has_inner_gaps(recording));
    EXPECT_TRUE(coverage_of(recording).complete);
    EXPECT_EQ(coverage_of(recording).notes.size(), 1u);
}

TEST(Replay, AFreeOfNothingContradictsTheRecordUnlessAClosePassed) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    const uint64_t one = maker.alloc(chip, Pool::kDram, 1);
    maker.close(chip);
    maker.live[one] = maker.events[0];
    maker.free(one);  // late
    const Recording late = maker.finish();
    Replay replay(late);
    Told words;
    replay.run(words);
    EXPECT_EQ(replay.contradictions(), 0u);

    RecordingMaker other;
    const uint64_t two = other.alloc(other.place({1}), Pool::kDram, 1);
    other.free(two);
    other.events.erase(other.events.begin());
    const Recording broken = other.finish();
    Replay second(broken);
    second.run(words);
    EXPECT_EQ(second.contradictions(), 1u);
}

}  // namespace
}  // namespace ttmem

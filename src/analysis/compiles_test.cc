#include "src/analysis/compiles.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

using Table = Compiles::Table;

// Steps of a model, with calls of one operation in each.
class Steps {
public:
    // A call that makes so many tensors, and frees all but the last `left`; gives these.
    std::vector<uint64_t> call(bool compiles, int made, int left) {
        scope(EventKind::kOperationBegun);
        if (compiles) maker_.compile(op_);
        std::vector<uint64_t> handles;
        for (int i = 0; i < made; ++i) handles.push_back(maker_.alloc(chip_, Pool::kDram, 10, op_));
        while (handles.size() > static_cast<size_t>(left)) {
            maker_.free(handles.front());
            handles.erase(handles.begin());
        }
        scope(EventKind::kOperationEnded);
        return handles;
    }
    void begin() { maker_.begin_iteration(); }
    void end() { maker_.end_iteration(); }
    void step(bool compiles, int made, int left) {
        begin();
        call(compiles, made, left);
        end();
    }
    void free(uint64_t handle) { maker_.free(handle); }

    Table table(uint64_t handle) {
        Compiles compiles;
        for (const Event& event : maker_.events) compiles.applied(event);
        return compiles.is_table(0, handle);
    }

private:
    void scope(EventKind kind) {
        Event& event = maker_.add(kind);
        event.name = op_, event.thread = 1;
    }

    RecordingMaker maker_;
    const uint32_t chip_ = maker_.place({1}), op_ = maker_.text("ttnn.conv2d");
};

TEST(Compiles, TablesAreWhatACallMakesBeyondCallsWithoutAProgram) {
    Steps steps;
    steps.begin();
    const uint64_t table = steps.call(true, 12, 5).back();
    steps.end();
    EXPECT_EQ(steps.table(table), Table::kUnknown);
    for (int i = 0; i < 3; ++i) steps.step(false, 7, 0);
    EXPECT_EQ(steps.table(table), Table::kYes);
}

TEST(Compiles, AResultThatIsKeptIsNone) {
    Steps steps;
    steps.begin();
    const uint64_t result = steps.call(true, 1, 1).back();
    steps.end();
    for (int i = 0; i < 3; ++i) steps.step(false, 1, 0);
    EXPECT_EQ(steps.table(result), Table::kNo);
}

TEST(Compiles, WithATableAndAResultThatAreKeptNoneIsSaidToBeOne) {
    Steps steps;
    steps.begin();
    const std::vector<uint64_t> left = steps.call(true, 3, 2);
    steps.end();
    for (int i = 0; i < 3; ++i) steps.step(false, 2, 0);
    EXPECT_EQ(steps.table(left[0]), Table::kNo);
    steps.free(left[1]);
    EXPECT_EQ(steps.table(left[0]), Table::kYes) << "the result is gone";
}

// Another call of the step compiles, in the same operation.
TEST(Compiles, IsToldForEachCall) {
    Steps steps;
    uint64_t kept = 0;
    for (int i = 0; i < 4; ++i) {
        steps.begin();
        kept = steps.call(false, 1, 1).back();
        steps.call(true, 1, 0);
        steps.end();
    }
    EXPECT_EQ(steps.table(kept), Table::kNo);
}

// The first layer makes more than the second one.
TEST(Compiles, ComparesCallsAtTheSamePlaceOfAStep) {
    Steps steps;
    steps.begin();
    const uint64_t first = steps.call(true, 12, 5).back(), second = steps.call(true, 8, 5).back();
    steps.end();
    for (int i = 0; i < 3; ++i) {
        steps.begin();
        steps.call(false, 7, 0);
        steps.call(false, 3, 0);
        steps.end();
    }
    EXPECT_EQ(steps.table(first), Table::kYes);
    EXPECT_EQ(steps.table(second), Table::kYes);
}

TEST(Compiles, AnOperationThatAlwaysCompilesTellsNothing) {
    Steps steps;
    uint64_t left = 0;
    for (int i = 0; i < 9; ++i) {
        steps.begin();
        left = steps.call(true, 2, 1).back();
        steps.end();
    }
    EXPECT_EQ(steps.table(left), Table::kUnknown);
}

}  // namespace
}  // namespace ttmem

#include "src/analysis/leaks/compiles.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

using Table = Compiles::Table;

// Steps of a model, with calls of one operation in each.
class Steps {
public:
    // A call that makes some temporaries and gives so many tensors, its tables first.
    std::vector<uint64_t> call(bool compiles, int results) {
        scope(EventKind::kOperationBegun);
        if (compiles) programs_.push_back(maker_.compile(op_));
        for (int i = 0; i < 3; ++i) maker_.free(maker_.alloc(chip_, Pool::kDram, 10, op_));
        std::vector<uint64_t> handles;
        for (int i = 0; i < results; ++i) handles.push_back(maker_.alloc(chip_, Pool::kDram, 10, op_));
        scope(EventKind::kOperationEnded);
        return handles;
    }
    void begin() { maker_.begin_iteration(); }
    void end() { maker_.end_iteration(); }
    void free(uint64_t handle) { maker_.free(handle); }
    // A step of one call without a program, whose results are freed.
    void clean(int results) {
        begin();
        for (const uint64_t handle : call(false, results)) free(handle);
        end();
    }
    void clear_cache() {
        for (const uint64_t program : programs_) maker_.add(EventKind::kProgramDestroyed).subject = program;
        programs_.clear();
    }
    void close() { maker_.close(chip_); }

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
    std::vector<uint64_t> programs_;
};

// The call that compiled, whose result is freed: five tables.
std::vector<uint64_t> compile(Steps& steps) {
    steps.begin();
    std::vector<uint64_t> left = steps.call(true, 6);
    steps.free(left.back());
    left.pop_back();
    steps.end();
    return left;
}

TEST(Compiles, TablesAreWhatLivesBesideTheResults) {
    Steps steps;
    const uint64_t table = compile(steps).front();
    EXPECT_EQ(steps.table(table), Table::kUnknown);
    for (int i = 0; i < 3; ++i) steps.clean(1);
    EXPECT_EQ(steps.table(table), Table::kYes);
}

TEST(Compiles, AResultThatIsKeptIsNone) {
    Steps steps;
    steps.begin();
    const uint64_t result = steps.call(true, 1).back();
    steps.end();
    for (int i = 0; i < 3; ++i) steps.clean(1);
    EXPECT_EQ(steps.table(result), Table::kNo);
}

TEST(Compiles, WithATableAndAResultThatAreKeptNoneIsSaidToBeOne) {
    Steps steps;
    steps.begin();
    const std::vector<uint64_t> left = steps.call(true, 2);
    steps.end();
    for (int i = 0; i < 3; ++i) steps.clean(1);
    EXPECT_EQ(steps.table(left[0]), Table::kNo);
    steps.free(left[1]);
    EXPECT_EQ(steps.table(left[0]), Table::kYes) << "the result is gone";
}

// Calls without a program put their result where there is memory already.
TEST(Compiles, AResultOfAnOperationThatElseMakesNoneIsNone) {
    Steps steps;
    steps.begin();
    const uint64_t result = steps.call(true, 1).back();
    steps.end();
    for (int i = 0; i < 3; ++i) steps.clean(0);
    EXPECT_EQ(steps.table(result), Table::kNo);
}

// Another call of the step compiles, in the same operation.
TEST(Compiles, IsToldForEachCall) {
    Steps steps;
    uint64_t kept = 0;
    for (int i = 0; i < 4; ++i) {
        steps.begin();
        kept = steps.call(false, 1).back();
        steps.free(steps.call(true, 1).back());
        steps.end();
    }
    EXPECT_EQ(steps.table(kept), Table::kNo);
}

TEST(Compiles, WhatOutlivesItsProgramsIsNoTable) {
    for (const bool closes : {false, true}) {
        Steps steps;
        const uint64_t table = compile(steps).front();
        for (int i = 0; i < 3; ++i) steps.clean(1);
        steps.begin();
        steps.clear_cache();
        if (closes) steps.close();
        steps.end();
        EXPECT_EQ(steps.table(table), closes ? Table::kYes : Table::kNo) << closes;
    }
}

TEST(Compiles, AnOperationThatAlwaysCompilesTellsNothing) {
    Steps steps;
    uint64_t left = 0;
    for (int i = 0; i < 9; ++i) {
        steps.begin();
        left = steps.call(true, 1).back();
        steps.end();
    }
    EXPECT_EQ(steps.table(left), Table::kUnknown);
}

}  // namespace
}  // namespace ttmem

#include "src/views/text/traces.h"

#include <gtest/gtest.h>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

constexpr uint64_t kTracesKiB = 1024;

// A capture that makes an activation of 4 KiB at 0 and frees it; a tensor comes there, and the trace is replayed.
class TracesSample {
public:
    RecordingMaker maker;
    uint32_t chip = maker.place({0xa0});
    uint32_t relu = maker.text("relu"), concat = maker.text("concat"), decode = maker.text("decode");

    explicit TracesSample(bool counted = true) {
        ChipUse& use = maker.use(0, 0xa0);
        use.chip.logical_id = 0;
        use.chip.pools[static_cast<size_t>(Pool::kTrace)] = {2, 64 * kTracesKiB};
        maker.free(at(0, 4 * kTracesKiB, relu));
        event(EventKind::kTraceCaptured, 77).address = counted ? 2 : 0;
        at(128 * kTracesKiB, kTracesKiB, relu, {.allocation_class = AllocationClass::kTrace, .holder = 77},
           Pool::kTrace);
    }
    uint64_t at(uint64_t address, uint64_t bytes, uint32_t op, RecordingMaker::What what = {},
                Pool pool = Pool::kDram) {
        what.op = op;
        const uint64_t handle = maker.alloc(chip, pool, bytes, what);
        Event& made = maker.events.back();
        made.address = address;
        made.banks = made.data_banks = 2;
        maker.live.at(handle) = made;
        return handle;
    }
    Event& event(EventKind kind, uint64_t subject) {
        Event& made = maker.add(kind);
        made.subject = subject;
        made.place = chip;
        made.thread = 1;
        made.name = decode;
        return made;
    }
    std::string text() {
        const Recording recording = maker.finish();
        return traces_text({recording, traces_of(recording), 20}, {});
    }
};

TEST(TracesText, NamesWhatAReplayOverwrote) {
    TracesSample sample;
    sample.at(0, 4 * kTracesKiB, sample.concat);
    sample.event(EventKind::kTraceReplayed, 77);
    EXPECT_EQ(sample.text(), R"(1 block was overwritten by the replay of a trace.
1 trace of chip 0: 2.00 KiB at once, of a trace region of 128 KiB; 126 KiB are left. trace_region_size=2048 holds them all.

TRACE   CHIPS  CAPTURED  COMMANDS  REPLAYS  ENDED  MADE MEANWHILE  IN ITS WAY  OVERWRITTEN
decode  0          +3 s  2.00 KiB        1  lives        8.00 KiB           1            1

Allocated where a live trace writes:
TRACE   OP      POOL  ADDRESS  PER BANK   OVERLAP  ALLOCATED  OVERWRITTEN
decode  concat  dram      0x0  4.00 KiB  4.00 KiB       +5 s         +6 s
Allocate them before the trace is captured, or release the trace first.

Recorded: 7 s, 6 events of 1 process.
)");
}

TEST(TracesText, SaysThatABlockMayBeSafeWhereTheBeginOfTheCaptureIsNotKnown) {
    TracesSample sample(false);
    sample.at(0, 4 * kTracesKiB, sample.concat);
    sample.event(EventKind::kTraceReplayed, 77);
    const std::string text = sample.text();
    EXPECT_TRUE(text.starts_with("1 block was overwritten by the replay of a trace, or fewer.\n")) << text;
    EXPECT_NE(text.find("a block that is listed may be safe; one that is not is safe."), std::string::npos) << text;
}

TEST(TracesText, SaysThatNothingIsInTheWay) {
    TracesSample sample;
    sample.at(4 * kTracesKiB, 4 * kTracesKiB, sample.concat);
    EXPECT_TRUE(sample.text().starts_with("No block lies in the way of a trace.\n"));
}

TEST(TracesText, TellsOfATraceForEachStepThatIsNeverReleased) {
    TracesSample sample;
    for (uint64_t step = 1; step <= 3; ++step) {
        sample.maker.begin_iteration();
        sample.event(EventKind::kTraceCaptured, 100 + step).iteration = static_cast<uint32_t>(step);
        sample.maker.end_iteration();
    }
    const std::string text = sample.text();
    EXPECT_NE(text.find("4 of them were never released by their program, captured in 3 different iterations"),
              std::string::npos)
        << text;
}

TEST(TracesText, SaysThatThereIsNoTrace) {
    RecordingMaker maker;
    maker.place({0xa0});
    const Recording idle = maker.finish();
    EXPECT_TRUE(traces_text({idle, traces_of(idle), 0}, {}).starts_with("No trace was captured.\n"));
}

}  // namespace
}  // namespace ttmem

// Call stacks: as texts, and beside the allocations that they made.
#include <string>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

uint32_t stack_of(const Bytes& bytes, ttmem_handle handle) { return static_cast<uint32_t>(bytes.slot(handle).check); }

FrameText frame_of(const Bytes& bytes, ttmem_stack stack) {
    const std::string text = bytes.text(stack);
    FrameText frame{};
    CHECK_EQ(text.size(), sizeof frame);
    text.copy(reinterpret_cast<char*>(&frame), sizeof frame);
    return frame;
}

}  // namespace

CLIENT_TEST(Stack, StandsBesideItsAllocationInSlotAndEvent, {{"TTMEM_LEVEL", "stacks"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    const ttmem_stack outer = ttmem_intern_frame(0, "main.py", 7, "<module>");
    const ttmem_stack inner = ttmem_intern_frame(outer, "model.py", 42, "forward");
    const ttmem_handle with = ttmem_record_alloc_with_stack(&a, inner), without = ttmem_record_alloc(&a);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(stack_of(bytes, with), inner);
    CHECK_EQ(stack_of(bytes, without), 0);
    const RingHeader& ring = bytes.map().rings[0];
    CHECK_EQ(static_cast<uint32_t>(bytes.map().events[ring.position - 2].check), inner);
    const FrameText frame = frame_of(bytes, inner);
    CHECK_EQ(frame.caller, outer);
    CHECK(bytes.text(frame.file) == "model.py");
    CHECK(bytes.text(frame.function) == "forward");
    CHECK_EQ(frame.line, 42);
    CHECK_EQ(frame_of(bytes, outer).caller, 0);
    bytes.check_consistent();
}

CLIENT_TEST(Stack, IsIgnoredBelowItsLevel, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    const ttmem_stack stack = ttmem_intern_frame(0, "model.py", 42, "forward");
    const ttmem_handle handle = ttmem_record_alloc_with_stack(&a, stack);
    CHECK(handle != 0);
    CHECK_EQ(stack_of(Bytes::mine(), handle), 0);
    CHECK_EQ(ttmem_set_level(TTMEM_LEVEL_STACKS), TTMEM_OK);
    CHECK_EQ(stack_of(Bytes::mine(), ttmem_record_alloc_with_stack(&a, stack)), stack);
}

CLIENT_TEST(Stack, TheSameHasTheSameNumberAndNoOtherHas, {}) {
    const ttmem_stack one = ttmem_intern_frame(0, "model.py", 42, "forward");
    CHECK(one != 0);
    CHECK_EQ(ttmem_intern_frame(0, "model.py", 42, "forward"), one);
    CHECK(ttmem_intern_frame(0, "model.py", 43, "forward") != one);
    CHECK(ttmem_intern_frame(0, "model.py", 42, "backward") != one);
    CHECK(ttmem_intern_frame(0, "main.py", 42, "forward") != one);
    CHECK(ttmem_intern_frame(one, "model.py", 42, "forward") != one);
}

CLIENT_TEST(Stack, KeepsTheEndOfALongFileAndTheBeginOfALongFunction, {}) {
    const std::string folder(300, 'd'), function(300, 'f');
    const ttmem_stack stack = ttmem_intern_frame(0, (folder + "/model.py").c_str(), 42, function.c_str());
    const Bytes bytes = Bytes::mine();
    CHECK(bytes.text(frame_of(bytes, stack).file) == folder.substr(0, 255 - 9) + "/model.py");
    CHECK(bytes.text(frame_of(bytes, stack).function) == function.substr(0, 255));
}

CLIENT_TEST(Stack, NeedsAFileAndACallerThatWasGiven, {}) {
    const ttmem_stack nameless = ttmem_intern_frame(0, "model.py", 42, nullptr);
    CHECK(nameless != 0);
    CHECK_EQ(ttmem_intern_frame(0, "model.py", 42, ""), nameless);
    CHECK_EQ(Bytes::mine().live().invalid, 0);
    CHECK_EQ(ttmem_intern_frame(0, nullptr, 42, "forward"), 0);
    CHECK_EQ(ttmem_intern_frame(0, "", 42, "forward"), 0);
    CHECK_EQ(ttmem_intern_frame(999'999, "model.py", 42, "forward"), 0);
    CHECK_EQ(Bytes::mine().live().invalid, 3);
    CHECK_EQ(Bytes::mine().live().frames_refused, 0);
}

CLIENT_TEST(Stack, ThatFindsNoRoomIsCountedAndLeavesRoomForNames, {}) {
    ttmem_stack stack = 0;
    uint32_t line = 0;
    do {
        stack = ttmem_intern_frame(0, "model.py", ++line, "forward");
    } while (stack != 0 && line < 1'000'000);
    CHECK(line > 100'000);  // so many fit
    CHECK_EQ(Bytes::mine().live().frames_refused, 1);
    CHECK_EQ(ttmem_intern_frame(0, std::string(200, 'o').c_str(), 1, "forward"), 0);   // a file that is new
    CHECK_EQ(ttmem_intern_frame(0, "model.py", 1, std::string(200, 'b').c_str()), 0);  // a function that is
    CHECK(ttmem_intern_frame(0, "model.py", 1, "forward") != 0);                       // all are known
    CHECK_EQ(Bytes::mine().live().frames_refused, 3);
    for (int i = 0; i < 10'000; ++i) CHECK(ttmem_intern(std::to_string(i).c_str()) != 0);
    CHECK_EQ(Bytes::mine().live().texts_full, 0);
}

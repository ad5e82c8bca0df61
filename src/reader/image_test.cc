// Sources and images: nothing comes out that is not in the file.
#include "src/reader/image.h"

#include <gtest/gtest.h>

#include "src/reader/reader.h"
#include "src/reader/source.h"
#include "tests/support/test_ledger.h"

namespace ttmem::ledger {
namespace {

TEST(Sources, GiveNothingThatIsNotThere) {
    uint64_t words[4] = {1, 2, 3, 4}, into = 0;
    const MemorySource memory(words, sizeof words);
    EXPECT_TRUE(memory.read(24, &into, 8));
    EXPECT_EQ(into, 4u);
    EXPECT_TRUE(memory.read(8, &into, 4)) << "the last bytes need not be a word";
    EXPECT_FALSE(memory.read(32, &into, 8));
    EXPECT_FALSE(memory.read(40, &into, 8));
    EXPECT_FALSE(memory.read(UINT64_MAX, &into, 8));
    const FdSource closed(-1);
    EXPECT_EQ(closed.size(), 0u);
    EXPECT_FALSE(closed.read(0, &into, 8));
    EXPECT_TRUE(closed.read(0, &into, 0));
}

TEST(Image, TextsAndIterationsAreFoundByTheirNumbers) {
    TestLedger ledger;
    const uint32_t name = ledger.add_text("matmul");
    LedgerImage image;
    ASSERT_TRUE(LedgerReader().read(ledger.source(), {}, image).ok());
    EXPECT_EQ(image.text(name), "matmul");
    for (const uint64_t number : {uint64_t{0}, uint64_t{99'999}, uint64_t{name + 1}, UINT64_MAX}) {
        EXPECT_EQ(image.text(number), "") << number;
    }
    for (const uint64_t head : {uint64_t{0}, uint64_t{256}, uint64_t{255}}) {  // no length, too long, beyond the region
        image.texts_region[name] = head;
        EXPECT_EQ(image.text(name), "");
    }
    RingImage ring{};
    ring.iterations[1] = uint64_t{5} << 32 | 7;
    image.rings = {ring};
    EXPECT_TRUE(image.iteration_is_open(7));
    EXPECT_FALSE(image.iteration_is_open(8));
    image.rings.clear();
    EXPECT_FALSE(image.iteration_is_open(7));
}

TEST(Image, ACallStackIsATextThatLeadsToSmallerNumbers) {
    TestLedger ledger;
    const uint32_t file = ledger.add_text("model.py"), function = ledger.add_text("forward");
    const auto add = [&](uint32_t caller, uint32_t of_file) { return ledger.add_frame(caller, of_file, 42, function); };
    const uint32_t outer = add(0, file), inner = add(outer, file);
    const uint32_t in_a_circle = add(inner + 1000, file), of_nothing = add(outer, 99'999);
    LedgerImage image;
    ASSERT_TRUE(LedgerReader().read(ledger.source(), {}, image).ok());
    const std::optional<FrameImage> frame = image.frame(inner);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->caller, outer);
    EXPECT_EQ(image.text(frame->file), "model.py");
    EXPECT_EQ(image.text(frame->function), "forward");
    EXPECT_EQ(frame->line, 42u);
    EXPECT_EQ(image.frame(outer)->caller, 0u);
    for (const uint32_t number : {0u, file, 99'999u, in_a_circle, of_nothing}) EXPECT_FALSE(image.frame(number));
}

}  // namespace
}  // namespace ttmem::ledger

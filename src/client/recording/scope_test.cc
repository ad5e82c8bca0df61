// Who: operations, tags and iterations of a thread.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "include/ttmem/ttmem.hpp"
#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

struct Owner {
    std::string op, tag;
    uint64_t thread;
};

Owner owner_of(const Bytes& bytes, ttmem_handle handle) {
    const OwnerRecord& record = bytes.map().owners[bytes.body(handle).owner()];
    CHECK_EQ(record.check, check_sum(reinterpret_cast<const uint64_t*>(&record.op_and_tag), 2));
    return {bytes.text(static_cast<uint32_t>(record.op_and_tag >> 32)),
            bytes.text(static_cast<uint32_t>(record.op_and_tag)), record.thread};
}

uint64_t iteration_of(ttmem_handle handle) { return Bytes::mine().body(handle).iteration(); }

}  // namespace

CLIENT_TEST(Scopes, AnAllocationBelongsToTheInnermostOpAndTheTag, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    const ttmem_handle outside = ttmem_record_alloc(&a);
    ttmem_handle inside, inner, after;
    {
        const ttmem::OpScope op(ttmem_intern("attention"));
        inside = ttmem_record_alloc(&a);
        {
            const ttmem::OpScope nested(ttmem_intern("matmul"));
            const ttmem::TagScope tag(ttmem_intern("kv_cache"));
            inner = ttmem_record_alloc(&a);
        }
        after = ttmem_record_alloc(&a);
    }
    const Bytes bytes = Bytes::mine();
    CHECK(owner_of(bytes, outside).op.empty() && owner_of(bytes, outside).tag.empty());
    CHECK_EQ(owner_of(bytes, outside).thread, static_cast<uint64_t>(getpid()));
    CHECK(owner_of(bytes, inside).op == "attention");
    CHECK(owner_of(bytes, inner).op == "matmul" && owner_of(bytes, inner).tag == "kv_cache");
    CHECK(owner_of(bytes, after).op == "attention" && owner_of(bytes, after).tag.empty());
    CHECK_EQ(bytes.body(after).owner(), bytes.body(inside).owner());
}

CLIENT_TEST(Scopes, DeeperScopesThanAreKeptStillEndInOrder, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    for (int i = 0; i < 80; ++i) {
        const ttmem_text text = ttmem_intern(("op" + std::to_string(i)).c_str());
        CHECK_EQ(ttmem_op_begin(text), i < 64 ? TTMEM_OK : TTMEM_FULL);
    }
    const ttmem_handle deepest = ttmem_record_alloc(&a);
    CHECK(owner_of(Bytes::mine(), deepest).op == "op63");
    for (int i = 0; i < 79; ++i) CHECK_EQ(ttmem_op_end(), TTMEM_OK);
    const ttmem_handle outermost = ttmem_record_alloc(&a);
    CHECK(owner_of(Bytes::mine(), outermost).op == "op0");
    CHECK_EQ(ttmem_op_end(), TTMEM_OK);
    CHECK_EQ(ttmem_op_end(), TTMEM_UNKNOWN);
}

CLIENT_TEST(Scopes, AFullTableOfOwnersForgetsTheThreadFirst, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    const auto begin = [](int i) { ttmem_op_begin(ttmem_intern(("o" + std::to_string(i)).c_str())); };
    for (int tag = 0; tag < 30; ++tag) {
        ttmem_set_tag(ttmem_intern(std::to_string(tag).c_str()));
        for (int i = 0; i < 2000; ++i) begin(i), ttmem_op_end();
    }
    begin(9000);
    const ttmem_handle handle = ttmem_record_alloc(&a);
    const Bytes bytes = Bytes::mine();
    CHECK(bytes.live().owners_full > 0);
    CHECK(owner_of(bytes, handle).op == "o9000");
    CHECK_EQ(owner_of(bytes, handle).thread, 0);
}

CLIENT_TEST(Iterations, AnAllocationBelongsToTheInnermost, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    const ttmem_handle before = ttmem_record_alloc(&a);
    CHECK_EQ(ttmem_iteration_begin(ttmem_intern("run")), TTMEM_OK);
    CHECK_EQ(ttmem_iteration_begin(ttmem_intern("step")), TTMEM_OK);
    const ttmem_handle inner = ttmem_record_alloc(&a);
    Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.body(before).iteration(), 0);
    CHECK_EQ(bytes.body(inner).iteration(), 2);
    CHECK_EQ(bytes.map().rings[0].iterations[0] & 0xffffff, 1);
    CHECK_EQ(bytes.map().rings[0].iterations[1] & 0xffffff, 2);
    CHECK(bytes.text(static_cast<uint32_t>(bytes.map().rings[0].iterations[1] >> 32)) == "step");
    CHECK_EQ(ttmem_iteration_end(), TTMEM_OK);
    const ttmem_handle outer = ttmem_record_alloc(&a);
    bytes = Bytes::mine();
    CHECK_EQ(bytes.body(outer).iteration(), 1);
    CHECK_EQ(bytes.map().rings[0].iterations[1], 0);
    CHECK_EQ(bytes.live().iterations_begun, 2);
    CHECK_EQ(bytes.live().iterations_ended, 1);
    bytes.check_consistent();
}

CLIENT_TEST(Iterations, TheFifthNestedOneIsRefusedAndItsEndEndsNoOther, {}) {
    const ttmem_text name = ttmem_intern("step");
    for (int i = 0; i < 4; ++i) CHECK_EQ(ttmem_iteration_begin(name), TTMEM_OK);
    CHECK_EQ(ttmem_iteration_begin(name), TTMEM_FULL);
    CHECK_EQ(ttmem_iteration_end(), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live().iterations_ended, 0);
    for (int i = 0; i < 4; ++i) CHECK_EQ(ttmem_iteration_end(), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live().iterations_ended, 4);
    CHECK_EQ(ttmem_iteration_end(), TTMEM_UNKNOWN);
}

CLIENT_TEST(Iterations, MayBeCountedByAnOperation, {{"TTMEM_ITERATIONS_BY", "step"}}) {
    const ttmem_text step = ttmem_intern("step"), matmul = ttmem_intern("matmul");
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    const auto iteration = [&] {
        const ttmem_handle handle = ttmem_record_alloc(&a);
        return Bytes::mine().body(handle).iteration();
    };
    CHECK_EQ(iteration(), 0);
    ttmem_op_begin(step), ttmem_op_begin(matmul), ttmem_op_begin(step);
    CHECK_EQ(iteration(), 1);  // the inner one is a part of the outer one
    ttmem_op_end(), ttmem_op_end(), ttmem_op_end();
    CHECK_EQ(iteration(), 1);  // until the next begins
    ttmem_op_begin(matmul), ttmem_op_end();
    CHECK_EQ(Bytes::mine().live().iterations_ended, 0);
    ttmem_op_begin(step);
    CHECK_EQ(iteration(), 2);
    CHECK_EQ(Bytes::mine().live().iterations_ended, 1);
    CHECK(Bytes::mine().text(static_cast<uint32_t>(Bytes::mine().map().rings[0].iterations[0] >> 32)) == "step");
}

CLIENT_TEST(Iterations, ByAnOperationBeginInsideOthersToo, {{"TTMEM_ITERATIONS_BY", "step"}}) {
    const ttmem_text step = ttmem_intern("step"), model = ttmem_intern("model");
    ttmem_op_begin(model), ttmem_op_begin(step), ttmem_op_end();
    ttmem_op_begin(step), ttmem_op_end(), ttmem_op_end();
    CHECK_EQ(Bytes::mine().live().iterations_begun, 2);
}

CLIENT_TEST(Iterations, AreNeverNumber0WhenTheirNumbersBeginAgain, {}) {
    const ttmem_allocation a = make_allocation(make_chip_place());
    const Bytes bytes = Bytes::mine();
    bytes.overwrite(bytes.live().iterations_begun, (1 << 24) - 2);
    for (const uint64_t expected : {(1 << 24) - 1, 1, 2}) {
        ttmem_iteration_begin(ttmem_intern("step"));
        CHECK_EQ(iteration_of(ttmem_record_alloc(&a)), expected);
        ttmem_iteration_end();
    }
}

CLIENT_TEST(Iterations, OfAThreadThatFindsARingLaterGoWithIt, {}) {
    const ttmem_place place = make_chip_place();
    std::vector<std::thread> others;
    std::atomic<uint64_t> started{0};
    std::atomic<bool> end{false};
    for (uint64_t i = 0; i + 1 < Geometry().rings; ++i) {
        others.emplace_back([&] {
            ttmem_intern("x");
            ++started;
            while (!end) std::this_thread::yield();
        });
    }
    while (started < Geometry().rings - 1) std::this_thread::yield();
    std::thread([&] {
        ttmem_iteration_begin(ttmem_intern("step"));
        const ttmem_allocation a = make_allocation(place);
        CHECK_EQ(iteration_of(ttmem_record_alloc(&a)), 0);  // it has none
        end = true;
        for (std::thread& other : others) other.join();
        uint64_t iteration = 0;
        for (int i = 0; i < 200 && iteration == 0; ++i) {
            iteration = iteration_of(ttmem_record_alloc(&a));
        }
        CHECK_EQ(iteration, 1);
        CHECK_EQ(ttmem_iteration_end(), TTMEM_OK);
    }).join();
    CHECK_EQ(Bytes::mine().live().iterations_ended, 1);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Scopes, OfMoreKindsThanThereIsRoomForAreNobodys, {}) {
    const ttmem_allocation a = make_allocation(make_chip_place());
    std::vector<ttmem_text> names;
    for (int i = 0; i < 260; ++i) names.push_back(ttmem_intern(std::to_string(i).c_str()));
    for (const ttmem_text op : names) {
        ttmem_op_begin(op);
        for (const ttmem_text tag : names) ttmem_set_tag(tag);
        ttmem_op_end();
    }
    CHECK(Bytes::mine().live().owners_full > 0);
    CHECK_EQ(Bytes::mine().live().owners_used, Geometry().owners);
    ttmem_op_begin(names.back());
    const ttmem_handle of_nobody = ttmem_record_alloc(&a);
    CHECK_EQ(Bytes::mine().body(of_nobody).owner(), 0);
    ttmem_op_end();
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Iterations, OfTheProgramSOwnComeBeforeThoseByAnOperation, {{"TTMEM_ITERATIONS_BY", "step"}}) {
    const ttmem_text step = ttmem_intern("step"), run = ttmem_intern("run");
    ttmem_iteration_begin(run);
    ttmem_op_begin(step), ttmem_op_end();
    CHECK_EQ(Bytes::mine().live().iterations_begun, 1);
    CHECK_EQ(ttmem_iteration_end(), TTMEM_OK);
    ttmem_op_begin(step), ttmem_op_end();
    CHECK_EQ(ttmem_iteration_end(), TTMEM_UNKNOWN);  // it is not the program's
    ttmem_iteration_begin(run);
    ttmem_op_begin(step), ttmem_op_end();
    CHECK_EQ(Bytes::mine().live().iterations_begun, 3);
    CHECK_EQ(ttmem_iteration_end(), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live().iterations_ended, 2);
    ttmem_op_begin(step), ttmem_op_end();
    CHECK_EQ(Bytes::mine().live().iterations_begun, 4);
    CHECK_EQ(Bytes::mine().live().iterations_ended, 3);
}

CLIENT_TEST(Iterations, AThreadThatEndsEndsItsIterations, {}) {
    ttmem_version();
    std::thread([] {
        const ttmem_text name = ttmem_intern("step");
        ttmem_iteration_begin(name), ttmem_iteration_begin(name);
    }).join();
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().iterations_ended, 2);
    CHECK_EQ(bytes.map().rings[0].iterations[0], 0);
    CHECK_EQ(bytes.map().rings[0].thread >> 32, 0);
}

CLIENT_TEST(Texts, TheSameTextHasTheSameNumber, {}) {
    const ttmem_text one = ttmem_intern("one"), two = ttmem_intern("two");
    CHECK(one != 0 && two != 0 && one != two);
    CHECK_EQ(ttmem_intern("one"), one);
    CHECK_EQ(ttmem_intern(""), 0);
    CHECK_EQ(ttmem_intern(nullptr), 0);
    const ttmem_text cut = ttmem_intern(std::string(300, 'x').c_str());
    CHECK_EQ(ttmem_intern(std::string(400, 'x').c_str()), cut);
    const Bytes bytes = Bytes::mine();
    CHECK(bytes.text(one) == "one");
    CHECK_EQ(bytes.text(cut).size(), 255);
}

CLIENT_TEST(Texts, AFullTableIsCounted, {}) {
    uint64_t refused = 0;
    const std::string long_one(240, 'x');
    for (int i = 0; i < 20000; ++i) refused += ttmem_intern((long_one + std::to_string(i)).c_str()) == 0;
    CHECK(refused > 0);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().texts_full, refused);
    CHECK(bytes.live().texts_used <= Geometry().text_bytes);
}

CLIENT_TEST(Texts, TwentyThousandOperationsKeepTheirNames, {}) {
    const ttmem_allocation a = make_allocation(make_chip_place());
    std::vector<ttmem_handle> handles;
    for (int i = 0; i < 20000; ++i) {
        ttmem_op_begin(ttmem_intern(("operation " + std::to_string(i)).c_str()));
        if (i % 10 == 0) handles.push_back(ttmem_record_alloc(&a));
        ttmem_op_end();
    }
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().texts_full + bytes.live().owners_full, 0);
    for (size_t i = 0; i < handles.size(); ++i) {
        const OwnerRecord& owner = bytes.map().owners[bytes.body(handles[i]).owner()];
        CHECK(bytes.text(static_cast<uint32_t>(owner.op_and_tag >> 32)) == "operation " + std::to_string(10 * i));
        CHECK(owner.thread != 0);
    }
}

CLIENT_TEST(Texts, AForkedChildHasAllOfMany, {}) {
    for (int i = 0; i < 20000; ++i) ttmem_intern(("text " + std::to_string(i)).c_str());
    const int status = in_child([] {
        const ttmem_text last = ttmem_intern("text 19999");
        CHECK(Bytes::mine().text(last) == "text 19999");
        CHECK_EQ(Bytes::mine().live().texts_full, 0);
    });
    CHECK_EQ(status, 0);
}

CLIENT_TEST(Scopes, ThatAreNestedTooDeepAreCounted, {}) {
    for (int i = 0; i < 66; ++i) CHECK_EQ(ttmem_op_begin(ttmem_intern("op")), i < 64 ? TTMEM_OK : TTMEM_FULL);
    for (int i = 0; i < 66; ++i) CHECK_EQ(ttmem_op_end(), TTMEM_OK);
    CHECK_EQ(ttmem_op_end(), TTMEM_UNKNOWN);
    CHECK_EQ(Bytes::mine().live().ops_too_deep, 2);
}

CLIENT_TEST(Iterations, ThatAreNestedTooDeepAreCounted, {}) {
    for (int i = 0; i < 6; ++i) CHECK_EQ(ttmem_iteration_begin(0), i < 4 ? TTMEM_OK : TTMEM_FULL);
    CHECK_EQ(Bytes::mine().live().iterations_lost, 2);
}

CLIENT_TEST(Guards, TheyEndWhatTheyBeganOnce, {}) {
    const ttmem_place place = make_chip_place();
    {
        const ttmem::Session session(place);
        const ttmem::IterationScope iteration(ttmem_intern("run"));
        ttmem::Allocation first(make_allocation(place));
        ttmem::Allocation second = std::move(first);
        CHECK_EQ(first.handle(), 0);
        CHECK_EQ(Bytes::mine().live_slots(), 1);
        first = ttmem::Allocation(make_allocation(place));
        second.free();
        CHECK_EQ(Bytes::mine().live_slots(), 1);
    }
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live_slots(), 0);
    CHECK_EQ(bytes.live().iterations_ended, 1);
    CHECK_EQ(bytes.live().late_free, 0);
    CHECK_EQ(bytes.session_of(place), 0);
}

CLIENT_TEST(Texts, AForkedChildWithLessRoomSaysThatItLacksThem, {}) {
    for (int i = 0; i < 20000; ++i) ttmem_intern(("text " + std::to_string(i)).c_str());
    const int status = in_child([] {
        make_tables_short();
        CHECK(ttmem_intern("text 19999") != 0);
        CHECK_EQ(ttmem_intern("of the child"), 0);
        CHECK(Bytes::mine().live().texts_full > 0);
    });
    CHECK_EQ(status, 0);
}

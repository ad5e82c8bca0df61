// A program that works in steps, closes its device, and ends with 0: whether a leak could have been seen is the
// question.
//
//   scenario-steps HOW LEFT [then HOW LEFT]
//
// `then`: the process becomes this program anew, under the same pid.
//
//   unmarked        5 steps, no iterations
//   marked          each step is an iteration of the API
//   operations      each step begins with the operation `test.zeros`; test.relu and test.exp follow
//   once            one iteration that is not ended before the close
//   within          each step is an iteration, and opens and closes the device itself
//   child           this process's steps are iterations; a forked child works without any and ends by _exit
//   thread          likewise a second thread, after the first iteration
//   setup           1 MiB is allocated first and freed by nobody; then as `marked`
//   after           as `marked`; then 1 MiB is allocated outside of any iteration
//   held            as `unmarked`, but the device is not closed: prints `ready`, waits for the end of its input
//
// Each operation stands in a line of its own of model.py, which the level `stacks` records.
//
// LEFT: what each step keeps: `leaks` 1 MiB, `nothing`, `late` 1 MiB that is freed after the close, or `list` 1 MiB
// that is freed before it, when all steps are done.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "tests/scenarios/tracked.h"

namespace {

using namespace ttmem::scenarios;

constexpr int kSteps = 5;

class Program {
public:
    explicit Program(std::string left) : left_(std::move(left)) {}

    // Allocates and frees; keeps what it should.
    void step(ttmem_place place) {
        ttmem_record_free(in_op("test.zeros", place, 10));
        ttmem_record_free(in_op("test.relu", place, 11));
        const ttmem_handle kept = in_op("test.exp", place, 12);
        if (left_ == "nothing") ttmem_record_free(kept);
        kept_.push_back(kept);
    }

    void steps(ttmem_place place, bool marked) {
        for (int i = 0; i < kSteps; ++i) {
            if (marked) ttmem_iteration_begin(ttmem_intern("step"));
            step(place);
            if (marked) ttmem_iteration_end();
        }
    }

    void close(ttmem_place place) {
        if (left_ == "list") free_kept();
        ttmem_close(place);
        if (left_ == "late") free_kept();
    }

private:
    ttmem_handle in_op(const char* name, ttmem_place place, uint32_t line) {
        ttmem_op_begin(ttmem_intern(name));
        const ttmem_allocation allocation = block(place, next_, kMiB);
        const ttmem_stack caller = ttmem_intern_frame(0, "/app/run.py", 3, "main");
        const ttmem_stack stack = ttmem_intern_frame(caller, "/app/model.py", line, "step");
        const ttmem_handle made = ttmem_record_alloc_with_stack(&allocation, stack);
        next_ += kMiB;
        ttmem_op_end();
        return made;
    }

    void free_kept() {
        for (const ttmem_handle handle : kept_) ttmem_record_free(handle);
    }

    std::string left_;
    std::vector<ttmem_handle> kept_;
    uint64_t next_ = 0;
};

int work_in_child(Program& program) {
    if (fork() == 0) {
        const ttmem_place place = open_chip();
        program.steps(place, false);
        program.close(place);
        _exit(0);
    }
    int status = 0;
    return wait(&status) > 0 && status == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const bool then = argc == 6 && std::string(argv[3]) == "then";
    if (argc != 3 && !then) return 2;
    const std::string how = argv[1], left = argv[2];
    Program program(left), tidy("nothing");
    if (how == "within") {
        for (int i = 0; i < kSteps; ++i) {
            ttmem_iteration_begin(ttmem_intern("step"));
            const ttmem_place place = open_chip();
            program.step(place);
            program.close(place);
            ttmem_iteration_end();
        }
        return 0;
    }
    const ttmem_place place = open_chip();
    if (how == "unmarked" || how == "operations" || how == "held") {
        program.steps(place, false);
    } else if (how == "marked") {
        program.steps(place, true);
    } else if (how == "once") {
        ttmem_iteration_begin(ttmem_intern("step"));
        program.step(place);
    } else if (how == "child") {
        tidy.steps(place, true);
        if (work_in_child(program) != 0) return 1;
    } else if (how == "thread") {
        tidy.steps(place, true);
        std::thread([&] { program.steps(place, false); }).join();
    } else if (how == "setup") {
        allocate(place, 0, kMiB);
        usleep(20'000);  // a coarse clock tells the two apart, too
        program.steps(place, true);
    } else if (how == "after") {
        tidy.steps(place, true);
        program.step(place);
    } else {
        return 2;
    }
    if (how == "held") {
        say_ready();
        wait_for_end_of_input();
    }
    program.close(place);
    if (then) execl(argv[0], argv[0], argv[4], argv[5], nullptr);
    return then ? 1 : 0;
}

// `ttmem`, the command: it looks at the ledgers of this machine and tells what they say. No daemon is needed.
#include <unistd.h>

#include <exception>
#include <new>
#include <string_view>

#include "src/apps/cli.h"
#include "src/apps/commands.h"
#include "src/apps/running/child_process.h"
#include "src/apps/terminal.h"

namespace {

// Memory may also be missing in a destructor, as that of a JSON document, from which nothing can be thrown.
[[noreturn]] void end_without_memory() {
    constexpr std::string_view kSentence = "ttmem: there is no more memory (std::bad_alloc)\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kSentence.data(), kSentence.size());
    ::_exit(ttmem::kFailed);
}

}  // namespace

int main(int argc, char** argv) {
    using namespace ttmem;
    occupy_closed_descriptors();
    std::set_new_handler(end_without_memory);
    try {
        Cli cli({// what is in use, and whose it is
                 status_command(), top_command(), ps_command(), buffers_command(), programs_command(), map_command(),
                 explain_command(),
                 // what happened
                 peak_command(), timeline_command(), stats_command(), tree_command(), growth_command(),
                 headroom_command(), replay_command(), traces_command(), diff_command(), check_command(),
                 page_command(), open_command(),
                 // what other sources say
                 show_command(), allocation_server_command(),
                 // what was left, and following a program until it ends
                 leaks_command(), run_command(), preload_path_command(), machines_command(), fit_command(),
                 // captures
                 record_command(), snapshot_command(), info_command(), export_command(), metrics_command(),
                 // the machine, the files, the command itself
                 doctor_command(), gc_command(), completion_command(), version_command()});
        return cli.run(argc, argv);
    } catch (const std::bad_alloc&) {
        end_without_memory();
    } catch (const std::exception& error) {
        return Terminal({}).fail({"ttmem itself has failed", error.what(), "please report this, with the command line"},
                                 kFailed);
    }
}

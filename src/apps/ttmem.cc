// `ttmem`, the command: it looks at the ledgers of this machine and tells what they say. No daemon is needed.
#include <exception>

#include "src/apps/child_process.h"
#include "src/apps/cli.h"
#include "src/apps/commands.h"
#include "src/apps/terminal.h"

int main(int argc, char** argv) {
    using namespace ttmem;
    occupy_closed_descriptors();
    try {
        Cli cli({// what is in use, and whose it is
                 status_command(), ps_command(), buffers_command(), programs_command(), explain_command(),
                 // what other sources say
                 show_command(), serve_legacy_command(),
                 // what was left, and following a program until it ends
                 leaks_command(), run_command(), preload_path_command(),
                 // the machine, the files, the command itself
                 doctor_command(), gc_command(), completion_command(), version_command()});
        return cli.run(argc, argv);
    } catch (const std::exception& error) {
        return Terminal({}).fail({"ttmem itself has failed", error.what(), "please report this, with the command line"},
                                 kFailed);
    }
}

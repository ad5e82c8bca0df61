// A program with many tracked workers, as a test run or MPI has them. All of them give back what they took, except one.
//
//   scenario-workers at-once COUNT LEAKER     all live at the same time
//   scenario-workers one-by-one COUNT LEAKER  each ends before the next begins
//   scenario-workers damage COUNT WORKER      one by one, none leaks; WORKER makes its own ledger unreadable
//
// Workers count from 0; -1 is none of them. The program itself records nothing. It ends with 0.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/scenarios/tracked.h"

namespace {

using namespace ttmem::scenarios;

bool is_mapped(ino_t inode) {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        if (line.find(" rw-s ") != std::string::npos &&
            line.find(" " + std::to_string(inode) + " ") != std::string::npos)
            return true;
    }
    return false;
}

// Overwrites what makes the file a ledger. It is known by its inode: it had no name when it was mapped.
void damage_own_ledger() {
    for (const auto& entry : std::filesystem::directory_iterator(std::getenv("TTMEM_DIR"))) {
        struct stat status {};
        if (stat(entry.path().c_str(), &status) != 0 || !is_mapped(status.st_ino)) continue;
        chmod(entry.path().c_str(), 0600);
        const int file = open(entry.path().c_str(), O_WRONLY | O_CLOEXEC);
        const char rubbish[8] = "rubbish";
        if (pwrite(file, rubbish, sizeof rubbish, 0) != sizeof rubbish) _exit(1);
        close(file);
        return;
    }
    _exit(1);
}

[[noreturn]] void work(bool leaks, bool damages, int ready, int go) {
    const ttmem_place place = open_chip();
    ttmem_iteration_begin(ttmem_intern("test"));
    const ttmem_handle handle = allocate(place, 0, kMiB);
    char byte = 'x';
    if (ready >= 0 && (write(ready, &byte, 1) != 1 || read(go, &byte, 1) < 0)) _exit(1);
    if (!leaks) ttmem_record_free(handle);
    ttmem_iteration_end();
    ttmem_close(place);
    if (damages) damage_own_ledger();
    std::exit(0);
}

int wait_for(int count) {
    bool all_well = true;
    for (int i = 0; i < count; ++i) {
        int status = 0;
        all_well = wait(&status) > 0 && status == 0 && all_well;
    }
    return all_well ? 0 : 1;
}

int at_once(int count, int leaker) {
    int ready[2], go[2];
    if (pipe(ready) != 0 || pipe(go) != 0) return 1;
    for (int i = 0; i < count; ++i) {
        if (fork() != 0) continue;
        close(go[1]);
        work(i == leaker, false, ready[1], go[0]);
    }
    char byte;
    for (int i = 0; i < count; ++i) {
        if (read(ready[0], &byte, 1) != 1) return 1;
    }
    close(go[1]);  // everybody reads the end
    return wait_for(count);
}

int one_by_one(int count, int leaker, int damager) {
    for (int i = 0; i < count; ++i) {
        if (fork() == 0) work(i == leaker, i == damager, -1, -1);
        if (wait_for(1) != 0) return 1;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const std::string command = argv[1];
    const int count = std::atoi(argv[2]), worker = std::atoi(argv[3]);
    if (command == "at-once") return at_once(count, worker);
    if (command == "one-by-one") return one_by_one(count, worker, -1);
    if (command == "damage") return one_by_one(count, -1, worker);
    return 2;
}

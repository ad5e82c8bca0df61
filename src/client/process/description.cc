#include "src/client/process/description.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/client/process/hex.h"
#include "src/client/process/process.h"

namespace ttmem::client {
namespace {

size_t read_file(const char* path, char* buffer, size_t size) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    const ssize_t got = read(fd, buffer, size);
    close(fd);
    return got < 0 ? 0 : static_cast<size_t>(got);
}

void read_boot_id(uint8_t (&id)[16]) {
    char text[64];
    const size_t length = read_file("/proc/sys/kernel/random/boot_id", text, sizeof text);
    int digits = 0;
    for (size_t i = 0; i < length && digits < 32; ++i) {
        const int value = hex_digit(text[i]);
        if (value < 0) continue;
        id[digits / 2] = static_cast<uint8_t>(id[digits / 2] << 4 | value);
        ++digits;
    }
}

}  // namespace

// Field 22 of /proc/self/stat; the name in field 2 may hold blanks and brackets.
uint64_t start_ticks() {
    char text[1024];
    const size_t length = read_file("/proc/self/stat", text, sizeof text - 1);
    text[length] = 0;
    const char* end = strrchr(text, ')');
    for (int field = 2; field < 22 && end != nullptr; ++field) end = strchr(end + 1, ' ');
    if (end == nullptr) return 0;
    uint64_t ticks = 0;
    while (static_cast<unsigned char>(*++end - '0') < 10) ticks = ticks * 10 + static_cast<uint64_t>(*end - '0');
    return ticks;
}

void describe_process(ledger::StaticHeader& header) {
    memcpy(header.ledger_id, process.ledger_id, sizeof header.ledger_id);
    memcpy(header.run_id, process.config.run_id, sizeof header.run_id);
    read_boot_id(header.boot_id);
    header.pid = static_cast<uint32_t>(getpid());
    header.uid = getuid();
    header.start_ticks = start_ticks();
    struct stat status {};
    if (stat("/proc/self/ns/pid", &status) == 0) header.pid_namespace = status.st_ino;
    header.clock_kind = static_cast<uint32_t>(process.clock.kind);
    header.clock_shift = process.clock.shift;
    const size_t comm = read_file("/proc/self/comm", header.comm, sizeof header.comm);
    if (comm > 0) header.comm[comm - 1] = 0;  // the end of the line
    const size_t length = read_file("/proc/self/cmdline", header.command_line, sizeof header.command_line - 1);
    for (size_t i = 0; i + 1 < length; ++i) {
        if (header.command_line[i] == 0) header.command_line[i] = ' ';
    }
    strcpy(header.library_version, TTMEM_LIBRARY_VERSION);
}

}  // namespace ttmem::client

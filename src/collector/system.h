// What the collector asks of the machine: files, locks, processes, clocks. Small interfaces, so that a simulator can be
// the machine; real_system() is this one.
//
// Everything here reads, but for LedgerDirectory::remove() and mark_dead(). Nothing blocks: no lock is taken, no pipe
// is waited for.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/model/snapshot.h"
#include "src/reader/source.h"

namespace ttmem {

// Nanoseconds part of FileFacts::modified_at by which a time is known to be one of mark_dead(), also a client's.
constexpr WallTime kSeenDeadNanoseconds = 1;

// What the kernel says of a file.
struct FileFacts {
    uint64_t device = 0, inode = 0;  // together: which file it is
    uint32_t uid = 0;
    uint64_t bytes = 0;        // its size
    uint64_t bytes_taken = 0;  // memory that it takes: less where it has holes
    WallTime modified_at = 0;  // set by mark_dead(); else about when it was made
};

// An open ledger. It can be read as long as this object lives, even when its name is gone.
class LedgerFile {
public:
    virtual ~LedgerFile() = default;
    virtual const FileFacts& facts() const = 0;
    virtual const ledger::ByteSource& bytes() const = 0;

    // Whether the process that writes it lives: it holds a lock that the kernel takes back when it ends. Asks, never
    // locks.
    virtual bool writer_lives() const = 0;
    // False: the kernel refused to say whether it lives at least once; it is taken to live then.
    virtual bool life_is_known() const { return true; }
};

struct LedgerNames {
    std::vector<std::string> names;
    size_t left_out = 0;  // how many there are beyond the limit
    std::string error;    // why there may be more; "" all were listed
};

// A directory that ledgers may lie in.
class LedgerDirectory {
public:
    virtual ~LedgerDirectory() = default;
    virtual const std::string& path() const = 0;
    virtual uint32_t owner() const = 0;           // uid; from the kernel, never from its name
    virtual const std::string& note() const = 0;  // what a reader of its ledgers should know; "" for nothing

    // Names of ledgers, at most `limit`.
    virtual LedgerNames names(size_t limit) const = 0;

    // Opens a ledger: a regular file of the directory's owner, with one name, of a size that a ledger can have; never a
    // link, and never waiting. An error without `what` means that the file has gone meanwhile; one with `next`, that it
    // may be there for the next look.
    virtual Result<std::unique_ptr<LedgerFile>> open(const std::string& name) const = 0;

    // Both for the owner only, and only if `name` still is that of `file`.
    virtual Result<void> remove(const std::string& name, const FileFacts& file) = 0;
    // Writes down that the writer was seen dead now, as the time of modification.
    virtual Result<void> mark_dead(const std::string& name, const FileFacts& file, WallTime now) = 0;
};

// A directory that could not be looked into.
struct UnreadableDirectory {
    std::string path;
    std::string why;          // in words of the kernel
    bool of_another = false;  // another user's, as a rule closed to us; what this user's programs write is not there
};

// All the directories of a machine, and those that could not be looked into.
struct LedgerDirectories {
    std::vector<std::unique_ptr<LedgerDirectory>> readable;
    std::vector<UnreadableDirectory> unreadable;
};

class System {
public:
    virtual ~System() = default;
    virtual WallTime now() const = 0;
    virtual uint32_t user() const = 0;                // who looks: his own ledgers are all read
    virtual std::optional<uint64_t> tsc() const = 0;  // the processor's time stamp now; nullopt where there is none
    virtual std::array<uint8_t, 16> boot_id() const = 0;

    // Whether process `pid` has `file` mapped. False also when that cannot be seen.
    virtual bool maps(uint32_t pid, const FileFacts& file) const = 0;

    virtual LedgerDirectories directories() const = 0;

    // Where who looks has the ledgers of his processes: a directory of his choice; "" the usual ones.
    virtual std::string chosen_directory() const { return ""; }
};

// This machine. `extra_directory`: as $TTMEM_DIR, "" for none; it may be on another file system than tmpfs.
// /run/ttmem/<uid>/ and /dev/shm/ttmem-<...>/ are looked at in any case.
std::unique_ptr<System> real_system(std::string extra_directory);

// real_system() with $TTMEM_DIR of this process.
std::unique_ptr<System> real_system();

}  // namespace ttmem

// The table of processes that several views show: one row each, reserved bytes summed over the chips of the process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/model/snapshot.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/look.h"

namespace ttmem {

// "PID" and so on; the last lines explain marks in it. "" without processes.
std::string process_table(const std::vector<const Process*>& processes, WallTime now, const ChipNames& names,
                          const Look& look, bool is_past = false);

// Reserved bytes of one pool over all chips of a process; absent when one of them is not known.
std::optional<uint64_t> reserved_on_all_chips(const Process& process, Pool pool);

// The same as a cell; ">= " where more may be in use.
std::string use_text(const Process& process, Pool pool, const Look& look);

// Likewise of a pool that few programs use, which has a column only when one of them does: "" for 0.
std::string rare_use_text(const Process& process, Pool pool, const Look& look);

// The largest peak of any of its chips: the sum over chips would be of different moments.
std::optional<Interval> largest_peak(const Process& process, Pool pool);

std::vector<ChipId> chips_of(const Process& process);

std::string state_text(const Process& process);  // "live", "exited", "no cleanup"
Tone tone_of_state(const Process& process);

// Whose a process is: "1000"; "" where the processes of an answer are all of one user, as almost always.
class Users {
public:
    explicit Users(const std::vector<const Process*>& processes);
    explicit Users(const Snapshot& snapshot);
    std::string of(const Process& process) const;
    // " of user 1000", or "".
    std::string in_words(const Process& process) const;

private:
    void see(const Process& process);
    std::optional<uint32_t> first_;
    bool several_ = false;
};

// "100", or "100?" when the kernel does not confirm it.
std::string pid_text(const Process& process);

}  // namespace ttmem

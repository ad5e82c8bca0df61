// How this host stands, as OpenMetrics text for Prometheus: https://prometheus.io/docs/specs/om/open_metrics_spec. It
// is valid for node_exporter's textfile collector, too, which reads the older text format: so no type that this lacks.
//
// Every label is from a closed set (chips of the machine, pools): no operation, tag or pid is in it. What is not known
// has no line; counters are there from the first write on.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "src/analysis/snapshot/occupancy.h"
#include "src/model/machine.h"
#include "src/model/snapshot.h"

namespace ttmem {

// What processes have counted, summed over all that were ever seen: it never becomes less, though ledgers go away.
struct HostCounters {
    uint64_t failed_allocations = 0, events_lost = 0, untracked_allocations = 0, untracked_bytes = 0, processes = 0;
};

class HostTally {
public:
    void add(const Snapshot& snapshot);
    const HostCounters& sums() const { return sums_; }

private:
    struct Seen {
        HostCounters counters;
        unsigned misses = 0;  // looks since then that did not see it, nor everything
    };
    std::map<LedgerId, Seen> seen_;  // of the ledgers that are there, as far as is known
    HostCounters sums_;
};

struct HostMetrics {
    const Snapshot& snapshot;  // of what runs
    const Snapshot& all;       // with processes that have ended, of another look
    std::vector<ChipOccupancy> chips;
    const UntrackedProcesses& untracked;
    HostCounters counters;
    std::string version;
    int64_t read_nanoseconds = 0;  // what it took to look
};

std::string open_metrics(const HostMetrics& metrics);

}  // namespace ttmem

// Writes a capture while it is being recorded: appends whole blocks, so that what is there can be read at any moment.
//
//   Result<CaptureWriter> writer = CaptureWriter::create(path, {});
//   writer->write(tables, live_before, events, gaps);   as often as there is something
//   writer->write_state(state);                         now and then: how everything stands
//   writer->finish(state);
//
// One thread. After an error nothing more is written, and the file ends with its last whole block.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "src/base/fd.h"
#include "src/base/result.h"
#include "src/capture/event_columns.h"
#include "src/capture/format.h"
#include "src/model/event.h"

namespace ttmem {

struct CaptureOptions {
    bool overwrite = false;
    WallTime began_at = 0;
};

class CaptureWriter {
public:
    static Result<CaptureWriter> create(const std::string& path, const CaptureOptions& options);

    // Events and allocations name what is in `tables`, whose texts only grow. Blocks of events are written when they
    // are full, or with `all`.
    Result<void> write(const Snapshot& tables, std::span<const Allocation> live_before, std::span<const Event> events,
                       std::span<const HistoryGap> gaps, bool all);

    // How everything stands, without allocations: for whoever reads a capture that was never finished.
    Result<void> write_state(const Snapshot& state);

    // The end: with all allocations.
    Result<void> finish(const Snapshot& state, WallTime ended_at);

    uint64_t bytes() const { return bytes_; }
    uint64_t events() const { return events_; }
    const std::string& path() const { return path_; }
    int descriptor() const { return file_.get(); }

private:
    CaptureWriter() = default;
    template <class T>
    void write_table(capture::BlockType type, const std::vector<T>& items, std::vector<uint64_t>& written);
    template <class T>
    void write_list(capture::BlockType type, std::span<const T> items);
    void write_tables(const Snapshot& tables);
    template <class T>
    void write_new(capture::BlockType type, const std::vector<T>& items, size_t& written);
    void write_events(std::span<const Event> events);
    void write_block(capture::BlockType type, uint32_t items, const capture::BlockHead& head, const Bytes& raw);
    Result<void> outcome() const;

    std::string path_;
    ScopedFd file_;
    uint64_t bytes_ = 0, blocks_ = 0, events_ = 0;
    size_t texts_ = 0, plans_ = 0, stacks_ = 1;                     // that are written
    std::vector<uint64_t> processes_, places_, programs_, traces_;  // what is written, as sums
    std::vector<Event> waiting_;
    capture::EventEncoder encoder_;
    int failed_ = 0;  // errno
};

}  // namespace ttmem

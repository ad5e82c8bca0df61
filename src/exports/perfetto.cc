#include "src/exports/perfetto.h"

#include <array>
#include <map>
#include <set>
#include <utility>

#include "src/analysis/recording/shared_use.h"
#include "src/analysis/replay/replay.h"
#include "src/base/text.h"
#include "src/exports/protobuf.h"

namespace ttmem {
namespace {

// Of protos/perfetto/trace: fields and values, as far as they are written here.
constexpr uint32_t kPacket = 1;  // of Trace
namespace packet {
constexpr uint32_t kClockSnapshot = 6, kTimestamp = 8, kSequence = 10, kTrackEvent = 11, kTrackDescriptor = 60;
}
namespace descriptor {
constexpr uint32_t kUuid = 1, kName = 2, kProcess = 3, kThread = 4, kParent = 5, kCounter = 8;
}
namespace event {
constexpr uint32_t kAnnotation = 4, kType = 9, kTrack = 11, kName = 23, kCounterValue = 30;
constexpr uint64_t kSliceBegin = 1, kSliceEnd = 2, kInstant = 3, kCounter = 4;
}  // namespace event
constexpr uint64_t kSizeInBytes = 3;              // CounterDescriptor.Unit
constexpr uint64_t kRealtime = 1, kBoottime = 6;  // BuiltinClock

// Numbers of tracks: each kind has numbers of its own.
enum class TrackKind : uint64_t { kNotes = 1, kMemory, kPool, kProcess, kIterations, kThread };
uint64_t track_number(TrackKind kind, uint64_t a = 0, uint64_t b = 0) {
    return static_cast<uint64_t>(kind) << 60 | a << 32 | b;
}

class PerfettoWriter : public ReplayObserver {
public:
    PerfettoWriter(const Recording& recording, ByteSink& sink) : recording_(recording), sink_(sink) {
        const auto clock = [&](uint64_t id) {
            return ProtoMessage().number(1 /*clock_id*/, id).number(2 /*timestamp*/, time(recording.began_at));
        };
        ProtoMessage clocks;
        clocks.message(1, clock(kBoottime)).message(1, clock(kRealtime)).number(2 /*primary_trace_clock*/, kBoottime);
        put(ProtoMessage().message(packet::kClockSnapshot, clocks));
        describe(TrackKind::kMemory, 0, 0, "Device memory", 0);
    }

    void begins(const Replay& replay) override {
        live_.assign(replay.chips().size(), {});
        dirty_.clear();
    }
    void began(const Replay& replay) override { write_counters(replay, recording_.began_at); }
    void arrived(const Replay& replay, const LiveBlock& block) override { add(replay, block, block.reserved_bytes()); }
    void left(const Replay& replay, const LiveBlock& block, Departure) override {
        add(replay, block, 0 - block.reserved_bytes());
    }
    void applied(const Replay& replay, const Event& event) override {
        const WallTime at = replay.now() != 0 ? replay.now() : static_cast<WallTime>(replay.event());
        write_counters(replay, at);
        switch (event.kind) {
            case EventKind::kOperationBegun:
                return begin_slice(at, thread_track(event), name_of(event));
            case EventKind::kOperationEnded:
                return end_slice(at, thread_track(event));
            case EventKind::kIterationBegun:
                return begin_slice(at, iteration_track(event), iteration_name(event));
            case EventKind::kIterationEnded:
                return end_slice(at, iteration_track(event));
            case EventKind::kFailed:
                return write_failure(at, event);
            default:
                return;
        }
    }

    Exported finish(Coverage coverage) {
        Exported exported;
        exported.unit = "event";
        exported.coverage = std::move(coverage);
        cut_.tell(sink_, exported);
        const std::vector<std::string> words = words_of(exported);
        if (!words.empty()) describe(TrackKind::kNotes, 0, 0, "Notes of ttmem", 0);
        for (const std::string& sentence : words)
            put(timed(recording_.began_at, track_event(track_number(TrackKind::kNotes), event::kInstant)
                                               .bytes(event::kName, printable(sentence))));
        return exported;
    }

private:
    static constexpr uint64_t kEnd = 4096;  // for what finish() writes

    static uint64_t time(WallTime at) { return at > 0 ? static_cast<uint64_t>(at) : 0; }
    static ProtoMessage track_event(uint64_t track, uint64_t type) {
        return ProtoMessage().number(event::kType, type).number(event::kTrack, track);
    }
    static ProtoMessage timed(WallTime at, const ProtoMessage& track_event) {
        return ProtoMessage()
            .number(packet::kTimestamp, time(at))
            .number(packet::kSequence, 1)
            .message(packet::kTrackEvent, track_event);
    }
    void put(const ProtoMessage& message) { sink_.put(ProtoMessage().message(kPacket, message).text()); }
    void write(WallTime at, const ProtoMessage& track_event) {
        const std::string bytes = ProtoMessage().message(kPacket, timed(at, track_event)).text();
        if (cut_.takes(sink_, bytes.size(), at, kEnd)) sink_.put(bytes);
    }

    // A track that is named once, before it is used. `more` has what makes it more than a name.
    uint64_t describe(TrackKind kind, uint64_t a, uint64_t b, const std::string& name, uint64_t parent,
                      ProtoMessage more = {}) {
        const uint64_t track = track_number(kind, a, b);
        if (cut_.is_cut() && kind != TrackKind::kNotes) return track;
        if (!described_.insert(track).second) return track;
        more.number(descriptor::kUuid, track).bytes(descriptor::kName, printable(name));
        if (parent != 0) more.number(descriptor::kParent, parent);
        put(ProtoMessage().number(packet::kSequence, 1).message(packet::kTrackDescriptor, more));
        return track;
    }
    uint64_t process_track(uint32_t index) {
        const Process& process = recording_.end.processes[index];
        ProtoMessage of, more;
        of.number(1 /*pid*/, process.pid).bytes(6 /*process_name*/, printable(process.comm));
        more.message(descriptor::kProcess, of);
        return describe(TrackKind::kProcess, index, 0, process_words(process), 0, more);
    }
    uint64_t thread_track(const Event& event) {
        const uint32_t pid = recording_.end.processes[event.process].pid;
        ProtoMessage of, more;
        of.number(1 /*pid*/, pid).number(2 /*tid*/, event.thread);
        more.message(descriptor::kThread, of);
        return describe(TrackKind::kThread, event.process, event.thread, "thread " + std::to_string(event.thread),
                        process_track(event.process), more);
    }
    uint64_t iteration_track(const Event& event) {
        return describe(TrackKind::kIterations, event.process, event.thread, "iterations",
                        process_track(event.process));
    }
    uint64_t pool_track(const Replay& replay, uint32_t chips, Pool pool) {
        ProtoMessage more;
        more.message(descriptor::kCounter, ProtoMessage().number(3 /*unit*/, kSizeInBytes));
        return describe(TrackKind::kPool, chips, static_cast<uint64_t>(pool),
                        std::string(pool_name(pool)) + " of " + chips_words(recording_, replay.chips()[chips].chips),
                        track_number(TrackKind::kMemory), more);
    }

    void add(const Replay& replay, const LiveBlock& block, uint64_t difference) {
        for (const uint32_t chips : replay.chips_of(block.place)) {
            live_[chips][static_cast<size_t>(block.pool)] += difference;
            dirty_.emplace(chips, block.pool);
        }
    }
    void write_counters(const Replay& replay, WallTime at) {
        for (const auto& [chips, pool] : dirty_) {
            write(at, track_event(pool_track(replay, chips, pool), event::kCounter)
                          .number(event::kCounterValue, live_[chips][static_cast<size_t>(pool)]));
        }
        dirty_.clear();
    }
    void begin_slice(WallTime at, uint64_t track, const std::string& name) {
        ++open_slices_[track];
        write(at, track_event(track, event::kSliceBegin).bytes(event::kName, name));
    }
    void end_slice(WallTime at, uint64_t track) {
        if (open_slices_[track] == 0) return;  // it began before the recording
        --open_slices_[track];
        write(at, track_event(track, event::kSliceEnd));
    }
    void write_failure(WallTime at, const Event& event) {
        const std::vector<Failure>& failures = recording_.end.processes[event.process].failures;
        ProtoMessage instant = track_event(thread_track(event), event::kInstant);
        if (event.subject >= failures.size()) return write(at, instant.bytes(event::kName, "allocation failed"));
        const Failure& failure = failures[event.subject];
        instant.bytes(event::kName, "allocation failed: " + std::string(pool_name(failure.pool)));
        const auto annotate = [&](std::string_view name, const std::optional<uint64_t>& value) {
            if (!value) return;
            instant.message(event::kAnnotation,
                            ProtoMessage().number(3 /*uint_value*/, *value).bytes(10 /*name*/, name));
        };
        annotate("requested_bytes", failure.requested_bytes);
        annotate("free_bytes_per_bank", failure.free_per_bank);
        annotate("largest_free_bytes_per_bank", failure.largest_free_per_bank);
        annotate("banks", failure.banks);
        write(at, instant);
    }

    std::string name_of(const Event& event) const {
        const uint32_t text = event.name != 0 ? event.name : event.op;
        return text != 0 ? printable(recording_.end.texts[text]) : "operation";
    }
    std::string iteration_name(const Event& event) const {
        const std::string number = "iteration " + std::to_string(event.subject);
        return event.name != 0 ? printable(recording_.end.texts[event.name]) + " (" + number + ")" : number;
    }

    const Recording& recording_;
    ByteSink& sink_;
    Cut cut_;
    std::vector<std::array<uint64_t, kPoolCount>> live_;  // by Replay::chips()
    std::set<std::pair<uint32_t, Pool>> dirty_;           // since the last event
    std::map<uint64_t, uint64_t> open_slices_;            // by track
    std::set<uint64_t> described_;
};

}  // namespace

Exported write_perfetto(const Recording& recording, ByteSink& sink) {
    Replay replay(recording);
    ReplayObserver chips_are_told_apart;
    replay.run(chips_are_told_apart);
    PerfettoWriter writer(recording, sink);
    replay.run(writer);
    Coverage coverage = coverage_of(recording);
    replay.note_damage(coverage);
    note_order(recording, coverage);
    return writer.finish(std::move(coverage));
}

}  // namespace ttmem

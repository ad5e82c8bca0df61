#include "src/exports/memory_viz.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "src/analysis/recording/shared_use.h"
#include "src/analysis/replay/replay.h"
#include "src/base/text.h"
#include "src/exports/pickle.h"
#include "src/model/call_stack.h"

namespace ttmem {
namespace {

// Blocks that lie over each other (of a mesh and its part, of two processes) are in layers; a pool has a range of
// addresses in each, 4 TiB apart: JavaScript keeps numbers up to 2^53.
constexpr uint64_t kRange = uint64_t{1} << 42;
constexpr uint32_t kMostLayers = 200;
uint64_t range_of(Pool pool, uint32_t layer) { return (layer * 8 + static_cast<uint64_t>(pool) + 1) * kRange; }

// Texts and lists of frames are written once each; these are their numbers.
class Names {
public:
    void text(Pickle& pickle, const std::string& text) {
        const auto [entry, is_new] = texts_.try_emplace(text, next_);
        if (!is_new) return pickle.again(entry->second);
        pickle.text(text);
        pickle.remember(next_++);
    }
    // Who made a block, and the program's own frames where they are known, the innermost first.
    void frames(Pickle& pickle, const Recording& recording, const LiveBlock& block) {
        const auto [entry, is_new] =
            frames_.try_emplace({block.op, block.tag, block.stack, block.allocation_class, block.pool}, next_);
        if (!is_new) return pickle.again(entry->second);
        const uint32_t number = next_++;
        const std::vector<std::string>& texts = recording.end.texts;
        const std::string where =
            std::string(pool_name(block.pool)) + " " + std::string(class_name(block.allocation_class));
        const std::string op = block.op != 0 ? printable(texts[block.op]) : "(no operation)";
        pickle.empty_list();
        pickle.mark();
        frame(pickle, where, 0, block.tag != 0 ? op + " [" + printable(texts[block.tag]) + "]" : op);
        for (const StackFrame& called : frames_of(recording.end, block.stack)) {
            frame(pickle, printable(texts[called.file]), called.line, printable(texts[called.function]));
        }
        pickle.append_all();
        pickle.remember(number);
    }

private:
    using Owner = std::tuple<uint32_t, uint32_t, uint32_t, AllocationClass, Pool>;

    void frame(Pickle& pickle, const std::string& file, uint32_t line, const std::string& name) {
        pickle.empty_dict();
        pickle.mark();
        text(pickle, "filename"), pickle.text(file);
        text(pickle, "line"), pickle.number(line);
        text(pickle, "name"), pickle.text(name);
        pickle.set_items();
    }

    std::map<std::string, uint32_t> texts_;
    std::map<Owner, uint32_t> frames_;
    uint32_t next_ = 0;
};

// The blocks of a pool in a layer, now.
struct Layer {
    std::map<uint64_t, LiveBlock> live;     // by address
    uint64_t lowest = UINT64_MAX, end = 0;  // of all that ever lay there

    bool is_free(uint64_t address, uint64_t size) const {
        const auto next = live.lower_bound(address);
        if (next != live.end() && next->first < address + std::max<uint64_t>(size, 1)) return false;
        if (next == live.begin()) return true;
        const auto& [begin, before] = *std::prev(next);
        return begin + before.reserved_bytes() <= address;
    }
};

using Layers = std::map<std::pair<Pool, uint32_t>, Layer>;

// The trace of one device, in batches: a viewer takes only so many at once.
class DeviceTrace : public ReplayObserver {
public:
    // `spare` bytes of the budget are not for its events.
    DeviceTrace(const Recording& recording, uint32_t chips, Names& names, Pickle& pickle, ByteSink& sink,
                uint64_t spare)
        : recording_(recording), chips_(chips), names_(names), pickle_(pickle), sink_(sink), spare_(spare) {}

    void arrived(const Replay& replay, const LiveBlock& block) override {
        if (!is_on(replay, block.place)) return;
        const bool is_event = replay.event() != 0;  // else it lived before
        if (is_event && !takes(replay)) return;
        const std::optional<uint64_t> address = lay(block);
        if (address && is_event) write(replay, "alloc", block, *address);
    }
    void left(const Replay& replay, const LiveBlock& block, Departure) override {
        if (!is_on(replay, block.place)) return;
        const auto place = places_.find({block.process, block.handle});
        if (!takes(replay) || place == places_.end()) return;
        const auto [layer, address] = place->second;
        places_.erase(place);
        layers_[{block.pool, layer}].live.erase(address);
        write(replay, "free_requested", block, address);
        write(replay, "free_completed", block, address);
    }
    void applied(const Replay& replay, const Event& event) override {
        if (event.kind != EventKind::kFailed) return;
        const std::vector<Failure>& failures = recording_.end.processes[event.process].failures;
        if (event.subject >= failures.size()) return;
        const Failure& failure = failures[event.subject];
        if (!failure.place || !is_on(replay, failure.place->value)) return;
        if (failure.requested_bytes && failure.free_per_bank && failure.banks && takes(replay)) write_failure(failure);
    }
    void finish() {
        if (in_batch_ != 0) pickle_.append_all();
        sink_.put(std::exchange(pickle_.out, ""));
    }

    const Layers& layers() const { return layers_; }
    const Cut& cut() const { return cut_; }
    uint64_t not_laid() const { return not_laid_; }
    // What its blocks will take in the list of segments.
    uint64_t bytes_of_blocks() const { return places_.size() * kBlockBytes; }

private:
    static constexpr uint64_t kEventBytes = 300, kBlockBytes = 100;
    static constexpr size_t kBatch = 1000;

    bool is_on(const Replay& replay, uint32_t place) const {
        const std::span<const uint32_t> on = replay.chips_of(place);
        return std::find(on.begin(), on.end(), chips_) != on.end();
    }
    bool takes(const Replay& replay) {
        return cut_.takes(sink_, pickle_.out.size() + kEventBytes, replay.now(), spare_ + bytes_of_blocks());
    }
    // Its address; nothing where there is none that a viewer could keep.
    std::optional<uint64_t> lay(const LiveBlock& block) {
        const uint64_t size = block.reserved_bytes(), inside = saturating_multiply(block.address, block.banks);
        for (uint32_t layer = 0; layer < kMostLayers && inside < kRange / 2 && size < kRange / 2; ++layer) {
            const uint64_t address = range_of(block.pool, layer) + inside;
            Layer& in = layers_[{block.pool, layer}];
            if (!in.is_free(address, size)) continue;
            in.live[address] = block;
            in.lowest = std::min(in.lowest, address);
            in.end = std::max(in.end, address + std::max<uint64_t>(size, 1));
            places_[{block.process, block.handle}] = {layer, address};
            return address;
        }
        ++not_laid_;
        return std::nullopt;
    }
    void begin_event(const char* action) {
        if (in_batch_++ == 0) pickle_.mark();
        pickle_.empty_dict();
        pickle_.mark();
        names_.text(pickle_, "action"), names_.text(pickle_, action);
        names_.text(pickle_, "stream"), pickle_.number(0);
    }
    void end_event() {
        pickle_.set_items();
        if (in_batch_ < kBatch) return;
        pickle_.append_all();
        in_batch_ = 0;
        sink_.put(std::exchange(pickle_.out, ""));
    }
    void write(const Replay& replay, const char* action, const LiveBlock& block, uint64_t address) {
        begin_event(action);
        names_.text(pickle_, "addr"), pickle_.number(address);
        names_.text(pickle_, "size"), pickle_.number(block.reserved_bytes());
        if (replay.now() > 0) {
            names_.text(pickle_, "time_us"), pickle_.number(static_cast<uint64_t>(replay.now() / 1000));
        }
        names_.text(pickle_, "frames"), names_.frames(pickle_, recording_, block);
        end_event();
    }
    void write_failure(const Failure& failure) {
        begin_event("oom");
        names_.text(pickle_, "size"), pickle_.number(*failure.requested_bytes);
        names_.text(pickle_, "device_free"),
            pickle_.number(saturating_multiply(*failure.free_per_bank, *failure.banks));
        end_event();
    }

    const Recording& recording_;
    uint32_t chips_;
    Names& names_;
    Pickle& pickle_;
    ByteSink& sink_;
    uint64_t spare_;
    Cut cut_;
    uint64_t not_laid_ = 0;
    size_t in_batch_ = 0;
    Layers layers_;
    std::map<std::pair<uint32_t, uint64_t>, std::pair<uint32_t, uint64_t>>
        places_;  // of a block: its layer and address
};

// A layer as a segment: its blocks one after the other, with what is free between them.
class Segments {
public:
    Segments(const Recording& recording, Names& names, Pickle& pickle, ByteSink& sink)
        : recording_(recording), names_(names), pickle_(pickle), sink_(sink) {}

    void add(uint32_t device, Pool pool, const Layer& layer) {
        pickle_.mark();
        pickle_.empty_dict();
        pickle_.mark();
        uint64_t live = 0;
        for (const auto& [address, block] : layer.live) live += block.reserved_bytes();
        const uint64_t size = layer.end - layer.lowest;
        for (const auto& [name, value] : {std::pair<const char*, uint64_t>{"device", device},
                                          {"address", layer.lowest},
                                          {"total_size", size},
                                          {"allocated_size", live},
                                          {"active_size", live},
                                          {"stream", 0}}) {
            names_.text(pickle_, name), pickle_.number(value);
        }
        names_.text(pickle_, "segment_type"), names_.text(pickle_, std::string(pool_name(pool)));
        names_.text(pickle_, "frames"), pickle_.empty_list();
        names_.text(pickle_, "blocks"), pickle_.empty_list();
        add_blocks(layer);
        pickle_.set_items();
        pickle_.append_all();
    }

private:
    void add_blocks(const Layer& layer) {
        uint64_t end = layer.lowest;
        for (const auto& [address, block] : layer.live) {
            if (address > end) add_block(address - end, nullptr);
            add_block(block.reserved_bytes(), &block);
            end = address + block.reserved_bytes();
        }
        if (layer.end > end) add_block(layer.end - end, nullptr);
    }
    void add_block(uint64_t size, const LiveBlock* block) {
        pickle_.mark();
        pickle_.empty_dict();
        pickle_.mark();
        names_.text(pickle_, "size"), pickle_.number(size);
        names_.text(pickle_, "requested_size"), pickle_.number(block != nullptr ? size : 0);
        names_.text(pickle_, "state"), names_.text(pickle_, block != nullptr ? "active_allocated" : "inactive");
        names_.text(pickle_, "frames");
        if (block != nullptr) {
            names_.frames(pickle_, recording_, *block);
        } else {
            pickle_.empty_list();
        }
        pickle_.set_items();
        pickle_.append_all();
        if (pickle_.out.size() > 64 * 1024) sink_.put(std::exchange(pickle_.out, ""));
    }

    const Recording& recording_;
    Names& names_;
    Pickle& pickle_;
    ByteSink& sink_;
};

void add_list(Pickle& pickle, const std::vector<std::string>& texts) {
    pickle.empty_list();
    pickle.mark();
    for (const std::string& text : texts) pickle.text(printable(text));
    pickle.append_all();
}

// Sums up what the devices lack.
void tell(const DeviceTrace& device, const std::string& chips, const ByteSink& sink, Exported& exported) {
    Exported of;
    of.unit = exported.unit;
    device.cut().tell(sink, of);
    exported.items += of.items;
    exported.left_out += of.left_out;
    for (const std::string& note : of.notes) exported.notes.push_back(chips + ": " + note);
    if (device.not_laid() != 0) {
        exported.notes.push_back(chips + ": " + counted(device.not_laid(), "allocation") +
                                 " at addresses that the viewer cannot keep, left out.");
    }
}

}  // namespace

Exported write_memory_viz(const Recording& recording, ByteSink& sink) {
    constexpr uint64_t kEnd = 8192;  // for what is not blocks or events
    Replay replay(recording);
    ReplayObserver chips_are_told_apart;
    replay.run(chips_are_told_apart);
    Exported exported;
    exported.unit = "event";
    exported.coverage = coverage_of(recording);
    replay.note_damage(exported.coverage);
    note_order(recording, exported.coverage);

    Pickle pickle;
    Names names;
    std::vector<std::string> devices;
    std::vector<Layers> layers;
    uint64_t blocks = 0;
    pickle.empty_dict();
    pickle.mark();
    pickle.text("device_traces");
    pickle.empty_list();
    const auto count = static_cast<uint32_t>(replay.chips().size());
    for (uint32_t chips = 0; chips < count; ++chips) {
        // Each device may take its part of what is left of the budget.
        const uint64_t left = sink.most() - std::min(sink.most(), sink.bytes() + blocks + kEnd),
                       devices_left = count - chips;
        DeviceTrace device(recording, chips, names, pickle, sink,
                           kEnd + blocks + left / devices_left * (devices_left - 1));
        pickle.mark();
        pickle.empty_list();
        replay.run(device);
        device.finish();
        pickle.append_all();
        devices.push_back(chips_words(recording, replay.chips()[chips].chips));
        tell(device, devices.back(), sink, exported);
        blocks += device.bytes_of_blocks();
        layers.push_back(device.layers());
    }
    pickle.text("segments");
    pickle.empty_list();
    Segments segments(recording, names, pickle, sink);
    for (uint32_t chips = 0; chips < layers.size(); ++chips) {
        for (const auto& [where, layer] : layers[chips]) {
            if (layer.end != 0) segments.add(chips, where.first, layer);
        }
    }
    pickle.text("ttmem");
    pickle.empty_dict();
    pickle.mark();
    pickle.text("devices"), add_list(pickle, devices);
    pickle.text("notes"), add_list(pickle, words_of(exported));
    pickle.set_items();
    pickle.set_items();
    pickle.stop();
    sink.put(pickle.out);
    return exported;
}

}  // namespace ttmem

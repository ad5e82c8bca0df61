#include "sim/stream.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <fstream>
#include <map>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "sim/error.h"

namespace ttmem::sim {
namespace {

namespace dom = simdjson::dom;

constexpr uint64_t kBytesMax = (uint64_t{1} << 44) - 1;
constexpr uint64_t kNumberMax = UINT32_MAX;

// What is wrong with a line; the reader adds where.
struct BadLine : std::runtime_error {
    using std::runtime_error::runtime_error;
};

dom::element field(const dom::object& object, std::string_view name) {
    dom::element value;
    if (object.at_key(name).get(value) != simdjson::SUCCESS)
        throw BadLine(fmt::format("field \"{}\" is missing", name));
    return value;
}

uint64_t number(const dom::object& object, std::string_view name, uint64_t min, uint64_t max) {
    const dom::element value = field(object, name);
    uint64_t result;
    if (value.get(result) != simdjson::SUCCESS || result < min || result > max)
        throw BadLine(fmt::format("field \"{}\" must be a whole number from {} to {}, not {}", name, min, max,
                                  simdjson::minify(value)));
    return result;
}

std::string_view text(const dom::object& object, std::string_view name) {
    const dom::element value = field(object, name);
    std::string_view result;
    if (value.get(result) != simdjson::SUCCESS || result.empty())
        throw BadLine(fmt::format("field \"{}\" must be a text, not {}", name, simdjson::minify(value)));
    return result;
}

bool flag(const dom::object& object, std::string_view name) {
    dom::element value;
    if (object.at_key(name).get(value) != simdjson::SUCCESS) return false;
    bool result;
    if (value.get(result) != simdjson::SUCCESS) throw BadLine(fmt::format("field \"{}\" must be true or false", name));
    return result;
}

BufferType memory(const dom::object& object) {
    const std::string_view name = text(object, "mem");
    if (name == "dram") return BufferType::kDram;
    if (name == "l1") return BufferType::kL1;
    if (name == "l1_small") return BufferType::kL1Small;
    if (name == "trace") return BufferType::kTrace;
    if (name == "system_memory") return BufferType::kSystemMemory;
    throw BadLine(fmt::format("memory \"{}\" is unknown; known are dram, l1, l1_small, trace and system_memory", name));
}

bool lies_on_cores(BufferType mem) { return mem == BufferType::kL1 || mem == BufferType::kL1Small; }

bool is_sharded(const dom::object& object) {
    const std::string_view layout = text(object, "layout");
    if (layout == "interleaved") return false;
    if (layout == "height_sharded" || layout == "width_sharded" || layout == "block_sharded") return true;
    throw BadLine(fmt::format(
        "layout \"{}\" is unknown; known are interleaved, height_sharded, width_sharded and block_sharded", layout));
}

uint32_t grid_cores(const dom::object& object) {
    dom::array sides;
    uint64_t x = 0, y = 0;
    if (field(object, "grid").get(sides) != simdjson::SUCCESS || sides.size() != 2 ||
        sides.at(0).get(x) != simdjson::SUCCESS || sides.at(1).get(y) != simdjson::SUCCESS || x == 0 || y == 0 ||
        x > 4095 || y > 4095)
        throw BadLine("field \"grid\" must be two whole numbers from 1 to 4095");
    return static_cast<uint32_t>(x * y);
}

class Reader {
public:
    explicit Reader(std::string file) { stream_.file = std::move(file); }

    void read_line(const std::string& line, uint64_t line_number) {
        line_ = line_number;
        try {
            dom::object object;
            if (const auto error = parser_.parse(line).get(object); error != simdjson::SUCCESS)
                throw BadLine(fmt::format("not a JSON object: {}", simdjson::error_message(error)));
            read_event(object);
        } catch (const BadLine& error) {
            throw Refused(fmt::format("{}:{}: {}", stream_.file, line_, error.what()));
        }
    }

    Stream finish() {
        // A report of the allocator stands behind the events of its op. The first ones have none: the next op's then.
        uint32_t program = 0;
        for (const StreamEvent& event : stream_.events) {
            program = event.program;
            if (event.kind != StreamEvent::Kind::kDramView) break;
        }
        for (StreamEvent& event : stream_.events) {
            if (event.kind == StreamEvent::Kind::kDramView) event.program = program;
            program = event.program;
        }
        return std::move(stream_);
    }

private:
    using Key = std::pair<uint32_t, std::string>;  // program and id

    void read_event(const dom::object& object) {
        StreamEvent event;
        event.line = line_;
        event.seq = number(object, "seq", 0, INT64_MAX);
        if (!stream_.events.empty() && event.seq <= stream_.events.back().seq)
            throw BadLine(fmt::format("seq {} does not follow {}", event.seq, stream_.events.back().seq));
        const std::string_view kind = text(object, "ev");
        if (kind == "alloc") {
            read_alloc(object, event);
        } else if (kind == "free") {
            read_free(object, event);
        } else if (kind == "dram_view") {
            read_dram_view(object, event);
        } else {
            throw BadLine(fmt::format("event \"{}\" is unknown; known are alloc, free and dram_view", kind));
        }
        stream_.events.push_back(event);
    }

    void read_alloc(const dom::object& object, StreamEvent& event) {
        StreamTensor tensor = read_tensor(object, event);
        const bool sharded = is_sharded(object);
        const uint32_t cores = grid_cores(object);
        if (lies_on_cores(tensor.mem)) {
            if (sharded) tensor.shard_cores = cores;
            if (cores > stream_.grid_cores) {
                stream_.grid_cores = cores;
                stream_.grid_cores_line = line_;
            }
        }
        event.kind = StreamEvent::Kind::kAlloc;
        event.tensor = add(tensor);
        if (!live_.try_emplace(key(object, event), event.tensor).second)
            throw BadLine(fmt::format("id \"{}\" of program {} is live already", text(object, "id"), event.program));
    }

    void read_free(const dom::object& object, StreamEvent& event) {
        StreamTensor tensor = read_tensor(object, event);
        event.kind = StreamEvent::Kind::kFree;
        const Key id = key(object, event);
        const auto found = live_.find(id);
        if (flag(object, "preexisting")) {
            if (found != live_.end())
                throw BadLine(fmt::format("id \"{}\" is marked preexisting, but the stream allocated it", id.second));
            tensor.preexisting = true;
            event.tensor = add(tensor);
            return;
        }
        if (found == live_.end())
            throw BadLine(
                fmt::format("id \"{}\" of program {} is not live and not marked preexisting", id.second, id.first));
        const StreamTensor& allocated = stream_.tensors[found->second];
        if (allocated.bytes != tensor.bytes || allocated.mem != tensor.mem)
            throw BadLine(fmt::format("id \"{}\" was allocated with {} B of {}, and is freed with {} B of {}",
                                      id.second, allocated.bytes, json_name(allocated.mem), tensor.bytes,
                                      json_name(tensor.mem)));
        event.tensor = found->second;
        live_.erase(found);
    }

    void read_dram_view(const dom::object& object, StreamEvent& event) {
        event.kind = StreamEvent::Kind::kDramView;
        event.view_banks = static_cast<uint32_t>(number(object, "banks", 1, 4095));
        event.view_allocated_mb = number(object, "allocated_mb", 0, kNumberMax);
        if (!stream_.dram_banks) stream_.dram_banks = event.view_banks;
    }

    StreamTensor read_tensor(const dom::object& object, StreamEvent& event) {
        event.program = static_cast<uint32_t>(number(object, "prog", 0, kNumberMax));
        event.op = op_number(text(object, "op"));
        StreamTensor tensor;
        tensor.bytes = number(object, "bytes", 1, kBytesMax);
        tensor.mem = memory(object);
        tensor.program = event.program;
        return tensor;
    }

    Key key(const dom::object& object, const StreamEvent& event) {
        return {event.program, std::string(text(object, "id"))};
    }

    uint32_t add(const StreamTensor& tensor) {
        stream_.tensors.push_back(tensor);
        return static_cast<uint32_t>(stream_.tensors.size() - 1);
    }

    uint32_t op_number(std::string_view name) {
        const auto [entry, is_new] = ops_.try_emplace(std::string(name), static_cast<uint32_t>(stream_.ops.size()));
        if (is_new) stream_.ops.emplace_back(name);
        return entry->second;
    }

    Stream stream_;
    dom::parser parser_;
    uint64_t line_ = 0;
    std::map<Key, uint32_t> live_;
    std::unordered_map<std::string, uint32_t> ops_;
};

}  // namespace

Stream read_stream(std::istream& input, const std::string& file) {
    Reader reader(file);
    std::string line;
    for (uint64_t number = 1; std::getline(input, line); number++)
        if (line.find_first_not_of(" \t\r") != std::string::npos) reader.read_line(line, number);
    return reader.finish();
}

Stream read_stream(const std::string& file) {
    std::ifstream input(file, std::ios::binary);
    if (!input || (input.peek(), input.bad())) throw Refused(file + ": cannot be read");
    Stream stream = read_stream(input, file);
    if (stream.events.empty()) throw Refused(file + ": holds no events");
    return stream;
}

}  // namespace ttmem::sim

// How fast a captured graph is imported, and in how much memory, beside the same library merely tokenising it.
//
//     graph_import_bench --graph-bytes=2G [--graph-file=PATH] [Google Benchmark's options]
//
// The graph is synthetic: a decode loop of matmuls with tensors, buffers, circular buffers and long argument texts,
// written as ttnn writes it (indented by two), to a temporary file that is removed afterwards; or PATH, which is kept
// and used again. Tokenising is simdjson's first stage alone over chunks of 1 MiB, the import is everything up to the
// figures; both read the same file through read(). Rates are per second of one core's time. `peak_rss_MiB` is the
// process's high-water mark over the run: the import is measured first, and the mark is reset before each.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/fd.h"
#include "src/base/text.h"
#include "src/importers/captured_graph/captured_graph.h"

namespace {

std::string graph_path;

// Writes nodes with running counters.
class GraphMaker {
public:
    explicit GraphMaker(std::FILE* out) : out_(out) { write("[\n"); }

    uint64_t bytes() const { return bytes_; }

    void capture_start() { node("capture_start", "null", "", "[1]"); }
    void capture_end() {
        node("capture_end", "null", "", "[]");
        write("\n]\n");
    }

    // One matmul: inputs, the output's allocation, a program with three circular buffers, and the output's free.
    void matmul(uint64_t step) {
        node("function_start", R"({"inputs": "2", "name": "ttnn.matmul"})", "", "[]");
        node("function_start", R"({"inputs": "2", "name": "MatmulDeviceOperation"})", arguments_, "[]");
        tensor(step, 5848704);
        const std::string size = std::to_string(2048 * (64 + step % 64));
        const uint64_t buffer = node(
            "buffer",
            R"({"buffer_type": 1, "device_id": 1, "layout": "INTERLEAVED", "size": )" + size + R"(, "type": "L1"})", "",
            "[]");
        const std::string params = R"({"address": 1552384, "buffer_type": 1, "device_id": 1, "layout": "INTERLEAVED", )"
                                   R"("max_size_per_bank": 20480, "num_cores": 0, "page_size": 2048, "size": )" +
                                   size + R"(, "type": "L1"})";
        const std::string connection = "[" + std::to_string(buffer) + "]";
        node("buffer_allocate", params, "", connection);
        tensor(step, 1552384);
        node("circular_buffer_deallocate_all", R"({"device_id": 1})", "", "[]");
        for (const char* address : {"111616", "242688", "373760"}) {
            node("circular_buffer_allocate",
                 std::string(R"({"address": )") + address +
                     R"(, "core_range_set": "{[0-0 - 7-7]}", "device_id": 0, "globally_allocated": "0", "size": 4096})",
                 "", "[]");
        }
        node("function_end", R"({"name": "MatmulDeviceOperation"})", "", "[]");
        node("function_end", R"({"name": "ttnn.matmul"})", "", "[]");
        node("buffer_deallocate", params, "", connection);
    }

private:
    void tensor(uint64_t step, uint64_t address) {
        const std::string at = std::to_string(address);
        std::string params = R"({"address": )" + at + R"(, "buffer_type": 0, "device_id": 1, "device_tensors": )";
        params += R"("[{\"address\":)" + at + R"-(,\"device_id\":0,\"mesh_device_id\":1}]", )-";
        params += R"("dtype": "DataType::BFLOAT16", "layout": "Layout::TILE", )";
        params += R"-("memory_config": "MemoryConfig(memory_layout=TensorMemoryLayout::INTERLEAVED,)-";
        params += R"-(buffer_type=BufferType::DRAM,shard_spec=std::nullopt)", "shape": "Shape([1, 1, 1024, 1024])", )-";
        params += R"("size": 2097152, "tensor_id": )" + std::to_string(step) + "}";
        node("tensor", params, "", "[]");
    }

    uint64_t node(const char* type, const std::string& params, const std::string& arguments,
                  const std::string& connections) {
        std::string text = counter_ == 0 ? "" : ",\n";
        text += "  {\n    \"arguments\": [";
        if (!arguments.empty()) text += "\n      \"" + arguments + "\"\n    ";
        text += "],\n    \"connections\": [\n      " + connections.substr(1, connections.size() - 2) +
                "\n    ],\n    \"counter\": " + std::to_string(counter_) +
                ",\n    \"input_tensors\": [],\n    \"node_type\": \"" + type + "\",\n    \"params\": " + params +
                ",\n    \"stacking_level\": 1\n  }";
        write(text);
        return counter_++;
    }

    void write(std::string_view text) {
        if (std::fwrite(text.data(), 1, text.size(), out_) != text.size()) {
            std::perror("graph_import_bench: cannot write the graph");
            std::exit(1);
        }
        bytes_ += text.size();
    }

    static std::string make_arguments() {
        std::string text;
        while (text.size() < 2400) {
            text +=
                "Tensor(storage=DeviceStorage(),tensor_spec=TensorSpec(logical_shape=Shape([1, 1, 1024, 1024]),"
                "tensor_layout=TensorLayout(dtype=DataType::BFLOAT16,alignment=Alignment([32, 32]))), ";
        }
        return text;
    }

    std::FILE* out_;
    uint64_t counter_ = 0;
    uint64_t bytes_ = 0;
    std::string arguments_ = make_arguments();
};

void make_graph(const std::string& path, uint64_t bytes) {
    std::FILE* out = std::fopen(path.c_str(), "wb");
    if (out == nullptr) {
        std::perror(("graph_import_bench: cannot create " + path).c_str());
        std::exit(1);
    }
    GraphMaker graph(out);
    graph.capture_start();
    for (uint64_t step = 0; graph.bytes() < bytes; ++step) graph.matmul(step);
    graph.capture_end();
    std::fclose(out);
}

void reset_peak_rss() { std::ofstream("/proc/self/clear_refs") << 5; }

double peak_rss_mib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
    }
    return 0;
}

uint64_t file_bytes() {
    struct stat status {};
    return ::stat(graph_path.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

void report(benchmark::State& state) {
    state.SetBytesProcessed(static_cast<int64_t>(file_bytes()) * static_cast<int64_t>(state.iterations()));
    state.counters["peak_rss_MiB"] = peak_rss_mib();
}

void import_graph(benchmark::State& state) {
    reset_peak_rss();
    for (auto _ : state) {
        const ttmem::ScopedFd fd(::open(graph_path.c_str(), O_RDONLY | O_CLOEXEC));
        const ttmem::Result<ttmem::ImportedUse> use =
            ttmem::import_captured_graph(ttmem::read_from_fd(fd.get()), graph_path);
        if (!use) {
            state.SkipWithError((use.error().what + ": " + use.error().why).c_str());
            return;
        }
        benchmark::DoNotOptimize(use->allocations);
        state.counters["allocations"] = static_cast<double>(*use->allocations);
    }
    report(state);
}
BENCHMARK(import_graph)->Unit(benchmark::kMillisecond);

// Chunks end at line ends, which in an indented text are never within a string.
void tokenise_graph(benchmark::State& state) {
    reset_peak_rss();
    constexpr size_t kChunk = size_t{1} << 20;
    simdjson::dom::parser parser;
    std::vector<char> data(kChunk + simdjson::SIMDJSON_PADDING);
    if (parser.allocate(kChunk) != simdjson::SUCCESS) return state.SkipWithError("no memory");
    for (auto _ : state) {
        const ttmem::ScopedFd fd(::open(graph_path.c_str(), O_RDONLY | O_CLOEXEC));
        const ttmem::ByteReader read = ttmem::read_from_fd(fd.get());
        uint64_t tokens = 0;
        for (size_t kept = 0;;) {
            const size_t got = read(data.data() + kept, kChunk - kept).value();
            if (got == 0) break;
            const size_t line_end = std::string_view(data.data(), kept + got).rfind('\n') + 1;
            const auto* bytes = reinterpret_cast<const uint8_t*>(data.data());
            const simdjson::error_code error =
                parser.implementation->stage1(bytes, line_end, simdjson::stage1_mode::regular);
            if (error != simdjson::SUCCESS) return state.SkipWithError(simdjson::error_message(error));
            tokens += parser.implementation->n_structural_indexes;
            kept = kept + got - line_end;
            std::copy_n(data.data() + line_end, kept, data.data());
        }
        benchmark::DoNotOptimize(tokens);
    }
    report(state);
}
BENCHMARK(tokenise_graph)->Unit(benchmark::kMillisecond);

// Takes "--name=value" out of the arguments.
std::string take_option(int& argc, char** argv, std::string_view name) {
    for (int i = 1; i < argc; ++i) {
        if (!std::string_view(argv[i]).starts_with(name)) continue;
        const std::string value = argv[i] + name.size();
        std::copy(argv + i + 1, argv + argc, argv + i);
        --argc;
        return value;
    }
    return "";
}

}  // namespace

int main(int argc, char** argv) {
    const std::string size = take_option(argc, argv, "--graph-bytes=");
    graph_path = take_option(argc, argv, "--graph-file=");
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    const std::optional<uint64_t> bytes = ttmem::parse_bytes(size.empty() ? "64M" : size);
    if (!bytes) {
        std::cerr << "graph_import_bench: " << size << " is not a size; write 500M or 2G\n";
        return 2;
    }
    const bool temporary = graph_path.empty();
    if (temporary) {
        const char* folder = std::getenv("TMPDIR");
        graph_path =
            std::string(folder != nullptr ? folder : "/tmp") + "/ttmem-graph-" + std::to_string(::getpid()) + ".json";
    }
    if (temporary || file_bytes() == 0) make_graph(graph_path, *bytes);
    benchmark::RunSpecifiedBenchmarks();
    if (temporary) ::unlink(graph_path.c_str());
    return 0;
}

// ttmem-sim: programs of a simulated tt-metal runtime, for trying and testing ttmem without a device.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sim/allocation_client.h"
#include "sim/error.h"
#include "sim/machine.h"
#include "sim/mesh_test.h"
#include "sim/metal_context.h"
#include "sim/points.h"
#include "sim/replay.h"
#include "sim/stream.h"
#include "sim/stream_maker.h"
#include "sim/truth.h"
#include "sim/workload.h"

namespace ttmem::sim {
namespace {

enum ExitCode { kOk = 0, kError = 1, kUsage = 2 };

// What the command line says; nobody behind run() sees options.
struct Options {
    std::string machine;  // "" the workload's own
    uint64_t seed = 0;
    std::string truth_file;
    std::vector<std::string> pause_at;
    uint64_t kill_after = 0;  // 0 never
    uint64_t rate = 0;        // calls of the library per second; 0: as fast as it can
    uint64_t steps = 0;       // 0: as the workload has it
    std::vector<std::string> plants;
    std::optional<uint64_t> l1_small_size, trace_region_size;  // of `random`
    std::string stream;
    uint64_t events = 2000;
    std::string output;
    bool is_allocation_client = false;
    std::string server_socket = sim::allocation_server_socket();
};

CLI::Validator at_least_one() {
    return CLI::Validator([](std::string& text) { return text == "0" ? std::string("must be 1 or more") : ""; }, "");
}

void add_workload_options(CLI::App& command, Options& options, const std::string& machine_help) {
    command.add_option("--machine", options.machine, machine_help)->type_name("NAME|FILE.yaml");
    command
        .add_option("--seed", options.seed,
                    "Seed for what the program leaves open, such as orders; 0: as written (default: 0)")
        ->type_name("N");
    command.add_option("--truth", options.truth_file, "Write what was really allocated, at every point, to this file")
        ->type_name("FILE");
    command
        .add_option(
            "--pause-at", options.pause_at,
            "At this point: write the truth, print \"paused POINT\", and stop until SIGCONT (`kill -CONT PID` or "
            "`fg`); may be repeated")
        ->type_name("POINT")
        ->allow_extra_args(false);
    command
        .add_option("--kill-after", options.kill_after,
                    "After the Nth call of the ttmem library: write the truth as point `killed`, and die of SIGKILL")
        ->type_name("N")
        ->check(at_least_one());
    command
        .add_option("--rate", options.rate,
                    "Make at most this many calls of the ttmem library per second (default: no limit)")
        ->type_name("EVENTS/S")
        ->check(at_least_one());
    command
        .add_option("--server-socket", options.server_socket,
                    "Socket of the allocation server (default: " + allocation_server_socket() + ")")
        ->type_name("PATH");
    command.add_flag("--allocation-client", options.is_allocation_client,
                     "Also report to an allocation server as tt-metal's AllocationClient did, mistakes included");
}

void add_plant_option(CLI::App& command, Options& options) {
    command
        .add_option("--plant", options.plants,
                    "Plant a bug for ttmem to find: " + fmt::format("{}", fmt::join(plant_names(), ", ")) +
                        "; the truth says what it is; may be repeated")
        ->type_name("BUG")
        ->allow_extra_args(false);
}

std::vector<PlantKind> plants_of(const Options& options) {
    std::vector<PlantKind> kinds;
    for (const std::string& name : options.plants) kinds.push_back(plant_from_name(name));
    return kinds;
}

// Truth, tracker and points of one simulated process.
class Process {
public:
    explicit Process(const Options& options)
        : points_(truth_, {options.truth_file, {options.pause_at.begin(), options.pause_at.end()}}),
          is_allocation_client_(options.is_allocation_client),
          server_socket_(options.server_socket) {
        tracker_.set_after_call([this, last = options.kill_after, rate = options.rate](uint64_t call) {
            if (call == last) points_.kill();
            if (rate != 0) wait_for(call, rate);
        });
    }

    // The truth is written however the workload ends.
    void run(const Machine& machine, const std::function<void(MetalContext&, Points&)>& workload) {
        points_.write();  // a file that cannot be written is better found now
        if (is_allocation_client_) register_with_server(machine);
        try {
            MetalContext context(machine, truth_, tracker_);
            workload(context, points_);
        } catch (...) {
            points_.write();
            throw;
        }
        points_.write();
    }

    uint64_t client_calls() const { return tracker_.calls(); }

private:
    // Between the matmul and the end of the tensors tt-metal's test asked for what is left, before and after the
    // binaries' backing buffers were freed; and at the end of each run.
    void register_with_server(const Machine& machine) {
        allocation_client_.emplace(server_socket_, machine);
        tracker_.also_tell(*allocation_client_);
        points_.set_after_reach([this](const std::string& point) {
            if (point.ends_with(".matmul")) {
                allocation_client_->dump();
                allocation_client_->free_backings();
                allocation_client_->dump();
            } else if (point.ends_with(".closed")) {
                allocation_client_->dump();
            }
        });
    }

    // Until the moment of this call at that many a second.
    void wait_for(uint64_t call, uint64_t rate) const {
        const auto due = std::chrono::duration<double>(static_cast<double>(call) / static_cast<double>(rate));
        std::this_thread::sleep_until(begin_ + std::chrono::duration_cast<std::chrono::nanoseconds>(due));
    }

    const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    Truth truth_;
    std::optional<AllocationClient> allocation_client_;
    GraphTracker tracker_;
    Points points_;
    const bool is_allocation_client_;
    const std::string server_socket_;
};

[[noreturn]] void refuse_point(const std::string& point, const std::vector<std::string>& known) {
    throw UsageError(fmt::format("there is no point \"{}\"; there are {}", point, fmt::join(known, ", ")));
}

int mesh_test(const Options& options) {
    const std::vector<std::string> known = mesh_test_points();
    for (const std::string& point : options.pause_at)
        if (std::ranges::find(known, point) == known.end()) refuse_point(point, known);
    const Machine machine = find_machine(options.machine.empty() ? "T3000" : options.machine);
    Process process(options);
    process.run(machine, [&](MetalContext& context, Points& points) {
        run_mesh_test(context, points, options.seed, plants_of(options));
    });
    const size_t chips = machine.chips.size();
    fmt::print("mesh-test: 3 runs on {} ({} chip{}), {} calls of the ttmem library\n", machine.name, chips,
               chips == 1 ? "" : "s", process.client_calls());
    return kOk;
}

int run_workload(const Workload& workload, const Options& options) {
    const uint64_t steps = options.steps != 0 ? options.steps : workload.steps;
    for (const std::string& point : options.pause_at)
        if (!workload.has_point(point, steps)) refuse_point(point, {workload.points});
    const Machine machine = find_machine(options.machine.empty() ? workload.machine : options.machine);
    const WorkloadOptions chosen{options.seed, steps, plants_of(options), options.l1_small_size,
                                 options.trace_region_size};
    Process process(options);
    process.run(machine, [&](MetalContext& context, Points& points) { workload.run(context, points, chosen); });
    fmt::print("{}: {} steps on {} ({} chip{}), {} calls of the ttmem library\n", workload.name, steps, machine.name,
               machine.chips.size(), machine.chips.size() == 1 ? "" : "s", process.client_calls());
    return kOk;
}

void print_summary(const ReplaySummary& summary, const Machine& machine, uint64_t calls) {
    fmt::print(
        "replay: {} allocations, {} frees, {} inputs on {}; {} live at the end; {} tensors of the host left out; "
        "{} calls of the ttmem library\n",
        summary.allocations, summary.frees, summary.inputs, machine.name, summary.live_at_end, summary.host_tensors,
        calls);
    if (summary.dram_views != 0)
        fmt::print("replay: {} reports of the device's own allocator, which held {:.1f} to {:.1f} MiB more in a bank\n",
                   summary.dram_views, static_cast<double>(*summary.reported_minus_simulated_min) / (1 << 20),
                   static_cast<double>(*summary.reported_minus_simulated_max) / (1 << 20));
}

int replay(const Options& options) {
    const Stream stream = read_stream(options.stream);
    for (const std::string& point : options.pause_at) {
        std::vector<std::string> known = replay_points(stream);
        known.push_back("seq<N> of its events");
        if (!is_replay_point(stream, point)) refuse_point(point, known);
    }
    const Machine machine = options.machine.empty() ? machine_for(stream) : find_machine(options.machine);
    check_fits(stream, machine);
    Process process(options);
    ReplaySummary summary;
    process.run(machine, [&](MetalContext& context, Points& points) {
        summary = run_replay(context, points, stream, options.seed);
    });
    print_summary(summary, machine, process.client_calls());
    return kOk;
}

int make_stream_file(const Options& options) {
    if (options.output.empty()) {
        make_stream(std::cout, options.seed, options.events);
        return std::cout.flush() ? kOk : kError;
    }
    std::ofstream file(options.output, std::ios::binary | std::ios::trunc);
    make_stream(file, options.seed, options.events);
    file.close();
    if (!file) throw Refused(options.output + ": cannot be written");
    return kOk;
}

int list_machines() {
    for (const Machine& machine : built_in_machines()) {
        const ChipSpec& chip = machine.chips[0];
        fmt::print("{:<17} {}\n", machine.name, machine.title);
        fmt::print("  each chip         DRAM {} banks x {} B, L1 {} cores ({} x {}) x {} B from {}\n", chip.dram_banks,
                   chip.dram_bank_bytes, chip.cores(), chip.grid_x, chip.grid_y, chip.l1_bytes_per_core, chip.l1_base);
        if (!machine.aliases.empty()) fmt::print("  also called       {}\n", fmt::join(machine.aliases, ", "));
        for (const std::string& source : machine.sources) fmt::print("  source            {}\n", source);
    }
    return kOk;
}

// Where the program's own name is printed in front of a message.
int guarded(const std::function<int()>& command) {
    try {
        return command();
    } catch (const UsageError& error) {
        fmt::print(stderr, "ttmem-sim: {}\n", error.what());
        return kUsage;
    } catch (const OutOfMemory& error) {
        fmt::print(stderr, "ttmem-sim: {}\n", error.what());
        return kError;
    } catch (const std::exception& error) {
        fmt::print(stderr, "ttmem-sim: {}\n", error.what());
        return kError;
    }
}

int run(int argc, char** argv) {
    CLI::App app("Programs of a simulated tt-metal runtime, tracked by ttmem like real ones; no device is needed.");
    app.name("ttmem-sim");
    app.get_formatter()->label("Positionals", "Arguments");
    app.require_subcommand(1);
    app.footer(
        "Examples:\n"
        "  ttmem run -- ttmem-sim mesh-test\n"
        "  ttmem-sim mesh-test --machine Galaxy-6U --truth truth.json --pause-at run1.matmul\n"
        "  ttmem run -- ttmem-sim decode --plant leak --plant missing-cb-free\n"
        "  ttmem-sim random --seed 7 --machine N300 --steps 1000 --rate 200\n"
        "  ttmem-sim make-stream --seed 7 --events 5000 --output model.jsonl\n"
        "  ttmem run -- ttmem-sim replay model.jsonl\n"
        "  ttmem allocation-server & ttmem-sim mesh-test --allocation-client\n"
        "Exit codes: 0 ok, 1 error (bad input, out of memory), 2 usage.");
    Options options;

    CLI::App* mesh = app.add_subcommand("mesh-test", "Add and multiply on a mesh of all chips, three runs");
    add_workload_options(*mesh, options, "Machine to simulate, see `ttmem-sim machines` (default: T3000)");
    add_plant_option(*mesh, options);
    mesh->footer(
        "Points: run<k>.{tensors,add,matmul,tensors_freed,cache_cleared,closed} for k = 1, 2, 3.\n"
        "Example:\n  ttmem-sim mesh-test --truth t.json --pause-at run1.matmul --pause-at run3.closed");

    const std::vector<const Workload*> workloads = {&kDecode, &kConv, &kRandom};
    std::vector<CLI::App*> workload_commands;
    for (const Workload* workload : workloads) {
        CLI::App* command = app.add_subcommand(workload->name, workload->title);
        add_workload_options(*command, options, fmt::format("Machine to simulate (default: {})", workload->machine));
        add_plant_option(*command, options);
        command->add_option("--steps", options.steps, fmt::format("Number of steps (default: {})", workload->steps))
            ->type_name("N")
            ->check(at_least_one());
        if (workload == &kRandom) {
            command->add_option("--l1-small", options.l1_small_size, "L1_SMALL of each core (default: 32768)")
                ->type_name("BYTES");
            command
                ->add_option("--trace-region", options.trace_region_size, "Trace region of a chip (default: 12582912)")
                ->type_name("BYTES");
        }
        command->footer(fmt::format("Points: {}.\nExample:\n  ttmem run -- ttmem-sim {} --plant leak", workload->points,
                                    workload->name));
        workload_commands.push_back(command);
    }

    CLI::App* stream = app.add_subcommand("replay", "Allocate and free as a recorded stream says");
    stream->add_option("STREAM", options.stream, "Stream to replay, one JSON object per line (see sim/stream.h)")
        ->required();
    add_workload_options(*stream, options, "Machine to simulate (default: the smallest that the stream's grids fit)");
    stream->footer(
        "Points: start, prog<N> (at the end of each program), end, closed; seq<N> (after an event); failed.\n"
        "Example:\n  ttmem-sim replay model.jsonl --machine P150 --pause-at seq100");

    CLI::App* maker = app.add_subcommand("make-stream", "Print a made-up stream for `replay`");
    maker->add_option("--seed", options.seed, "Seed; the same one gives the same stream (default: 0)")->type_name("N");
    maker->add_option("--events", options.events, "Number of lines (default: 2000)")
        ->type_name("N")
        ->check(at_least_one());
    maker->add_option("--output", options.output, "File to write (default: stdout)")->type_name("FILE");

    CLI::App* machines = app.add_subcommand("machines", "List the built-in machines with their sources");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kOk : kUsage;
    }
    if (mesh->parsed()) return guarded([&] { return mesh_test(options); });
    for (size_t i = 0; i < workloads.size(); i++)
        if (workload_commands[i]->parsed()) return guarded([&] { return run_workload(*workloads[i], options); });
    if (stream->parsed()) return guarded([&] { return replay(options); });
    if (maker->parsed()) return guarded([&] { return make_stream_file(options); });
    if (machines->parsed()) return guarded(list_machines);
    return kUsage;
}

}  // namespace
}  // namespace ttmem::sim

int main(int argc, char** argv) { return ttmem::sim::run(argc, argv); }

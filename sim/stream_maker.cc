#include "sim/stream_maker.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "sim/buffer_type.h"

namespace ttmem::sim {
namespace {

constexpr uint64_t kDramLiveMax = uint64_t{2} << 30;
constexpr uint64_t kDramTensorMax = uint64_t{64} << 20;
constexpr uint64_t kL1CoreLiveMax = 512 << 10;  // of one core
constexpr uint64_t kL1ShardMax = 128 << 10;
constexpr uint32_t kCoresMax = 64;  // every built-in machine has them

constexpr std::string_view kConstantOps[] = {"ttcore.load_cached", "ttnn.to_device", "ttnn.typecast"};
constexpr std::string_view kLayerOps[] = {"ttnn.matmul", "ttnn.add", "ttnn.softmax", "ttnn.permute", "ttnn.rms_norm"};
constexpr std::string_view kL1Ops[] = {"ttnn.to_memory_config", "ttnn.nlp_concat_heads_decode", "ttnn.conv2d"};

struct Tensor {
    std::string id;
    uint64_t bytes;
    bool l1;
    uint64_t shard;  // bytes of each core, 0 for DRAM
};

class Maker {
public:
    Maker(std::ostream& output, uint64_t seed, uint64_t events) : output_(output), random_(seed), events_(events) {}

    void make() {
        const uint64_t constants = events_ / 5;
        run_program(0, constants);
        run_program(1, events_ - constants);
    }

private:
    uint64_t below(uint64_t n) { return random_() % n; }

    template <size_t N>
    std::string_view one_of(const std::string_view (&texts)[N]) {
        return texts[below(N)];
    }

    // All tensors of a program are free at its end.
    void run_program(uint32_t program, uint64_t events) {
        live_.clear();
        dram_live_ = l1_core_live_ = 0;
        next_id_ = next_input_ = 0;
        for (uint64_t left = events; left > 0; left--) {
            const bool must_free = !live_.empty() && live_.size() + 1 >= left;
            if (must_free || (!live_.empty() && below(100) < 45)) {
                free_one(program);
            } else if (left == 1 || (program == 0 && below(100) < 25)) {
                free_input(program);
            } else {
                allocate(program);
            }
        }
    }

    void allocate(uint32_t program) {
        const bool l1 = program != 0 && l1_core_live_ + kL1ShardMax <= kL1CoreLiveMax && below(100) < 30;
        if (l1) {
            allocate_l1(program);
        } else if (dram_live_ + kDramTensorMax <= kDramLiveMax) {
            allocate_dram(program);
        } else {
            free_one(program);
        }
    }

    void allocate_dram(uint32_t program) {
        const uint64_t bytes = (1 + below(uint64_t{1} << below(16))) * kTileBytes;
        const std::string_view op = program == 0 ? one_of(kConstantOps) : one_of(kLayerOps);
        dram_live_ += bytes;
        live_.push_back({fmt::format("%{}", next_id_++), bytes, false, 0});
        print_alloc(program, "dram", "interleaved", 1, op);
    }

    void allocate_l1(uint32_t program) {
        const auto cores = static_cast<uint32_t>(1 + below(kCoresMax));
        const uint64_t shard = (1 + below(kL1ShardMax / kTileBytes)) * kTileBytes;
        l1_core_live_ += shard;
        live_.push_back({fmt::format("%{}", next_id_++), shard * cores, true, shard});
        print_alloc(program, "l1", "height_sharded", cores, one_of(kL1Ops));
    }

    void print_alloc(uint32_t program, std::string_view memory, std::string_view layout, uint32_t cores,
                     std::string_view op) {
        const Tensor& tensor = live_.back();
        fmt::print(output_,
                   "{{\"seq\": {}, \"prog\": {}, \"ev\": \"alloc\", \"id\": \"{}\", \"bytes\": {}, \"mem\": \"{}\", "
                   "\"layout\": \"{}\", \"grid\": [{}, 1], \"op\": \"{}\", \"loc\": \"layer{}\"}}\n",
                   seq_++, program, tensor.id, tensor.bytes, memory, layout, cores, op, next_id_ / 16);
    }

    void free_one(uint32_t program) {
        const size_t position = below(live_.size());
        const Tensor tensor = live_[position];
        live_.erase(live_.begin() + static_cast<ptrdiff_t>(position));
        (tensor.l1 ? l1_core_live_ : dram_live_) -= tensor.l1 ? tensor.shard : tensor.bytes;
        fmt::print(output_,
                   "{{\"seq\": {}, \"prog\": {}, \"ev\": \"free\", \"id\": \"{}\", \"bytes\": {}, \"mem\": \"{}\", "
                   "\"op\": \"ttnn.deallocate\"}}\n",
                   seq_++, program, tensor.id, tensor.bytes, tensor.l1 ? "l1" : "dram");
    }

    // Weights as they came from the host; small, since all of them exist before the program begins.
    void free_input(uint32_t program) {
        const bool host = below(4) == 0;
        fmt::print(output_,
                   "{{\"seq\": {}, \"prog\": {}, \"ev\": \"free\", \"id\": \"%arg{}\", \"bytes\": {}, \"mem\": \"{}\", "
                   "\"preexisting\": true, \"op\": \"ttnn.deallocate\"}}\n",
                   seq_++, program, next_input_++, (1 + below(16)) * kTileBytes, host ? "system_memory" : "dram");
    }

    std::ostream& output_;
    std::mt19937_64 random_;
    uint64_t events_;
    uint64_t seq_ = 0, next_id_ = 0, next_input_ = 0;
    std::vector<Tensor> live_;
    uint64_t dram_live_ = 0, l1_core_live_ = 0;
};

}  // namespace

void make_stream(std::ostream& output, uint64_t seed, uint64_t events) { Maker(output, seed, events).make(); }

}  // namespace ttmem::sim

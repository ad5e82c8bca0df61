// Just enough of tt-metal's classes, under its names, for a libtt_metal.so that libttmem_preload can follow: a mesh of
// two chips, buffers of one bank-aligned size, a program, a trace. What varies between the stand-ins is a macro:
//   SCRATCHPADS      has scratchpads, and nothing that tells where it keeps what it marked for them; and persistent L1
//   NEWER            as from 0.79 on: functions for a buffer's size, type, device and unique id
//   OTHER_OFFSETS    a buffer's type lies elsewhere
//   WITHOUT_SYMBOL   AllocatorImpl::get_alignment() is not there
//   ACCESSOR_THROWS  asking a buffer for its bytes per bank throws
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace ttsl {
template <class Value, class Tag>
struct StrongType {
    Value value;
};
}  // namespace ttsl

namespace tt {
enum class ARCH : uint32_t { WORMHOLE_B0 = 2 };
struct xy_pair {
    size_t x, y;
};

namespace umd {
struct ClusterDescriptor {
    const std::unordered_map<int, uint64_t>& get_chip_unique_ids() const;
    std::unordered_map<int, uint64_t> ids{{0, 0}, {1, 0xabc}};
};
}  // namespace umd

struct Cluster {
    uint16_t get_ubb_asic_id(int chip) const;
    umd::ClusterDescriptor descriptor;
};

namespace tt_metal {
struct MetalContext {
    static MetalContext& instance();
    Cluster& get_cluster();
    Cluster cluster;
};
enum class BufferType : uint32_t { DRAM, L1, SYSTEM_MEMORY, L1_SMALL, TRACE };
enum class HalMemType : uint32_t { L1, DRAM };

struct IDevice {
    virtual ~IDevice();
};
class AllocatorImpl;

// Members lie where tt-metal up to 0.77 has them.
class Buffer {
public:
    Buffer(IDevice* device, AllocatorImpl* allocator, uint64_t size, BufferType type);
    ~Buffer();
    uint64_t address() const;
    uint64_t page_size() const;
    uint32_t num_pages() const;
    uint64_t aligned_size_per_bank() const;
    bool is_dram() const;
    bool is_l1() const;
    bool is_allocated() const;
    AllocatorImpl* allocator() const;
    uint64_t num_cores() const;
#ifdef NEWER
    uint64_t size() const;
    BufferType buffer_type() const;
    IDevice* device() const;
    uint64_t unique_id() const;
#endif

    uint64_t before[2] = {};
    IDevice* device_;
    uint64_t size_;
#ifdef OTHER_OFFSETS
    uint64_t inserted = 7;
#endif
    BufferType type_;
    uint64_t between[3] = {};
    AllocatorImpl* allocator_;
    uint8_t status_ = 0;
    uint64_t address_ = 0;
    uint64_t page_size_ = 2048;
};

struct Statistics {
    uint64_t bank_bytes, allocated, free, largest;
    std::vector<uint32_t> addresses;
};

class AllocatorImpl {
public:
    uint64_t allocate_buffer(Buffer* buffer);
    void deallocate_buffer(Buffer* buffer);
    void deallocate_buffers();
    uint32_t get_num_banks(const BufferType& type) const;
    uint64_t get_bank_size(const BufferType& type) const;
#ifndef WITHOUT_SYMBOL
    uint32_t get_alignment(BufferType type) const;
#endif
    uint64_t get_base_allocator_addr(const HalMemType& type) const;
    Statistics get_statistics(const BufferType& type) const;
    std::unordered_set<Buffer*> get_allocated_buffers() const;

    uint64_t taken(BufferType type) const;
    std::unordered_set<Buffer*> buffers;
    uint64_t next = 4096;
};

struct CoreRange {
    xy_pair start, end;
};
struct CoreRangeSet {
    std::vector<CoreRange> ranges;
};

#ifdef SCRATCHPADS
struct PersistentL1Arena {
    uint64_t allocate(const CoreRangeSet& cores, uint64_t size, uint64_t alignment);
};
#endif

struct GraphTracker {
    void track_allocate(const Buffer* buffer);
    void track_allocate_cb(const CoreRangeSet& cores, uint64_t address, uint64_t size, bool global,
                           const IDevice* device);
};

namespace detail {
struct ProgramImpl {
    uint64_t get_id() const;
    void allocate_circular_buffers(const IDevice* device);
#ifdef SCRATCHPADS
    void allocate_scratchpads(const IDevice* device);
#endif
    uint64_t id = 0;
};
}  // namespace detail
struct Program {
    std::shared_ptr<detail::ProgramImpl> impl;
};

struct DispatchCoreConfig {};

namespace distributed {
struct MeshTraceIdTag;
using MeshTraceId = ttsl::StrongType<uint32_t, MeshTraceIdTag>;
class MeshDevice;

// How a small vector lies in memory.
struct Numbers {
    const uint32_t* values;
    uint64_t count;
    uint32_t room[4];
};
struct MeshShape {
    Numbers numbers;
};
struct MeshCoordinate {
    Numbers numbers;
};
struct MeshCoordinateRange {
    const MeshCoordinate& start_coord() const;
    const MeshCoordinate& end_coord() const;
    MeshCoordinate start, end;
};

struct MeshDeviceImpl {
    int id() const;
    void initialize_impl(MeshDevice* mesh, uint8_t queues, size_t small, size_t trace, size_t l1,
                         std::span<const uint32_t> map, bool minimal);
    void close_impl(MeshDevice* mesh);
    void begin_mesh_trace(uint8_t queue, const MeshTraceId& id);
    void end_mesh_trace(uint8_t queue, const MeshTraceId& id);
    void replay_mesh_trace(uint8_t queue, const MeshTraceId& id, bool blocking);
    void release_mesh_trace(const MeshTraceId& id);
    MeshDevice* mesh = nullptr;
    std::unique_ptr<Buffer> trace;
};

struct MeshDeviceConfig {};

class MeshDevice : public IDevice {
public:
    static std::shared_ptr<MeshDevice> create(const MeshDeviceConfig& config, size_t small, size_t trace, size_t queues,
                                              const DispatchCoreConfig& dispatch, std::span<const uint32_t> map,
                                              size_t l1);
    ~MeshDevice() override;
    int id() const;
    ARCH arch() const;
    uint32_t l1_size_per_core() const;
    xy_pair compute_with_storage_grid_size() const;
    const MeshShape& shape() const;
    const std::unique_ptr<AllocatorImpl>& allocator_impl() const;
    std::vector<int> get_device_ids() const;
    std::vector<IDevice*> get_devices() const;

    MeshDeviceImpl impl;
    std::unique_ptr<AllocatorImpl> allocator = std::make_unique<AllocatorImpl>();
    std::unique_ptr<IDevice> chips[2] = {std::make_unique<IDevice>(), std::make_unique<IDevice>()};
};

struct MeshCommandQueue {
    virtual ~MeshCommandQueue() = default;
    MeshDevice* mesh;
    uint64_t more[8] = {};
};

struct MeshWorkloadImpl {
    void add_program(const MeshCoordinateRange& range, Program&& program);
    void load_binaries(MeshCommandQueue& queue);
    std::vector<Program> programs;
    std::unique_ptr<Buffer> binary;
};
}  // namespace distributed

struct Inspector {
    static void program_created(const detail::ProgramImpl* program);
    static void program_destroyed(const detail::ProgramImpl* program);
    static void mesh_device_initialized(const distributed::MeshDeviceImpl* mesh);
};
}  // namespace tt_metal
}  // namespace tt

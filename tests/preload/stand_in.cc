#include "tests/preload/stand_in.h"

#include <cstdlib>

namespace tt {

const std::unordered_map<int, uint64_t>& umd::ClusterDescriptor::get_chip_unique_ids() const { return ids; }
uint16_t Cluster::get_ubb_asic_id(int chip) const {
    return static_cast<uint16_t>(descriptor.get_chip_unique_ids().at(chip) >> 56);
}

namespace tt_metal {

constexpr uint64_t kBankBytes = 1 << 20, kBanks = 4;

MetalContext& MetalContext::instance() {
    static MetalContext context;
    return context;
}
Cluster& MetalContext::get_cluster() { return cluster; }

IDevice::~IDevice() = default;

Buffer::Buffer(IDevice* device, AllocatorImpl* allocator, uint64_t size, BufferType type)
    : device_(device), size_(size), type_(type), allocator_(allocator) {
    address_ = allocator->allocate_buffer(this);
    status_ = 1;
    GraphTracker().track_allocate(this);
}
Buffer::~Buffer() {
    if (status_ == 1 && allocator_->buffers.count(this) != 0) allocator_->deallocate_buffer(this);
}
uint64_t Buffer::address() const {
    if (status_ == 0) throw std::runtime_error("not allocated");
    return address_;
}
uint64_t Buffer::page_size() const { return page_size_; }
uint32_t Buffer::num_pages() const { return page_size_ == 0 ? 0 : static_cast<uint32_t>(size_ / page_size_); }
uint64_t Buffer::aligned_size_per_bank() const {
#ifdef ACCESSOR_THROWS
    throw std::runtime_error("no figure");
#else
    const uint64_t banks =
        allocator_->get_num_banks(type_);  // 0 where the pool does not exist: as in tt-metal, it traps
    return (num_pages() + banks - 1) / banks * page_size_;
#endif
}
bool Buffer::is_dram() const { return type_ == BufferType::DRAM || type_ == BufferType::TRACE; }
bool Buffer::is_l1() const { return type_ == BufferType::L1 || type_ == BufferType::L1_SMALL; }
bool Buffer::is_allocated() const { return status_ == 1; }
AllocatorImpl* Buffer::allocator() const { return allocator_; }
uint64_t Buffer::num_cores() const { return 0; }
#ifdef NEWER
uint64_t Buffer::size() const { return size_; }
BufferType Buffer::buffer_type() const { return type_; }
IDevice* Buffer::device() const { return device_; }
uint64_t Buffer::unique_id() const { return 77; }
#endif

uint64_t AllocatorImpl::taken(BufferType type) const {
    uint64_t bytes = 0;
    for (const Buffer* buffer : buffers) {
        if (buffer->type_ == type)
            bytes += (buffer->size_ / buffer->page_size_ + kBanks - 1) / kBanks * buffer->page_size_;
    }
    return bytes;
}
uint64_t AllocatorImpl::allocate_buffer(Buffer* buffer) {
    if (buffer->type_ == BufferType::L1_SMALL) throw std::runtime_error("only sharded");
    if (buffer->size_ > kBankBytes * kBanks) throw std::runtime_error("Out of Memory");
    buffers.insert(buffer);
    return next += 4096;
}
void AllocatorImpl::deallocate_buffer(Buffer* buffer) { buffers.erase(buffer); }
void AllocatorImpl::deallocate_buffers() { buffers.clear(); }
uint32_t AllocatorImpl::get_num_banks(const BufferType& type) const {
    return type == BufferType::L1_SMALL ? 0 : kBanks;
}
uint64_t AllocatorImpl::get_bank_size(const BufferType& type) const {
    return type == BufferType::L1_SMALL ? 0 : kBankBytes;
}
#ifndef WITHOUT_SYMBOL
uint32_t AllocatorImpl::get_alignment(BufferType) const { return 32; }
#endif
uint64_t AllocatorImpl::get_base_allocator_addr(const HalMemType& type) const {
    return type == HalMemType::DRAM ? 4096 : 1024;
}
Statistics AllocatorImpl::get_statistics(const BufferType& type) const {
    if (type == BufferType::L1_SMALL) return {0, 0, 0, 0, {}};
    return {kBankBytes, taken(type), kBankBytes - taken(type), kBankBytes - taken(type), {1, 2, 3}};
}
std::unordered_set<Buffer*> AllocatorImpl::get_allocated_buffers() const { return buffers; }

void GraphTracker::track_allocate(const Buffer*) {}
void GraphTracker::track_allocate_cb(const CoreRangeSet&, uint64_t, uint64_t, bool, const IDevice*) {}

uint64_t detail::ProgramImpl::get_id() const { return id; }
void detail::ProgramImpl::allocate_circular_buffers(const IDevice* device) {
    GraphTracker().track_allocate_cb({{{{0, 0}, {3, 1}}}}, 2048, 512, false, device);
    GraphTracker().track_allocate_cb({{{{0, 0}, {0, 0}}}}, 9999, 256, true, device);
}
#ifdef SCRATCHPADS
void detail::ProgramImpl::allocate_scratchpads(const IDevice*) {}
uint64_t PersistentL1Arena::allocate(const CoreRangeSet&, uint64_t, uint64_t) { return 1024; }
#endif

void Inspector::program_created(const detail::ProgramImpl*) {}
void Inspector::program_destroyed(const detail::ProgramImpl*) {}
void Inspector::mesh_device_initialized(const distributed::MeshDeviceImpl*) {}

namespace distributed {

const MeshCoordinate& MeshCoordinateRange::start_coord() const { return start; }
const MeshCoordinate& MeshCoordinateRange::end_coord() const { return end; }

int MeshDeviceImpl::id() const { return 5; }
void MeshDeviceImpl::initialize_impl(MeshDevice* made, uint8_t, size_t, size_t, size_t, std::span<const uint32_t>,
                                     bool) {
    mesh = made;
    Inspector::mesh_device_initialized(this);
}
void MeshDeviceImpl::close_impl(MeshDevice* closed) { closed->allocator->deallocate_buffers(); }
void MeshDeviceImpl::begin_mesh_trace(uint8_t, const MeshTraceId&) {}
void MeshDeviceImpl::end_mesh_trace(uint8_t, const MeshTraceId&) {
    trace = std::make_unique<Buffer>(mesh, mesh->allocator.get(), 4096, BufferType::TRACE);
}
void MeshDeviceImpl::replay_mesh_trace(uint8_t, const MeshTraceId&, bool) {}
void MeshDeviceImpl::release_mesh_trace(const MeshTraceId&) { trace.reset(); }

std::shared_ptr<MeshDevice> MeshDevice::create(const MeshDeviceConfig&, size_t, size_t, size_t,
                                               const DispatchCoreConfig&, std::span<const uint32_t>, size_t) {
    // Who attaches late has missed it.
    if (std::getenv("ATTACH") == nullptr) MetalContext::instance().get_cluster().descriptor.get_chip_unique_ids();
    auto mesh = std::make_shared<MeshDevice>();
    mesh->impl.initialize_impl(mesh.get(), 1, 0, 0, 0, {}, false);
    return mesh;
}
MeshDevice::~MeshDevice() = default;
int MeshDevice::id() const { return 5; }
ARCH MeshDevice::arch() const { return ARCH::WORMHOLE_B0; }
uint32_t MeshDevice::l1_size_per_core() const { return 1 << 20; }
xy_pair MeshDevice::compute_with_storage_grid_size() const { return {8, 7}; }
const MeshShape& MeshDevice::shape() const {
    static const uint32_t sides[] = {1, 2};
    static const MeshShape shape{{sides, 2, {}}};
    return shape;
}
const std::unique_ptr<AllocatorImpl>& MeshDevice::allocator_impl() const { return allocator; }
std::vector<int> MeshDevice::get_device_ids() const { return {0, 1}; }
std::vector<IDevice*> MeshDevice::get_devices() const { return {chips[0].get(), chips[1].get()}; }

void MeshWorkloadImpl::add_program(const MeshCoordinateRange&, Program&& program) {
    programs.push_back(std::move(program));
}
void MeshWorkloadImpl::load_binaries(MeshCommandQueue& queue) {
    if (!binary) binary = std::make_unique<Buffer>(queue.mesh, queue.mesh->allocator.get(), 8192, BufferType::DRAM);
}

}  // namespace distributed
}  // namespace tt_metal
}  // namespace tt

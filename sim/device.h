// What buffers are allocated on: a chip, or a mesh of chips. It has a place for ttmem, and while it is open an
// allocator. Sessions are counted, so that a buffer knows whether the device that it came from was closed since.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/allocator.h"
#include "sim/truth.h"

#include <ttmem/ttmem.h>

namespace ttmem::sim {

class MetalContext;

class IDevice : public std::enable_shared_from_this<IDevice> {
public:
    virtual ~IDevice() = default;
    IDevice(const IDevice&) = delete;

    MetalContext& context() const { return context_; }
    PlaceName place_name() const { return place_name_; }
    ttmem_place place() const { return place_; }
    const std::vector<uint64_t>& chip_ids() const { return chip_ids_; }

    virtual bool is_open() const { return allocator_.has_value(); }
    uint64_t session() const { return session_; }

    // Requires: is_open().
    virtual Allocator& allocator() { return *allocator_; }

    // What each of its chips is like. Requires: it was open.
    virtual const ChipSpec& chip_spec() const { return *chip_; }

protected:
    // `parent`: the place of the mesh that it is a part of; 0 none.
    IDevice(MetalContext& context, PlaceName place_name, std::vector<uint64_t> chip_ids, ttmem_place parent = 0);

    void open_place(const ChipSpec& chip, const DeviceParams& params);

    // Everything that is still allocated is gone; its buffers hear nothing of it, as in tt-metal.
    void close_place();

private:
    MetalContext& context_;
    PlaceName place_name_;
    std::vector<uint64_t> chip_ids_;
    ttmem_place place_;
    uint64_t session_ = 0;
    std::optional<Allocator> allocator_;
    std::optional<ChipSpec> chip_;
};

}  // namespace ttmem::sim

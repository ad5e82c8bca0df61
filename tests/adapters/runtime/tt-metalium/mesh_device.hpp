#pragma once

#include <tt-metalium/buffer.hpp>

namespace tt::tt_metal::distributed {

class MeshDevice : public IDevice {
public:
    explicit MeshDevice(int id) : id_(id) {}
    int id() const override { return id_; }

private:
    int id_;
};

}  // namespace tt::tt_metal::distributed

#pragma once

#include <tt-metalium/buffer.hpp>

namespace tt::tt_metal {

class Device final : public IDevice {
public:
    explicit Device(int id) : id_(id) {}
    int id() const override { return id_; }

private:
    int id_;
};

}  // namespace tt::tt_metal

// Protocol buffers as bytes: the four kinds of fields that our formats have. A message is made before the one that it
// is in; https://protobuf.dev/programming-guides/encoding
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ttmem {

class ProtoMessage {
public:
    ProtoMessage& number(uint32_t field, uint64_t value) {
        varint(uint64_t{field} << 3);
        varint(value);
        return *this;
    }
    ProtoMessage& bytes(uint32_t field, std::string_view value) {
        varint(uint64_t{field} << 3 | 2);
        varint(value.size());
        bytes_ += value;
        return *this;
    }
    ProtoMessage& message(uint32_t field, const ProtoMessage& inner) { return bytes(field, inner.bytes_); }
    ProtoMessage& packed(uint32_t field, std::span<const uint64_t> values) {
        ProtoMessage inner;
        for (const uint64_t value : values) inner.varint(value);
        return message(field, inner);
    }
    const std::string& text() const { return bytes_; }

private:
    void varint(uint64_t value) {
        for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
        bytes_ += static_cast<char>(value);
    }

    std::string bytes_;
};

}  // namespace ttmem

#include "src/model/pool.h"

namespace ttmem {
namespace {

constexpr std::array<std::string_view, kPoolCount> kPoolNames = {"dram", "l1", "system", "l1_small", "trace"};
constexpr std::array<std::string_view, 5> kClassNames = {"unknown", "tensor", "program", "trace", "runtime"};
constexpr std::array<std::string_view, 5> kVerdictNames = {"leaked", "cached", "released_by_close", "held_at_exit",
                                                           "unknown"};

template <class Enum, size_t kCount>
std::optional<Enum> find(const std::array<std::string_view, kCount>& names, std::string_view name) {
    for (size_t i = 0; i < kCount; ++i) {
        if (names[i] == name) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

}  // namespace

std::string_view pool_name(Pool pool) { return kPoolNames.at(static_cast<size_t>(pool)); }
std::optional<Pool> pool_from_name(std::string_view name) { return find<Pool>(kPoolNames, name); }

std::string_view class_name(AllocationClass allocation_class) {
    return kClassNames.at(static_cast<size_t>(allocation_class));
}
std::optional<AllocationClass> class_from_name(std::string_view name) {
    return find<AllocationClass>(kClassNames, name);
}

std::string_view verdict_name(Verdict verdict) { return kVerdictNames.at(static_cast<size_t>(verdict)); }

}  // namespace ttmem

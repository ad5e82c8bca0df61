#include "src/importers/packed/unpack.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "src/importers/packed/gzip_reader.h"

namespace ttmem {
namespace {

using namespace std::literals;
constexpr size_t kSniffBytes = 4096;

// What others pack with, and ttmem does not unpack.
struct Foreign {
    std::string_view mark, name, tool;
};
constexpr std::array kForeign = {
    Foreign{"BZh"sv, "bzip2", "bzcat FILE | ttmem explain -"},
    Foreign{"7z\xbc\xaf\x27\x1c"sv, "a 7-Zip archive", "7z x FILE"},
    Foreign{"Rar!\x1a\x07"sv, "a RAR archive", "unrar x FILE"},
    Foreign{"\x04\x22\x4d\x18"sv, "lz4", "lz4cat FILE | ttmem explain -"},
    Foreign{"%PDF-"sv, "a PDF document", "copy the text out of it"},
    Foreign{"\x89PNG"sv, "a picture", "copy the text itself, not a picture of it"},
    Foreign{"PK\x05\x06"sv, "an empty zip archive", ""},
};

bool is_tar(std::string_view head) { return head.size() >= 262 && head.substr(257, 5) == "ustar"; }

// Without a mark: of plain text all bytes of a unit but one are 0.
std::optional<Wide> wide_of(std::string_view head) {
    if (head.starts_with("\xff\xfe\0\0"sv)) return Wide{4, false};  // before the mark of UTF-16, with which it begins
    if (head.starts_with("\0\0\xfe\xff"sv)) return Wide{4, true};
    if (head.starts_with("\xff\xfe"sv)) return Wide{2, false};
    if (head.starts_with("\xfe\xff"sv)) return Wide{2, true};
    for (const Wide wide : {Wide{4, false}, Wide{4, true}, Wide{2, false}, Wide{2, true}}) {
        const size_t units = head.size() / wide.bytes, low = wide.big_endian ? wide.bytes - 1 : 0;
        if (units < 8) continue;
        size_t plain = 0;
        for (size_t i = 0; i < units; ++i) {
            const std::string_view unit = head.substr(i * wide.bytes, wide.bytes);
            const auto zeros = static_cast<size_t>(std::ranges::count(unit, '\0'));
            plain += unit[low] != '\0' && zeros == wide.bytes - 1;
        }
        if (plain * 10 >= units * 9) return wide;
    }
    return std::nullopt;
}

// Counts what goes in and out of a layer, and refuses what expands like a bomb.
struct Expansion {
    uint64_t in = 0, out = 0;
    bool source_failed = false;  // not its data, but what it is read from
};
ByteReader counted_in(ByteReader reader, std::shared_ptr<Expansion> expansion) {
    return [reader = std::move(reader), expansion = std::move(expansion)](char* to, size_t size) -> Result<size_t> {
        Result<size_t> got = reader(to, size);
        if (got) expansion->in += *got;
        expansion->source_failed = !got;
        return got;
    };
}
ByteReader counted_out(ByteReader reader, std::shared_ptr<Expansion> expansion, Losses losses) {
    return [reader = std::move(reader), expansion = std::move(expansion), losses = std::move(losses)](
               char* to, size_t size) -> Result<size_t> {
        Result<size_t> got = reader(to, size);
        if (got) expansion->out += *got;
        if (expansion->out > kFreeBytes && expansion->out / kMostExpansion > expansion->in) {
            if (losses) losses->is_bomb = true;
            return Error{"it expands to more than " + std::to_string(kMostExpansion) + " times its size",
                         std::to_string(expansion->in) + " bytes became " + std::to_string(expansion->out) +
                             ", as those of an archive that is made to fill memory or disk",
                         "unpack it yourself, if you trust it"};
        }
        return got;
    };
}

// Ends where the layer's data is damaged, if it gave any before, and says so.
ByteReader up_to_damage(ByteReader layer, std::shared_ptr<Expansion> expansion, Losses losses) {
    return [layer = std::move(layer), expansion = std::move(expansion), losses = std::move(losses), ended = false](
               char* to, size_t size) mutable -> Result<size_t> {
        if (ended) return size_t{0};
        Result<size_t> got = layer(to, size);
        if (got || losses == nullptr || losses->is_bomb || expansion->out == 0 || expansion->source_failed) return got;
        ended = true;
        std::string loss = got.error().what + (got.error().why.empty() ? "" : " (" + got.error().why + ")");
        loss[0] = static_cast<char>(loss[0] >= 'a' && loss[0] <= 'z' ? loss[0] - 'a' + 'A' : loss[0]);
        losses->sentences.push_back(loss + ": only what comes before that was read.");
        return size_t{0};
    };
}

template <class Layer>
Result<ByteReader> within(ByteReader packed, const Losses& losses, size_t nesting, const Layer& layer) {
    if (nesting >= kMostNesting) {
        return Error{"it is packed more than " + std::to_string(kMostNesting) + " times, one within another", "",
                     "unpack it yourself, if you trust it"};
    }
    const auto expansion = std::make_shared<Expansion>();
    ByteReader unpacked = up_to_damage(layer(counted_in(std::move(packed), expansion)), expansion, losses);
    return unpack(counted_out(std::move(unpacked), expansion, losses), losses, nesting + 1);
}

}  // namespace

Result<std::string> read_head(const ByteReader& read, size_t size) {
    std::string head(size, '\0');
    size_t filled = 0;
    while (filled < head.size()) {
        const Result<size_t> got = read(head.data() + filled, head.size() - filled);
        if (!got) return got.error();
        if (*got == 0) break;
        filled += *got;
    }
    head.resize(filled);
    return head;
}

ByteReader pushed_back(std::string head, ByteReader rest) {
    return [head = std::make_shared<const std::string>(std::move(head)), given = size_t{0}, rest = std::move(rest)](
               char* to, size_t size) mutable -> Result<size_t> {
        if (given == head->size()) return rest(to, size);
        const size_t part = std::min(size, head->size() - given);
        std::memcpy(to, head->data() + given, part);
        given += part;
        return part;
    };
}

Result<ByteReader> unpack(ByteReader reader, const Losses& losses, size_t nesting) {
    Result<std::string> ahead = read_head(reader, kSniffBytes);
    if (!ahead) return ahead.error();
    const std::string_view head = *ahead;
    const auto all = [&] { return pushed_back(*ahead, std::move(reader)); };
    const auto layer = [](ByteReader (*make)(ByteReader)) { return make; };
    if (head.starts_with("\x1f\x8b"sv)) return within(all(), losses, nesting, layer(maybe_gunzip));
    if (head.starts_with("\xfd"
                         "7zXZ\0"sv))
        return within(all(), losses, nesting, layer(read_xz));
    if (head.starts_with("\x28\xb5\x2f\xfd"sv)) return within(all(), losses, nesting, layer(read_zstd));
    if (head.starts_with("PK\x03\x04"sv)) {
        return within(all(), losses, nesting,
                      [&](ByteReader packed) { return read_zip(std::move(packed), losses, nesting + 1); });
    }
    for (const Foreign& foreign : kForeign) {
        if (!head.starts_with(foreign.mark)) continue;
        if (foreign.mark == "BZh" && head.find("1AY&SY") != 4) continue;  // it may be shorter
        return Error{"it is " + std::string(foreign.name) + ", which ttmem does not unpack", "",
                     std::string(foreign.tool)};
    }
    if (is_tar(head)) return Error{"it is a tar archive", "which of its files is meant is not known", "tar xf FILE"};
    if (const std::optional<Wide> wide = wide_of(head)) return read_wide(all(), *wide);
    if (head.starts_with("\xef\xbb\xbf"sv)) {
        ahead->erase(0, 3);
        return all();
    }
    return all();
}

}  // namespace ttmem

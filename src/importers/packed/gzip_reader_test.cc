#include "src/importers/packed/gzip_reader.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace ttmem {
namespace {

std::string gzipped(const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

Result<std::string> read_all(const ByteReader& read, size_t piece) {
    std::string all, buffer(piece, '\0');
    for (;;) {
        const Result<size_t> got = read(buffer.data(), buffer.size());
        if (!got) return got.error();
        if (*got == 0) return all;
        all.append(buffer, 0, *got);
    }
}

// A pipe that gives one byte at a time.
ByteReader one_by_one(std::string_view text) {
    return [reader = read_from_text(text)](char* to, size_t) { return reader(to, 1); };
}

TEST(GzipReader, GivesPlainTextAsItIs) {
    for (const std::string text : {"", "a", "\x1f", "plain text"}) {
        EXPECT_EQ(read_all(maybe_gunzip(read_from_text(text)), 3).value(), text);
        EXPECT_EQ(read_all(maybe_gunzip(one_by_one(text)), 100).value(), text);
    }
}

TEST(GzipReader, DecompressesInPiecesOfAnySize) {
    std::string text;
    for (int i = 0; i < 50000; ++i) text += "line " + std::to_string(i * 7919) + "\n";
    const std::string packed = gzipped(text);
    EXPECT_EQ(read_all(maybe_gunzip(read_from_text(packed)), 1000).value(), text);
    EXPECT_EQ(read_all(maybe_gunzip(one_by_one(packed)), 65536).value(), text);
}

TEST(GzipReader, GoesOnWithTheNextMember) {
    const std::string packed = gzipped("one ") + gzipped("") + gzipped("two");
    EXPECT_EQ(read_all(maybe_gunzip(read_from_text(packed)), 2).value(), "one two");
}

TEST(GzipReader, RefusesDamagedAndCutOffData) {
    const std::string packed = gzipped(std::string(1000, 'x') + "some text");
    for (const size_t length : {size_t{2}, size_t{9}, packed.size() / 2, packed.size() - 1}) {
        const Result<std::string> cut =
            read_all(maybe_gunzip(read_from_text(std::string_view(packed).substr(0, length))), 100);
        ASSERT_FALSE(cut) << length;
        EXPECT_EQ(cut.error().why, "it ends in the middle");
        EXPECT_EQ(cut.error().what, "the gzip data is damaged near byte " + std::to_string(length));
    }
    std::string damaged = packed;
    damaged[damaged.size() - 6] ^= 1;  // its checksum
    const Result<std::string> read = read_all(maybe_gunzip(read_from_text(damaged)), 100);
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().why.find("check"), std::string::npos) << read.error().why;
}

}  // namespace
}  // namespace ttmem

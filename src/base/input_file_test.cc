#include "src/base/input_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace ttmem {
namespace {

class InputFiles : public testing::Test {
protected:
    std::string file(const std::string& text) const {
        std::ofstream(path("file")) << text;
        return path("file");
    }
    std::string path(const char* name) const { return folder_.path() / name; }
    static std::string why(const std::string& path, Input input = Input::kStream) {
        const Result<ScopedFd> opened = open_input(path, input);
        return opened ? "" : opened.error().why;
    }

private:
    TemporaryDirectory folder_;
};

TEST_F(InputFiles, AreRefusedWithWhatTheyAreInstead) {
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    sockaddr_un address{AF_UNIX, {}};
    const std::string socket = path("socket");
    std::memcpy(address.sun_path, socket.c_str(), socket.size());
    const ScopedFd listener(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    for (const Input input : {Input::kFile, Input::kStream}) {
        EXPECT_EQ(why(path("pipe"), input), "it is a named pipe");
        EXPECT_EQ(why(socket, input), "it is a socket");
        EXPECT_EQ(why(path(""), input), "it is a folder");
        EXPECT_EQ(why("/dev/zero", input), "it is a device");
        EXPECT_EQ(why(path("nothing"), input), "No such file or directory");
        EXPECT_NE(why("-", input), "");
        EXPECT_EQ(why(file("text"), input), "");
    }
}

TEST_F(InputFiles, AreReadFromAPipeWithoutANameOnlyOnceAndToItsEnd) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const ScopedFd reading(ends[0]);
    ScopedFd writing(ends[1]);
    const std::string name = "/dev/fd/" + std::to_string(ends[0]);
    EXPECT_EQ(why(name, Input::kFile), "it is a pipe, and this is read more than once");
    const Result<ScopedFd> stream = open_input(name, Input::kStream);
    ASSERT_TRUE(stream);
    EXPECT_EQ(::fcntl(stream->get(), F_GETFL) & O_NONBLOCK, 0) << "it waits for what is not there yet";
    ASSERT_EQ(::write(writing.get(), "text", 4), 4);
    writing.reset();
    const Result<std::string> text = read_input(name, 4);
    ASSERT_TRUE(text) << text.error().why;
    EXPECT_EQ(*text, "text");
}

TEST_F(InputFiles, AreReadUpToABound) {
    const std::string name = file(std::string(100'000, 'x'));
    EXPECT_EQ(read_input(name, 100'000)->size(), 100'000u);
    const Result<std::string> text = read_input(name, 99'999);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().why, "it is larger than 99999 bytes");
}

}  // namespace
}  // namespace ttmem

#include "src/importers/failure_message/backtrace.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

// The operation in "name", or "name!" where it is about its output.
std::string asked(const std::string& rest) {
    const std::optional<AskingOperation> operation = asking_operation(rest);
    return operation ? operation->name + (operation->of_output ? "!" : "") : "";
}

TEST(Backtrace, NamesTheOperationThatAsked) {
    EXPECT_EQ(asked("\nbacktrace:\n --- tt::tt_metal::Buffer::allocate_impl()\n"
                    " --- ttnn::operations::binary_ng::BinaryNgDeviceOperation::create_output_tensors(int)\n"),
              "BinaryNgDeviceOperation!");
    EXPECT_EQ(asked("\nbacktrace:\n --- ttnn::prim::permute(ttnn::Tensor const&)\n"), "ttnn::prim::permute");
    EXPECT_EQ(asked("\nbacktrace:\\n --- ttnn::prim::permute(ttnn::Tensor const&)\\n"), "ttnn::prim::permute");
    EXPECT_EQ(asked("\n --- ttnn::prim::permute(ttnn::Tensor const&)\n"), "");
}

TEST(Backtrace, OfSymbolsAsTheLinkerHasThemIsRead) {
    const auto in_symbol = [](const std::string& symbol) {
        return asked("\nbacktrace:\n --- /lib/a.so(+0x1daa976) [0x7fc5529aa976]\n --- /lib/a.so(" + symbol +
                     "+0x344) [0x7f8099da3db4]\n --- run()\n --- eval()\n --- run()\n --- main\n");
    };
    EXPECT_EQ(
        in_symbol("_ZN4ttnn6detail6launchITkNS0_22DeviceOperationConceptENS_4prim22Sort2dxDeviceOperationEEvRKT_"),
        "Sort2dxDeviceOperation")
        << "no name that merely contains it";
    EXPECT_EQ(in_symbol("_ZN4ttnn5prim222SortingDeviceOperation21create_output_tensorsERKNS0_1AE"),
              "SortingDeviceOperation!")
        << "behind a digit";
    EXPECT_EQ(in_symbol("_ZN4ttnn26MeshDeviceOperationAdapterEv"), "");
    EXPECT_EQ(asked("\nbacktrace:\n --- /lib/a.so(_ZN4ttnn4prim19NormDeviceOperationE+0x1) [0x7]\n --- "
                    "ttnn::prim::norm(int)\n"),
              "ttnn::prim::norm");
}

TEST(Backtrace, OfColoredLinesIsRead) {
    EXPECT_EQ(
        asked("\n\x1b[31mback\x1b[0mtrace:\x1b[0m\n\x1b[1m ---\x1b[0m ttnn::op\x1b[31merations::x::Mat\x1b[0mmulDevice"
              "Operation::run(int)\n"),
        "MatmulDeviceOperation");
}

TEST(Backtrace, OfWrappedLinesIsReadUnderAnyPrefix) {
    EXPECT_EQ(
        asked("\nbacktrace:\n ---\nttnn::operations::binary_ng::BinaryNgDeviceOperation::create_output_tensors(int,\n"
              "int)\n"),
        "BinaryNgDeviceOperation!");
    EXPECT_EQ(
        asked("\n[1,3]<stderr>: backtrace:\n[1,3]<stderr>: --- tt::tt_metal::BankManager::allocate_buffer(unsigned\n"
              "[1,3]<stderr>: long, unsigned long,\n[1,3]<stderr>: bool, CoreRangeSet\n[1,3]<stderr>: const&,\n"
              "[1,3]<stderr>: int)\n[1,3]<stderr>: --- ttnn::operations::x::BinaryNgDe\n"
              "[1,3]<stderr>: viceOperation::create_output_tensors(int)\n"),
        "BinaryNgDeviceOperation!");
}

TEST(Backtrace, EndsWithItsLastFrame) {
    const std::string trace = "\nbacktrace:\n --- tt::tt_metal::Buffer::allocate_impl()\n --- main\n";
    EXPECT_EQ(asked(trace + "a\nb\nc\nd\n --- ttnn::prim::permute(int)\n"), "");
    EXPECT_EQ(asked(trace + "now runs FooDeviceOperation\n"), "");
    EXPECT_EQ(asked(trace + "----- ttnn::prim::permute( -----\n"), "");
}

// As of a convolution whose configuration finds no L1_SMALL.
TEST(Backtrace, AFunctionThatCallsAnotherOfItsNameIsOfOneProcess) {
    EXPECT_EQ(asked("\nbacktrace:\n --- /lib/libtt_metal.so(+0xab916d) [0x7f7860eb916d]\n"
                    " --- tt::tt_metal::BankManager::allocate_buffer(unsigned long)\n"
                    " --- tt::tt_metal::AllocatorImpl::allocate_buffer(tt::tt_metal::Buffer*)\n"
                    " --- tt::tt_metal::AllocatorImpl::allocate_buffer(tt::tt_metal::Buffer*)\n"
                    " --- ttnn::Tensor::to_device(int) const\n"
                    " --- ttnn::operations::sliding_window::move_config_tensor_to_device(ttnn::Tensor const&)\n"),
              "ttnn::operations::sliding_window::move_config_tensor_to_device");
}

TEST(Backtrace, FramesOfTwoProcessesBetweenEachOtherNameNothing) {
    const auto frame = [](const char* address) {
        return " --- /lib/libtt_metal.so(+0xab916d) [" + std::string(address) + "]\n";
    };
    const std::string second = " --- tt::tt_metal::Buffer::allocate_impl()\n";
    const std::string operation = " --- ttnn::prim::permute(int)\n";
    EXPECT_EQ(asked("\nbacktrace:\n" + frame("0x7f01") + frame("0x7f02") + second + second + operation), "");
    EXPECT_EQ(asked("\nbacktrace:\n" + frame("0x7f01") + second + frame("0x7f02") + second + operation), "");
}

}  // namespace
}  // namespace ttmem

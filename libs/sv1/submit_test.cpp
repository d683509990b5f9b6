#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "base/hex.h"
#include "sv1/requests.h"
#include "sv1/responses.h"
#include "sv1/testing.h"

namespace {
std::size_t allocations = 0;
}  // namespace

// Counted in this program only: a share must not allocate.
void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace sv1 {
namespace {

std::string line(std::string_view params) {
    return R"({"id":4,"method":"mining.submit","params":[)" + std::string{params} + "]}";
}

TEST(Submit, C244_ReadsItsNumbersMostSignificantDigitFirst) {
    Parser parser;
    const auto five = testing::call<Submit>(
        parser, line(R"("bob.1","17","0100000000000000","680be961","00004107")"));
    EXPECT_EQ(five.worker, "bob.1");
    EXPECT_EQ(five.job_id, "17");
    EXPECT_EQ(base::to_hex(five.extranonce2.view()), "0100000000000000");
    EXPECT_EQ(five.ntime, 0x680be961U);
    EXPECT_EQ(five.nonce, 0x4107U);
    EXPECT_EQ(five.version_bits, std::nullopt);
    const auto six =
        testing::call<Submit>(parser, line(R"("bob.1","17","01","680be961","4107","2000")"));
    EXPECT_EQ(six.nonce, 0x4107U);
    EXPECT_EQ(six.version_bits, 0x2000U);
    EXPECT_EQ(testing::call<Submit>(parser, line(R"("b","1","","1","1",null)")).version_bits,
              std::nullopt);
    EXPECT_EQ(
        testing::call<Submit>(parser, line(R"("b","1","","1","1","0","more",[1])")).version_bits,
        0U);
}

TEST(Submit, SaysWhatIsWrongWithIt) {
    Parser parser;
    const struct {
        std::string params;
        CallError error;
    } cases[] = {
        {"", CallError::parameter_missing},
        {R"("b","1","01","680be961")", CallError::parameter_missing},
        {R"("b","1",null,"680be961","1")", CallError::parameter_missing},
        {R"(7,"1","01","680be961","1")", CallError::text_expected},
        {R"("b",1,"01","680be961","1")", CallError::text_expected},
        {R"("b","1","0","680be961","1")", CallError::bad_extranonce},
        {R"("b","1","0g","680be961","1")", CallError::bad_extranonce},
        {R"("b","1",")" + std::string(66, '0') + R"(","680be961","1")", CallError::bad_extranonce},
        {R"("b","1",1,"680be961","1")", CallError::bad_extranonce},
        {R"("b","1","01","0680be961","1")", CallError::bad_ntime},
        {R"("b","1","01","","1")", CallError::bad_ntime},
        {R"("b","1","01",1745611105,"1")", CallError::bad_ntime},
        {R"("b","1","01","680be961","000000001")", CallError::bad_nonce},
        {R"("b","1","01","680be961","0x1")", CallError::bad_nonce},
        {R"("b","1","01","680be961","1","1ffffe0000")", CallError::bad_version_bits},
        {R"("b","1","01","680be961","1","")", CallError::bad_version_bits},
        {R"("b","1","01","680be961","1",8192)", CallError::bad_version_bits},
    };
    for (const auto& [params, error] : cases) {
        EXPECT_EQ(testing::call_error(parser, line(params)), error) << params;
        EXPECT_NE(error_text(error), "");
    }
    EXPECT_EQ(
        testing::call<Submit>(parser, line(R"("b","1",")" + std::string(64, '0') + R"(","1","1")"))
            .extranonce2.size,
        32U);
}

TEST(Submit, AllocatesNothing) {
    Parser parser;
    const auto share = line(R"("bob.1","17","0100000000000000","680be961","00004107","2000")");
    std::string out;
    out.reserve(1024);
    const auto before = allocations;
    for (int i = 0; i < 10; ++i) {
        const auto message = parser.parse(share);
        const auto& request = std::get<Request>(*message);
        append_error(request.id, ErrorCode::low_difficulty_share, out);
        append_call(request.id, std::get<Submit>(*request.call), out);
        out.clear();
    }
    EXPECT_EQ(allocations, before);
    EXPECT_GT(allocations, 0U);
}

}  // namespace
}  // namespace sv1

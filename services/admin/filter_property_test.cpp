#include <adit/admin/v1/channel.pb.h>
#include <adit/admin/v1/fleet.pb.h>
#include <gtest/gtest.h>

#include <array>

#include "admin/filter.h"
#include "admin/listing.h"
#include "base/random.h"

namespace admin {
namespace {

namespace proto = adit::admin::v1;

/// What filters are made of, in any order.
constexpr std::array<std::string_view, 40> pieces{"name",
                                                  "kind",
                                                  "is_silent",
                                                  "hash_rates",
                                                  ".",
                                                  "last_minute",
                                                  "shares",
                                                  "open_time",
                                                  "AND",
                                                  "OR",
                                                  "NOT",
                                                  "-",
                                                  "(",
                                                  ")",
                                                  "\"",
                                                  "'",
                                                  "\\",
                                                  "*",
                                                  "=",
                                                  "!=",
                                                  "<",
                                                  "<=",
                                                  ">",
                                                  ">=",
                                                  ":",
                                                  ",",
                                                  " ",
                                                  "\t",
                                                  "1e308",
                                                  "-1e999",
                                                  "nan",
                                                  "18446744073709551616",
                                                  "STANDARD",
                                                  "true",
                                                  "9999-12-31T23:59:59Z",
                                                  "rejected_by_reason",
                                                  "stages",
                                                  "samples",
                                                  "\xff\xfe",
                                                  "desc"};

std::string random_text(base::Random& random) {
    std::string text;
    for (auto left = random.next_u64() % 24; left > 0; --left) {
        if (random.next_u64() % 8 == 0)
            text += static_cast<char>(static_cast<unsigned char>(random.next_u64()));
        else
            text += pieces[random.next_u64() % pieces.size()];
        if (random.next_u64() % 2 == 0) text += ' ';
    }
    return text;
}

TEST(FilterProperty, TakesOrRefusesWhateverItIsGiven) {
    base::SeededRandom random{8};
    proto::Service service;
    service.set_name("services/gateway-1");
    (*service.mutable_samples())["x"] = 1;
    service.add_stages()->set_name("block");
    proto::Channel channel;
    channel.mutable_open_time()->set_seconds(std::int64_t{1} << 62);
    int taken = 0;
    for (int round = 0; round < 50'000; ++round) {
        const auto text = random_text(random);
        SCOPED_TRACE(text);
        for (const google::protobuf::Message* row :
             std::array<const google::protobuf::Message*, 2>{&service, &channel}) {
            const auto filter = Filter::parse(*row->GetDescriptor(), text);
            if (filter) {
                ++taken;
                const auto negated = Filter::parse(*row->GetDescriptor(), "NOT (" + text + ")");
                const bool matches = filter->matches(*row);
                if (negated && !filter->is_empty()) {
                    ASSERT_NE(matches, negated->matches(*row));
                }
            } else {
                ASSERT_LE(filter.error().position, text.size() + 1);
                ASSERT_FALSE(filter.error().text.empty());
            }
            const auto order = Order::parse(*row->GetDescriptor(), text);
            if (!order) {
                ASSERT_LE(order.error().position, text.size() + 1);
            }
        }
    }
    EXPECT_GT(taken, 1000);
}

TEST(PageTokenProperty, RefusesWhateverIsNotItsOwn) {
    base::SeededRandom random{9};
    const auto token = encode_page_token(
        {.query = 7, .keys = {Value{1.5}, Value{std::string_view{"channels/1"}}}});
    for (int round = 0; round < 20'000; ++round) {
        auto damaged = token;
        const auto at = random.next_u64() % damaged.size();
        switch (random.next_u64() % 3) {
            case 0: damaged[at] = static_cast<char>(random.next_u64() & 0xff); break;
            case 1: damaged.erase(at, 1 + random.next_u64() % 8); break;
            default: damaged.insert(at, random_text(random)); break;
        }
        std::string storage;
        if (damaged != token) {
            ASSERT_FALSE(decode_page_token(damaged, storage)) << damaged;
        }
        ASSERT_FALSE(decode_page_token(random_text(random), storage));
    }
}

}  // namespace
}  // namespace admin

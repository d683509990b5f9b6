#include <gtest/gtest.h>

#include <deque>
#include <memory>

#include "base/random.h"
#include "sv2/print.h"
#include "sv2/testing.h"

namespace sv2 {
namespace {

// Fills messages with chance; owns what their fields borrow.
class Generator {
  public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    template <Message M>
    M message() {
        M filled_in{};
        M::fields(filled_in, [this](std::string_view, auto& field, auto...) { this->fill(field); });
        return filled_in;
    }
    std::size_t below(std::size_t bound) { return random_.next_u64() % bound; }
    base::Bytes bytes(std::size_t size) {
        base::Bytes some(size);
        random_.fill(some);
        return some;
    }

  private:
    template <class Int>
        requires std::unsigned_integral<Int>
    void fill(Int& value) {
        value = static_cast<Int>(random_.next_u64());
    }
    void fill(bool& value) { value = below(2) == 1; }
    void fill(Protocol& value) { value = static_cast<Protocol>(below(256)); }
    void fill(float& value) { value = static_cast<float>(below(1'000'000)) * 1e9F; }
    void fill(U256& value) { random_.fill(value); }
    void fill(Str0_255& value) { value = base::as_string_view(keep(below(256))); }
    template <class Tag, class Int>
    void fill(base::StrongId<Tag, Int>& id) {
        fill(id.value);
    }
    template <std::size_t SizeMax, std::size_t PrefixSize>
    void fill(Blob<SizeMax, PrefixSize>& value) {
        value = keep(below(std::min<std::size_t>(SizeMax, 1000) + 1));
    }
    template <class T>
    void fill(std::optional<T>& value) {
        if (below(2) == 1) fill(value.emplace());
    }
    template <class T, std::size_t PrefixSize>
    void fill(Sequence<T, PrefixSize>& value) {
        auto elements = std::make_shared<std::vector<T>>(below(20));
        for (auto& element : *elements) fill(element);
        kept_sequences_.push_back(elements);
        value = Sequence<T, PrefixSize>{*elements};
    }
    const base::Bytes& keep(std::size_t size) { return kept_.emplace_back(bytes(size)); }

    base::SeededRandom random_;
    std::deque<base::Bytes> kept_;
    std::deque<std::shared_ptr<void>> kept_sequences_;
};

TEST(Sv2Property, DecodingUndoesEncodingForEveryMessage) {
    for_each_message([]<class M>(std::type_identity<M>) {
        SCOPED_TRACE(M::info.name);
        for (std::uint64_t seed = 0; seed < 100; ++seed) {
            SCOPED_TRACE(seed);
            Generator generator{seed};
            const auto message = generator.message<M>();
            const auto frame = encode(message);
            ASSERT_EQ(frame.size(), frame_header_size + encoded_size(message));
            const testing::ExactBytes payload{testing::payload_of(frame)};
            const auto decoded = decode_with_tlvs<M>(payload.view());
            ASSERT_TRUE(decoded);
            EXPECT_TRUE(decoded->tlv_area.empty());
            EXPECT_TRUE(decoded->message == message) << to_text(message);
            EXPECT_EQ(encode(decoded->message), frame);
        }
    });
}

TEST(Sv2Property, EveryTruncationOfEveryMessageIsRefused) {
    for_each_message([]<class M>(std::type_identity<M>) {
        SCOPED_TRACE(M::info.name);
        Generator generator{7};
        const auto frame = encode(generator.message<M>());
        const auto payload = testing::payload_of(frame);
        for (std::size_t size = 0; size < payload.size(); ++size) {
            // The one field that older peers leave out may be missing as a whole.
            if (std::is_same_v<M, OpenExtendedMiningChannelSuccess> && size + 4 == payload.size())
                continue;
            const testing::ExactBytes cut{payload.first(size)};
            const auto decoded = decode<M>(cut.view());
            ASSERT_FALSE(decoded) << size;
            EXPECT_EQ(decoded.error(), DecodeError::overrun);
        }
    });
}

TEST(Sv2Property, DamagedAndRandomPayloadsAreDecodedOrRefusedButNeverOverread) {
    std::size_t refused = 0;
    std::size_t accepted = 0;
    for_each_message([&]<class M>(std::type_identity<M>) {
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            Generator generator{seed};
            auto bytes = generator.bytes(generator.below(300));
            if (seed % 2 == 0) {
                bytes = base::to_bytes(testing::payload_of(encode(generator.message<M>())));
                for (int damage = 0; damage < 3; ++damage)
                    bytes[generator.below(bytes.size())] = static_cast<std::byte>(
                        generator.below(4) == 0 ? 0xff : generator.below(256));
            }
            const testing::ExactBytes payload{bytes};
            const auto decoded = decode<M>(payload.view());
            if (!decoded) {
                ++refused;
                continue;
            }
            ++accepted;
            // Whatever was accepted can be walked, printed and sent on.
            EXPECT_FALSE(to_text(*decoded).empty());
            EXPECT_LE(encoded_size(*decoded), bytes.size() + 4);
        }
    });
    EXPECT_GT(refused, 0U);
    EXPECT_GT(accepted, 0U);
}

}  // namespace
}  // namespace sv2

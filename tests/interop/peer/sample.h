#pragma once

#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "sv2/message_table.h"

namespace peer {

/// How many samples there are of each message: 0 the smallest value of every field, 1 a usual one,
/// 2 the largest.
inline constexpr std::size_t variants = 3;

/// Fills messages with values that follow from the fields' names in the specification and from the
/// variant, so that a field that is misplaced or misread shows. ../sri/src/sample.rs says the same
/// in Rust: a field's stream is splitmix64 from FNV-1a of its name, xor variant * golden.
/// Owns what the messages' fields borrow.
class Sampler {
  public:
    explicit Sampler(std::size_t variant) : variant_(variant) {}

    template <sv2::Message M>
    M message() {
        M message{};
        M::fields(message, [this](std::string_view name, auto& field, auto...) {
            this->fill(std::string{name}, field);
        });
        return message;
    }

  private:
    static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
    /// Larger than one sealed block, small enough for a test.
    static constexpr std::size_t large = 70'000;

    struct Stream {
        std::uint64_t state{};
        std::uint64_t next() {
            state += golden;
            std::uint64_t mixed = state;
            mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
            return mixed ^ (mixed >> 31);
        }
    };
    Stream stream(std::string_view name) const {
        std::uint64_t hash = 0xcbf29ce484222325;
        for (const char c : name)
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x00000100000001b3;
        return {hash ^ (variant_ * golden)};
    }

    template <class Int>
        requires std::unsigned_integral<Int>
    void fill(const std::string& name, Int& value) {
        if (variant_ == 0)
            value = 0;
        else
            value = variant_ == 1 ? static_cast<Int>(stream(name).next())
                                  : std::numeric_limits<Int>::max();
    }
    void fill(const std::string&, bool& value) { value = variant_ != 0; }
    void fill(const std::string&, sv2::Protocol& value) {
        value = static_cast<sv2::Protocol>(variant_);
    }
    void fill(const std::string& name, float& value) {
        if (variant_ == 0)
            value = 0;
        else
            value = variant_ == 1 ? static_cast<float>(stream(name).next() % 1'000'000) * 1e9F
                                  : std::numeric_limits<float>::max();
    }
    void fill(const std::string& name, sv2::U256& value) {
        value.fill(std::byte{variant_ == 0 ? std::uint8_t{0} : std::uint8_t{0xff}});
        if (variant_ == 1) std::ranges::copy(bytes(name, value.size()), value.begin());
    }
    void fill(const std::string& name, sv2::Str0_255& value) {
        auto& text = keep(bytes(name, size_of(name, 255)));
        for (auto& letter : text)
            letter = static_cast<std::byte>('a' + std::to_integer<unsigned>(letter) % 26);
        value = base::as_string_view(text);
    }
    template <class Tag, class Int>
    void fill(const std::string& name, base::StrongId<Tag, Int>& id) {
        fill(name, id.value);
    }
    template <std::size_t SizeMax, std::size_t PrefixSize>
    void fill(const std::string& name, sv2::Blob<SizeMax, PrefixSize>& value) {
        value = keep(bytes(name, size_of(name, SizeMax)));
    }
    template <class T>
    void fill(const std::string& name, std::optional<T>& value) {
        if (variant_ != 0) fill(name, value.emplace());
    }
    template <class T, std::size_t PrefixSize>
    void fill(const std::string& name, sv2::Sequence<T, PrefixSize>& value) {
        const std::size_t most = sv2::Wire<T>::fixed_size == 0 ? 3 : PrefixSize == 1 ? 255 : 300;
        const std::size_t count = variant_ == 0 ? 0 : variant_ == 1 ? 3 : most;
        auto elements = std::make_shared<std::vector<T>>(count);
        for (std::size_t i = 0; i < count; ++i)
            fill(name + "[" + std::to_string(i) + "]", (*elements)[i]);
        kept_sequences_.push_back(elements);
        value = sv2::Sequence<T, PrefixSize>{*elements};
    }

    std::size_t size_of(std::string_view name, std::size_t size_max) const {
        if (variant_ == 0) return 0;
        if (variant_ == 1) return 1 + stream(name).next() % std::min<std::size_t>(size_max, 32);
        return std::min(size_max, large);
    }
    base::Bytes bytes(std::string_view name, std::size_t size) const {
        auto from = stream(name);
        from.next();  // decided the size
        base::Bytes some(size);
        for (auto& byte : some) byte = static_cast<std::byte>(from.next() & 0xff);
        return some;
    }
    base::Bytes& keep(base::Bytes some) { return kept_.emplace_back(std::move(some)); }

    std::size_t variant_;
    std::deque<base::Bytes> kept_{};
    std::deque<std::shared_ptr<void>> kept_sequences_{};
};

}  // namespace peer

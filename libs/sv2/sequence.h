#pragma once

#include <cstddef>
#include <iterator>
#include <span>
#include <vector>

#include "sv2/wire.h"

namespace sv2 {

/// SEQ0_255[T] and SEQ0_64K[T]: a little-endian count of `PrefixSize` bytes, then the elements
/// (Sv2 3.1). Borrows either the values that are to be encoded or, after decoding, the bytes of
/// the payload, whose elements are decoded while iterating. Decoding has checked every element
/// against the end of the payload, so iterating cannot fail. Allocates nothing.
template <class T, std::size_t PrefixSize>
class Sequence {
  public:
    static constexpr std::size_t count_max = (std::size_t{1} << (8 * PrefixSize)) - 1;

    class Iterator {
      public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        using reference = T;
        using pointer = void;
        using iterator_category = std::input_iterator_tag;

        Iterator() = default;
        T operator*() const {
            if (value_ != nullptr) return *value_;
            Reader reader = wire_;
            T element{};
            static_cast<void>(Wire<T>::read(reader, element));
            return element;
        }
        Iterator& operator++() {
            if (value_ != nullptr) {
                ++value_;
            } else {
                T element{};
                static_cast<void>(Wire<T>::read(wire_, element));
            }
            --left_;
            return *this;
        }
        Iterator operator++(int) {
            const Iterator before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

      private:
        friend class Sequence;
        const T* value_ = nullptr;
        Reader wire_{base::ByteView{}};
        std::size_t left_ = 0;
    };

    constexpr Sequence() = default;
    /// A sequence to be encoded; the values are borrowed.
    constexpr Sequence(std::span<const T> values) : values_(values.data()), count_(values.size()) {}
    Sequence(const std::vector<T>& values) : Sequence(std::span<const T>{values}) {}

    constexpr std::size_t size() const { return count_; }
    constexpr bool empty() const { return count_ == 0; }
    Iterator begin() const {
        Iterator first;
        first.value_ = values_;
        first.wire_ = Reader{wire_};
        first.left_ = count_;
        return first;
    }
    Iterator end() const { return Iterator{}; }
    std::vector<T> to_vector() const { return std::vector<T>(begin(), end()); }

    friend bool operator==(const Sequence& a, const Sequence& b) {
        return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
    }

  private:
    friend struct Wire<Sequence>;
    const T* values_ = nullptr;  // either this, of values to be encoded
    base::ByteView wire_;        // or the elements' bytes, when decoded
    std::size_t count_ = 0;
};

template <class T>
using Seq0_255 = Sequence<T, 1>;
template <class T>
using Seq0_64K = Sequence<T, 2>;

template <class T, std::size_t PrefixSize>
struct Wire<Sequence<T, PrefixSize>> {
    using Seq = Sequence<T, PrefixSize>;
    static constexpr std::size_t fixed_size = 0;

    static std::size_t size(const Seq& sequence) {
        if (sequence.values_ == nullptr) return PrefixSize + sequence.wire_.size();
        if constexpr (Wire<T>::fixed_size != 0)
            return PrefixSize + sequence.count_ * Wire<T>::fixed_size;
        std::size_t sum = PrefixSize;
        for (const T& value : std::span{sequence.values_, sequence.count_})
            sum += Wire<T>::size(value);
        return sum;
    }
    static std::byte* write(std::byte* to, const Seq& sequence) {
        base::ensure(sequence.count_ <= Seq::count_max, "a sequence has too many elements");
        to = write_le<PrefixSize>(to, static_cast<std::uint32_t>(sequence.count_));
        if (sequence.values_ == nullptr) {
            if (!sequence.wire_.empty())
                std::memcpy(to, sequence.wire_.data(), sequence.wire_.size());
            return to + sequence.wire_.size();
        }
        for (const T& value : std::span{sequence.values_, sequence.count_})
            to = Wire<T>::write(to, value);
        return to;
    }
    static bool read(Reader& reader, Seq& sequence) {
        if (reader.left() < PrefixSize) return reader.fail(DecodeError::overrun);
        const std::size_t count = read_le<PrefixSize, std::uint32_t>(reader.at);
        reader.at += PrefixSize;
        const std::byte* const first = reader.at;
        if constexpr (Wire<T>::fixed_size != 0) {
            if (count * Wire<T>::fixed_size > reader.left())
                return reader.fail(DecodeError::overrun);
            reader.at += count * Wire<T>::fixed_size;
        } else {
            T element{};
            for (std::size_t i = 0; i < count; ++i)
                if (!Wire<T>::read(reader, element)) return false;
        }
        sequence = Seq{};
        sequence.wire_ = base::ByteView{first, reader.at};
        sequence.count_ = count;
        return true;
    }
};

}  // namespace sv2

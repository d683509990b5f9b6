#include "bitcoin/transaction.h"

#include <algorithm>
#include <optional>

#include "bitcoin/compact_size.h"
#include "bitcoin/sha256.h"

namespace bitcoin {
namespace {

/// The marker that stands where a count of inputs cannot be zero, and the flag after it (BIP 144).
constexpr std::byte witness_marker{0x00};
constexpr std::byte witness_flag{0x01};

/// Takes fields from the front of a transaction; the first failure stays.
class Reader {
  public:
    explicit Reader(base::ByteView rest) : rest_(rest) {}

    base::ByteView rest() const { return rest_; }
    bool failed() const { return error_.has_value(); }
    ParseError error() const { return error_.value_or(ParseError::malformed); }
    void fail(ParseError error) {
        if (!error_) error_ = error;
    }

    base::ByteView take(std::uint64_t size) {
        if (failed() || rest_.size() < size) {
            fail(ParseError::truncated);
            return {};
        }
        const auto taken = rest_.first(static_cast<std::size_t>(size));
        rest_ = rest_.subspan(static_cast<std::size_t>(size));
        return taken;
    }

    template <class Int>
    Int integer() {
        const auto bytes = take(sizeof(Int));
        return failed() ? Int{} : base::load_le<Int>(bytes.data());
    }

    std::uint64_t size() {
        if (failed()) return 0;
        const std::size_t length = rest_.empty() ? 1 : size_length(rest_[0]);
        const bool whole = rest_.size() >= length;
        if (const auto value = read_compact_size(rest_)) return *value;
        fail(whole ? ParseError::malformed : ParseError::truncated);
        return 0;
    }

    /// A count of things of at least `least` bytes each: what cannot be there is not reserved.
    std::uint64_t count_of(std::size_t least) {
        const std::uint64_t count = size();
        if (count <= rest_.size() / least) return count;
        fail(ParseError::truncated);
        return 0;
    }

    base::Bytes sized_bytes() { return base::to_bytes(take(size())); }

    Uint256 uint256() {
        const auto bytes = take(32);
        return failed() ? Uint256{} : Uint256::from_bytes(bytes.first<32>());
    }

    bool next_is(std::byte first, std::byte second) const {
        return rest_.size() >= 2 && rest_[0] == first && rest_[1] == second;
    }

  private:
    static std::size_t size_length(std::byte first) {
        const auto value = std::to_integer<unsigned>(first);
        return value < 0xfd ? 1 : value == 0xfd ? 3 : value == 0xfe ? 5 : 9;
    }

    base::ByteView rest_;
    std::optional<ParseError> error_{};
};

/// The least bytes that an input, an output and a witness item take.
constexpr std::size_t input_size_min = 32 + 4 + 1 + 4;
constexpr std::size_t output_size_min = 8 + 1;
constexpr std::size_t witness_item_size_min = 1;

TxInput read_input(Reader& reader) {
    TxInput input;
    input.previous.txid = reader.uint256();
    input.previous.index = reader.integer<std::uint32_t>();
    input.script = reader.sized_bytes();
    input.sequence = reader.integer<std::uint32_t>();
    return input;
}

TxOutput read_output(Reader& reader) {
    TxOutput output;
    output.value_sat = reader.integer<std::uint64_t>();
    output.script = reader.sized_bytes();
    return output;
}

std::vector<base::Bytes> read_witness(Reader& reader) {
    std::vector<base::Bytes> witness;
    const std::uint64_t count = reader.count_of(witness_item_size_min);
    for (std::uint64_t i = 0; i < count && !reader.failed(); ++i)
        witness.push_back(reader.sized_bytes());
    return witness;
}

void append_sized(base::Bytes& to, base::ByteView bytes) {
    append_compact_size(to, bytes.size());
    base::append(to, bytes);
}

void append_inputs_and_outputs(base::Bytes& to, const Transaction& transaction) {
    append_compact_size(to, transaction.inputs.size());
    for (const auto& input : transaction.inputs) {
        base::append(to, input.previous.txid.as_bytes());
        base::append_le(to, input.previous.index);
        append_sized(to, input.script);
        base::append_le(to, input.sequence);
    }
    append_compact_size(to, transaction.outputs.size());
    for (const auto& output : transaction.outputs) append_output(to, output);
}

}  // namespace

bool Transaction::has_witness() const {
    return std::ranges::any_of(inputs, [](const auto& input) { return !input.witness.empty(); });
}

bool Transaction::is_coinbase() const {
    return inputs.size() == 1 && inputs[0].previous == OutPoint{.txid = {}, .index = 0xffffffff};
}

base::Result<Transaction, ParseError> read_transaction(base::ByteView& rest) {
    Reader reader{rest};
    Transaction transaction;
    transaction.version = reader.integer<std::uint32_t>();
    const bool witness = reader.next_is(witness_marker, witness_flag);
    if (witness) reader.take(2);

    const std::uint64_t inputs = reader.count_of(input_size_min);
    for (std::uint64_t i = 0; i < inputs && !reader.failed(); ++i)
        transaction.inputs.push_back(read_input(reader));
    const std::uint64_t outputs = reader.count_of(output_size_min);
    for (std::uint64_t i = 0; i < outputs && !reader.failed(); ++i)
        transaction.outputs.push_back(read_output(reader));
    if (witness) {
        for (auto& input : transaction.inputs) input.witness = read_witness(reader);
        // A marker over empty witnesses would be a second form of the same transaction.
        if (!transaction.has_witness()) reader.fail(ParseError::malformed);
    }
    transaction.locktime = reader.integer<std::uint32_t>();
    if (transaction.inputs.empty()) reader.fail(ParseError::malformed);
    if (reader.failed()) return base::unexpected(reader.error());
    rest = reader.rest();
    return transaction;
}

base::Result<Transaction, ParseError> parse_transaction(base::ByteView bytes) {
    auto transaction = read_transaction(bytes);
    if (transaction && !bytes.empty()) return base::unexpected(ParseError::trailing);
    return transaction;
}

base::Bytes serialise(const Transaction& transaction) {
    if (!transaction.has_witness()) return serialise_stripped(transaction);
    base::Bytes bytes;
    base::append_le(bytes, transaction.version);
    bytes.push_back(witness_marker);
    bytes.push_back(witness_flag);
    append_inputs_and_outputs(bytes, transaction);
    for (const auto& input : transaction.inputs) {
        append_compact_size(bytes, input.witness.size());
        for (const auto& item : input.witness) append_sized(bytes, item);
    }
    base::append_le(bytes, transaction.locktime);
    return bytes;
}

base::Bytes serialise_stripped(const Transaction& transaction) {
    base::Bytes bytes;
    base::append_le(bytes, transaction.version);
    append_inputs_and_outputs(bytes, transaction);
    base::append_le(bytes, transaction.locktime);
    return bytes;
}

void append_output(base::Bytes& to, const TxOutput& output) {
    base::append_le(to, output.value_sat);
    append_sized(to, output.script);
}

Uint256 txid(const Transaction& transaction) {
    return sha256d(serialise_stripped(transaction));
}

Uint256 wtxid(const Transaction& transaction) {
    return sha256d(serialise(transaction));
}

std::size_t weight(const Transaction& transaction) {
    return 3 * serialise_stripped(transaction).size() + serialise(transaction).size();
}

}  // namespace bitcoin

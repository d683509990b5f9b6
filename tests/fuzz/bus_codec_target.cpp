#include "bus/codec.h"
#include "fuzz/target.h"

// One byte chooses a reader of the bus; the rest is what came over ZeroMQ or out of the ledger.
// What decodes is the same after encoding and decoding it again, and names only what exists.

namespace {

void check_places(const bus::Batch& batch) {
    for (const auto& job : batch.jobs)
        fuzz::check(job.channel < batch.channels.size(), "a job's channel is in the batch");
    for (const auto& share : batch.shares)
        fuzz::check(share.job < batch.jobs.size(), "a share's job is in the batch");
}

// As bytes: a NaN does not equal itself.
void to_gateway(std::string_view bytes) {
    const auto message = bus::decode_to_gateway(bytes);
    if (!message) return;
    const auto encoded = bus::encode(*message);
    const auto again = bus::decode_to_gateway(encoded);
    fuzz::check(again && bus::encode(*again) == encoded, "decoding undoes encoding");
}

void to_worker(std::string_view bytes) {
    const auto received = bus::decode_to_worker(bytes);
    if (!received) return;
    if (const auto* scan = std::get_if<bus::Scan>(&received->message)) {
        check_places(scan->shares);
        fuzz::check(bus::decode_to_worker(bus::encode(*scan)).has_value(),
                    "what was encoded decodes");
    }
    if (const auto* batch = std::get_if<bus::Batch>(&received->message)) {
        check_places(*batch);
        fuzz::check(bus::decode_batch(received->batch_bytes).has_value(),
                    "the bytes for the log are a batch");
        fuzz::check(bus::decode_to_worker(bus::encode(*batch)).has_value(),
                    "what was encoded decodes");
    }
}

void batch(std::string_view bytes) {
    const auto decoded = bus::decode_batch(bytes);
    if (decoded) check_places(*decoded);
}

void result(std::string_view bytes) {
    const auto decoded = bus::decode_result(bytes);
    if (!decoded) return;
    const auto encoded = bus::encode_result(*decoded);
    const auto again = bus::decode_result(encoded);
    fuzz::check(again && *again == *decoded, "decoding undoes encoding");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Script script{fuzz::view(data, size)};
    const auto choice = script.byte() % 4;
    const auto bytes = base::as_string_view(script.rest());
    if (choice == 0)
        to_gateway(bytes);
    else if (choice == 1)
        to_worker(bytes);
    else if (choice == 2)
        batch(bytes);
    else
        result(bytes);
    return 0;
}

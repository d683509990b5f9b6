#include "loadgen/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <stdexcept>

#include "base/hex.h"
#include "sv1/json_text.h"

namespace loadgen {

Journal::Journal(const std::string& path, const base::Clock& clock) : clock_(clock), path_(path) {
    if (path.empty()) return;
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file_ < 0)
        throw std::runtime_error(
            fmt::format("cannot write the journal {}: {}", path, std::strerror(errno)));
}

Journal::~Journal() {
    if (file_ >= 0) ::close(file_);
}

std::uint64_t Journal::connected(miner::PoolProtocol protocol) {
    ++connections_;
    if (file_ >= 0)
        fmt::format_to(std::back_inserter(lines_),
                       R"({{"event":"connected","time_us":{},"connection":{},"protocol":"{}"}})"
                       "\n",
                       now_us(), connections_, miner::is_sv1(protocol) ? "sv1" : "sv2");
    return connections_;
}

void Journal::begin(std::string_view event, std::uint64_t connection) {
    fmt::format_to(std::back_inserter(lines_), R"({{"event":"{}","time_us":{},"connection":{})",
                   event, now_us(), connection);
}

void Journal::lost(std::uint64_t connection, std::string_view reason) {
    if (file_ < 0) return;
    fmt::format_to(std::back_inserter(lines_),
                   R"({{"event":"connection_lost","time_us":{},"connection":{},"reason":)",
                   now_us(), connection);
    sv1::append_json_string(reason, lines_);
    lines_ += "}\n";
}

void Journal::job(std::uint64_t connection, const Sv1Job& job) {
    if (file_ < 0) return;
    fmt::format_to(std::back_inserter(lines_),
                   R"({{"event":"job","time_us":{},"connection":{},"job_id":)", now_us(),
                   connection);
    sv1::append_json_string(job.id, lines_);
    fmt::format_to(std::back_inserter(lines_),
                   R"(,"coinbase1":"{}","coinbase2":"{}","extranonce1":"{}"}})"
                   "\n",
                   base::to_hex(job.coinbase1), base::to_hex(job.coinbase2),
                   base::to_hex(job.extranonce1.view()));
}

void Journal::share(std::uint64_t connection, std::uint64_t id, const Sv1Job& job,
                    const FoundShare& share) {
    if (file_ < 0) return;
    fmt::format_to(std::back_inserter(lines_),
                   R"({{"event":"submit","time_us":{},"connection":{},"request_id":{},"job_id":)",
                   now_us(), connection, id);
    sv1::append_json_string(job.id, lines_);
    fmt::format_to(std::back_inserter(lines_),
                   R"(,"extranonce1":"{}","extranonce2":"{}","header":"{}","target":"{}"}})"
                   "\n",
                   base::to_hex(job.extranonce1.view()), base::to_hex(share.extranonce2.view()),
                   base::to_hex(bitcoin::encode_header(share.header)),
                   job.target.value.to_be_hex());
}

void Journal::answer(std::uint64_t connection, std::uint64_t id, bool is_accepted,
                     std::optional<std::int64_t> code, std::string_view text) {
    if (file_ < 0) return;
    fmt::format_to(std::back_inserter(lines_),
                   R"({{"event":"answer","time_us":{},"connection":{},"request_id":{},"result":{},)"
                   R"("code":{},"text":)",
                   now_us(), connection, id, is_accepted, code ? std::to_string(*code) : "null");
    sv1::append_json_string(text, lines_);
    lines_ += "}\n";
}

void Journal::flush() {
    for (std::string_view rest = lines_; !rest.empty();) {
        const auto written = ::write(file_, rest.data(), rest.size());
        if (written < 0 && errno != EINTR)
            throw std::runtime_error(
                fmt::format("cannot write the journal {}: {}", path_, std::strerror(errno)));
        if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
    }
    lines_.clear();
}

}  // namespace loadgen

#include "share_export/postgres_connection.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace share_export {
namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;
using Done = PostgresConnection::Done;

constexpr std::size_t copy_piece = 1 << 16;

std::string_view tls_mode(PostgresAddress::Tls tls) {
    switch (tls) {
        case PostgresAddress::Tls::off: return "disable";
        case PostgresAddress::Tls::required: return "require";
        case PostgresAddress::Tls::verified: return "verify-full";
    }
    return "disable";
}

/// libpq's messages have lines and an end of their own.
std::string one_line(const char* message) {
    std::string line = message == nullptr ? "" : message;
    while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
    for (auto& c : line)
        if (c == '\n' || c == '\t') c = ' ';
    return line.empty() ? "the connection was lost" : line;
}

}  // namespace

/// Handlers keep it alive; whoever owns the connection ends it with close().
struct PostgresConnection::State : std::enable_shared_from_this<PostgresConnection::State> {
    State(asio::io_context& loop, PostgresAddress to)
        : address(std::move(to)), resolver(loop), descriptor(loop), deadline(loop), io(loop) {}

    PostgresAddress address;
    asio::ip::tcp::resolver resolver;
    Descriptor descriptor;
    asio::steady_timer deadline;
    asio::io_context& io;
    std::optional<asio::thread_pool> aside{};  // where a password is read
    PGconn* connection = nullptr;
    Done done{};
    Rows rows{};
    std::string error{};
    std::string lines{};
    std::size_t sent = 0;
    bool is_copying = false;
    bool is_closed = false;
    bool waits_for_read = false;
    bool waits_for_write = false;

    void close() {
        is_closed = true;
        done = {};
        deadline.cancel();
        resolver.cancel();
        if (descriptor.is_open()) descriptor.release();  // libpq closes it
        if (connection != nullptr) PQfinish(std::exchange(connection, nullptr));
    }

    void begin(Done callback) {
        done = std::move(callback);
        rows.clear();
        error.clear();
        deadline.expires_after(address.timeout);
        deadline.async_wait([me = shared_from_this()](const boost::system::error_code& failure) {
            if (!failure && !me->is_closed) me->fail("it does not answer in time");
        });
    }
    void finish(base::Result<Rows, std::string> result) {
        deadline.cancel();
        // Posted: a callback may begin the next call or destroy us, and never from within one.
        asio::post(io, [me = shared_from_this(), callback = std::exchange(done, {}),
                        answer = std::move(result)] {
            if (!me->is_closed && callback) callback(answer);
        });
    }
    void fail(const std::string& why) {
        if (done) finish(base::unexpected("PostgreSQL: " + why));
    }
    void fail() { fail(one_line(connection == nullptr ? nullptr : PQerrorMessage(connection))); }

    void read_password() {
        if (!address.read_password) return look_up();
        aside.emplace(1);
        // Weak: the thread must not be the last to hold what ends it.
        asio::post(*aside, [weak = weak_from_this(), &loop = io, read = address.read_password] {
            std::string password;
            std::string failure;
            try {
                password = read();
            } catch (const std::exception& caught) {
                failure = caught.what();
            }
            asio::post(loop, [weak, password = std::move(password), failure = std::move(failure)] {
                const auto me = weak.lock();
                if (!me || me->is_closed) return;
                if (!failure.empty()) return me->fail(failure);
                me->address.password = password;
                me->look_up();
            });
        });
    }
    void look_up() {
        if (address.host.starts_with('/')) return start({});
        resolver.async_resolve(
            address.host, std::to_string(address.port),
            [me = shared_from_this()](const boost::system::error_code& failure,
                                      const asio::ip::tcp::resolver::results_type& found) {
                if (me->is_closed) return;
                if (failure || found.empty())
                    return me->fail("the name " + me->address.host +
                                    " does not resolve: " + failure.message());
                me->start(found.begin()->endpoint().address().to_string());
            });
    }
    void start(const std::string& numeric) {
        const auto port = std::to_string(address.port);
        const std::string tls{tls_mode(address.tls)};
        // What libpq would look for in files, in the environment or by other protocols is settled
        // here: it must not wait for any of it.
        const std::array<std::pair<const char*, const char*>, 12> all{{
            {"host", address.host.c_str()},
            {"hostaddr", numeric.c_str()},
            {"port", port.c_str()},
            {"dbname", address.database.c_str()},
            {"user", address.user.c_str()},
            {"password", address.password.c_str()},
            {"sslmode", tls.c_str()},
            {"sslrootcert", address.ca_file.c_str()},
            {"gssencmode", "disable"},
            {"passfile", "/dev/null/none"},
            {"application_name", "adit-admin"},
            {"client_encoding", "UTF8"},
        }};
        std::vector<const char*> names;
        std::vector<const char*> values;
        for (const auto& [name, value] : all) {
            if (*value == '\0') continue;
            names.push_back(name);
            values.push_back(value);
        }
        names.push_back(nullptr);
        values.push_back(nullptr);
        connection = PQconnectStartParams(names.data(), values.data(), 0);
        if (connection == nullptr || PQstatus(connection) == CONNECTION_BAD) return fail();
        PQsetNoticeProcessor(
            connection, [](void*, const char*) {}, nullptr);
        wait(true, [](State& me) { me.poll(); });
    }
    void poll() {
        switch (PQconnectPoll(connection)) {
            case PGRES_POLLING_READING: return wait(false, [](State& me) { me.poll(); });
            case PGRES_POLLING_WRITING: return wait(true, [](State& me) { me.poll(); });
            case PGRES_POLLING_OK: break;
            default: return fail();
        }
        if (PQsetnonblocking(connection, 1) != 0) return fail();
        finish(Rows{});
    }

    using Step = void (*)(State&);
    void wait(bool for_write, Step step) {
        const int socket = PQsocket(connection);
        if (socket < 0) return fail();
        if (!descriptor.is_open() || descriptor.native_handle() != socket) {
            if (descriptor.is_open()) descriptor.release();
            boost::system::error_code failure;
            descriptor.assign(socket, failure);
            if (failure) return fail(failure.message());
        }
        auto& waits = for_write ? waits_for_write : waits_for_read;
        if (std::exchange(waits, true)) return;
        descriptor.async_wait(
            for_write ? Descriptor::wait_write : Descriptor::wait_read,
            [me = shared_from_this(), for_write, step](const boost::system::error_code& failure) {
                (for_write ? me->waits_for_write : me->waits_for_read) = false;
                if (me->is_closed || failure) return;
                step(*me);
            });
    }

    void send(const std::string& sql) {
        if (PQsendQuery(connection, sql.c_str()) == 0) return fail();
        turn();
    }
    /// Writes what is to be written, reads what is there, until neither goes on.
    void turn() {
        if (!done) return;
        const int left = PQflush(connection);
        if (left < 0 || PQconsumeInput(connection) == 0) return fail();
        if (left > 0) wait(true, [](State& me) { me.turn(); });
        if (is_copying && !send_lines()) return;
        while (PQisBusy(connection) == 0) {
            PGresult* const result = PQgetResult(connection);
            if (result == nullptr) {
                if (!error.empty()) return fail(error);
                return finish(std::move(rows));
            }
            take(result);
            PQclear(result);
            if (is_copying && !send_lines()) return;
        }
        wait(false, [](State& me) { me.turn(); });
    }
    void take(const PGresult* result) {
        switch (PQresultStatus(result)) {
            case PGRES_COPY_IN:
                is_copying = true;
                sent = 0;
                break;
            case PGRES_TUPLES_OK:
                for (int row = 0; row < PQntuples(result); ++row) {
                    auto& fields = rows.emplace_back();
                    for (int column = 0; column < PQnfields(result); ++column) {
                        if (PQgetisnull(result, row, column) != 0)
                            fields.emplace_back();
                        else
                            fields.emplace_back(PQgetvalue(result, row, column));
                    }
                }
                break;
            case PGRES_COMMAND_OK:
            case PGRES_EMPTY_QUERY: break;
            default: error = one_line(PQresultErrorMessage(result));
        }
    }
    /// False when the socket is full, or it failed: then it is called again, or all is over.
    bool send_lines() {
        while (sent < lines.size()) {
            const auto size = std::min(copy_piece, lines.size() - sent);
            const int put = PQputCopyData(connection, lines.data() + sent, static_cast<int>(size));
            if (put < 0) return fail(), false;
            if (put > 0) sent += size;
            const int left = PQflush(connection);
            if (left < 0) return fail(), false;
            if (put == 0 || left > 0) {
                wait(true, [](State& me) { me.turn(); });
                wait(false, [](State& me) { me.turn(); });
                return false;
            }
        }
        const int ended = PQputCopyEnd(connection, nullptr);
        if (ended < 0) return fail(), false;
        if (ended == 0) {
            wait(true, [](State& me) { me.turn(); });
            return false;
        }
        is_copying = false;
        lines.clear();
        const int left = PQflush(connection);
        if (left < 0) return fail(), false;
        if (left > 0) wait(true, [](State& me) { me.turn(); });
        return true;
    }
};

PostgresConnection::PostgresConnection(asio::io_context& loop, PostgresAddress address)
    : state_(std::make_shared<State>(loop, std::move(address))) {}

PostgresConnection::~PostgresConnection() {
    state_->close();
}

void PostgresConnection::connect(Done done) {
    state_->begin(std::move(done));
    state_->read_password();
}

void PostgresConnection::query(const std::string& sql, Done done) {
    state_->begin(std::move(done));
    state_->send(sql);
}

void PostgresConnection::copy(const std::string& sql, std::string lines, Done done) {
    state_->begin(std::move(done));
    state_->lines = std::move(lines);
    state_->send(sql);
}

std::string PostgresConnection::quoted(std::string_view text) {
    std::string sql{"'"};
    for (const char c : text) {
        if (c == '\'') sql.push_back('\'');
        sql.push_back(c);
    }
    return sql + "'";
}

}  // namespace share_export

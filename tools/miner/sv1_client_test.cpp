#include "miner/sv1_client.h"

#include <gtest/gtest.h>

#include "miner/cursor.h"
#include "miner/testing.h"
#include "sv1/difficulty.h"

namespace miner {
namespace {

using namespace std::chrono_literals;
using testing::bytes_of;

constexpr base::SteadyTime start{1h};

constexpr std::string_view configured =
    R"({"id":1,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null})";
constexpr std::string_view subscribed =
    R"({"id":2,"result":[[["mining.set_difficulty","s1"],["mining.notify","s1"]],"aabb",8],"error":null})";
constexpr std::string_view authorized = R"({"id":3,"result":true,"error":null})";
constexpr std::string_view job =
    R"({"id":null,"method":"mining.notify","params":["j1",)"
    R"("8648cd1799dc569992d81ce09de378e4a3a063d5be8b3b8000003e9e00000000","0102","0304",[],)"
    R"("20000000","1b00d7c0","680be961",true]})";

template <class E>
std::vector<E> all_of(const Effects& effects) {
    std::vector<E> found;
    for (const auto& effect : effects)
        if (const auto* one = std::get_if<E>(&effect)) found.push_back(*one);
    return found;
}

std::vector<std::string> lines_of(const Effects& effects) {
    std::vector<std::string> lines;
    for (const auto& send : all_of<Send>(effects)) {
        lines.push_back(base::to_string(send.message));
        EXPECT_TRUE(lines.back().ends_with('\n'));
        lines.back().pop_back();
    }
    return lines;
}

class Sv1ClientTest : public ::testing::Test {
  protected:
    Effects hear(std::string_view line, base::SteadyTime now = start) {
        return client_->on_message(base::as_bytes(line), now);
    }
    Effects connect() {
        client_.emplace(config_, session_, 1);
        return client_->on_connected(start);
    }
    /// Everything up to the answer to mining.authorize.
    void set_up() {
        static_cast<void>(connect());
        for (const auto line : {configured, subscribed, authorized}) static_cast<void>(hear(line));
    }
    Work work_of(const Effects& effects) { return all_of<SetWork>(effects).at(0).work; }
    /// Submits a share for the work; what is sent.
    Effects submit(const Work& work, std::uint32_t version = 0x20002000) {
        return client_->on_share_found(
            {.connection = work.connection,
             .tip = work.tip,
             .job_id = work.job_id,
             .header = {.version = version, .ntime = 0x680be962, .nonce = 0x4107},
             .target = work.target,
             .extranonce_prefix = work.extranonce_prefix,
             .extranonce = base::Bytes(work.extranonce_size, std::byte{9})},
            start);
    }

    Sv1ClientConfig config_{.host = "pool.example", .worker = "alice.rig"};
    Sv1Session session_{};
    std::optional<Sv1Client> client_{};
};

TEST_F(Sv1ClientTest, AsksOneThingAfterTheOther) {
    config_.suggested_difficulty = 0.5;
    EXPECT_EQ(lines_of(connect()),
              std::vector<std::string>{
                  R"({"id":1,"method":"mining.configure","params":[["version-rolling"],)"
                  R"({"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":2}]})"});
    EXPECT_EQ(lines_of(hear(configured)),
              std::vector<std::string>{
                  R"({"id":2,"method":"mining.subscribe","params":["adit-miner/0.1.0"]})"});
    const auto effects = hear(subscribed);
    EXPECT_EQ(lines_of(effects),
              (std::vector<std::string>{
                  R"({"id":3,"method":"mining.authorize","params":["alice.rig","x"]})",
                  R"({"id":4,"method":"mining.extranonce.subscribe","params":[]})"}));
    const auto got = all_of<Subscribed>(effects).at(0);
    EXPECT_EQ(got.session_id, "s1");
    EXPECT_EQ(got.extranonce, (Extranonce{bytes_of("aabb"), 8}));
    EXPECT_FALSE(got.is_resumed);
    EXPECT_EQ(client_->open_channels(), 0U);
    const auto last = hear(authorized);
    EXPECT_EQ(all_of<Authorized>(last).at(0).worker, "alice.rig");
    EXPECT_EQ(lines_of(last),
              std::vector<std::string>{
                  R"({"id":5,"method":"mining.suggest_difficulty","params":[0.5]})"});
    EXPECT_EQ(client_->open_channels(), 1U);
}

TEST_F(Sv1ClientTest, BeginsWithSubscribeWhereItRollsNoVersions) {
    config_.is_rolling_versions = false;
    EXPECT_EQ(lines_of(connect()).at(0),
              R"({"id":1,"method":"mining.subscribe","params":["adit-miner/0.1.0"]})");
}

TEST_F(Sv1ClientTest, GoesOnWithoutAnAnswerToConfigure) {
    static_cast<void>(connect());
    EXPECT_TRUE(client_->on_tick(start + 10s).empty());
    const auto effects = client_->on_tick(start + 10s + 1ms);
    EXPECT_NE(lines_of(effects).at(0).find("mining.subscribe"), std::string::npos);
    EXPECT_EQ(all_of<Warning>(effects).size(), 1U);

    static_cast<void>(connect());
    const auto refused = hear(R"({"id":1,"result":null,"error":[20,"Not supported",null]})");
    EXPECT_NE(lines_of(refused).at(0).find("mining.subscribe"), std::string::npos);
    EXPECT_TRUE(all_of<Disconnect>(refused).empty());
}

TEST_F(Sv1ClientTest, HashesWhenItHasAJobAndIsAuthorized) {
    static_cast<void>(connect());
    EXPECT_EQ(all_of<Warning>(hear(job)).size(), 1U) << "a job before there is an extranonce";
    static_cast<void>(hear(configured));
    static_cast<void>(hear(subscribed));
    EXPECT_TRUE(all_of<SetWork>(hear(job)).empty());
    const auto work = work_of(hear(authorized));
    EXPECT_EQ(work.version_mask, 0x1fffe000U);
    EXPECT_EQ(all_of<SetWork>(hear(job)).size(), 1U) << "and from then on with each job";
}

TEST_F(Sv1ClientTest, SubmitsWhatItFindsAndSaysSoBefore) {
    set_up();
    static_cast<void>(hear(R"({"id":null,"method":"mining.set_difficulty","params":[0.25]})"));
    const auto work = work_of(hear(job));
    EXPECT_EQ(work.target, sv1::target_of(0.25));
    const auto effects = submit(work);
    ASSERT_EQ(effects.size(), 2U);
    const auto sent = std::get<ShareSent>(effects[0]);
    EXPECT_EQ(sent.request_id, 5U);
    EXPECT_EQ(sent.worker, "alice.rig");
    EXPECT_EQ(sent.job_id, "j1");
    EXPECT_EQ(sent.extranonce1, bytes_of("aabb"));
    EXPECT_EQ(sent.extranonce2, bytes_of("0100090909090909"));
    EXPECT_EQ(sent.version_bits, 0x2000U);
    EXPECT_EQ(sent.difficulty, 0.25);
    EXPECT_EQ(lines_of(effects).at(0),
              R"({"id":5,"method":"mining.submit","params":["alice.rig","j1","0100090909090909",)"
              R"("680be962","00004107","00002000"]})");
    EXPECT_EQ(client_->outstanding(), 1U);
}

TEST_F(Sv1ClientTest, SendsNoVersionBitsWhereNoneWereAgreed) {
    static_cast<void>(connect());
    static_cast<void>(hear(R"({"id":1,"result":{"version-rolling":false},"error":null})"));
    static_cast<void>(hear(subscribed));
    static_cast<void>(hear(authorized));
    const auto work = work_of(hear(job));
    EXPECT_EQ(work.version_mask, 0U);
    EXPECT_EQ(lines_of(submit(work, 0x20000000)).at(0),
              R"({"id":5,"method":"mining.submit","params":["alice.rig","j1","0100090909090909",)"
              R"("680be962","00004107"]})");
}

TEST_F(Sv1ClientTest, ObeysAnotherMask) {
    set_up();
    static_cast<void>(hear(job));
    const auto work =
        work_of(hear(R"({"id":null,"method":"mining.set_version_mask","params":["00006000"]})"));
    EXPECT_EQ(work.version_mask, 0x6000U);
    EXPECT_EQ(std::get<ShareSent>(submit(work, 0x20004000).at(0)).version_bits, 0x4000U);
}

TEST_F(Sv1ClientTest, TellsAcceptedFromRefusedShares) {
    set_up();
    const auto work = work_of(hear(job));
    const struct {
        std::string_view rest;
        bool is_accepted;
        std::optional<std::int64_t> code;
        std::string_view text;
    } cases[] = {
        {R"("result":true,"error":null})", true, std::nullopt, ""},
        {R"("result":true})", true, std::nullopt, ""},
        {R"("result":null,"error":[23,"Low difficulty share",null]})", false, 23,
         "Low difficulty share"},
        {R"("result":false,"error":[21,"bad\u001b[2Jtext",null]})", false, 21, "bad?[2Jtext"},
        {R"("result":false,"error":null})", false, std::nullopt, ""},
        {R"("result":null,"error":null})", false, std::nullopt, ""},
    };
    std::uint64_t id = 5;
    for (const auto& [rest, is_accepted, code, text] : cases) {
        SCOPED_TRACE(rest);
        static_cast<void>(submit(work));
        const auto line = R"({"id":)" + std::to_string(id) + "," + std::string{rest};
        const auto answers = all_of<ShareAnswered>(hear(line, start + 3ms));
        ASSERT_EQ(answers.size(), 1U);
        EXPECT_EQ(answers[0].request_id, id++);
        EXPECT_EQ(answers[0].is_accepted, is_accepted);
        EXPECT_EQ(answers[0].code, code);
        EXPECT_EQ(answers[0].text, text);
        EXPECT_EQ(answers[0].waited, 3ms);
        EXPECT_EQ(client_->outstanding(), 0U);
        EXPECT_EQ(all_of<Warning>(hear(line)).size(), 1U) << "answered once";
    }
}

TEST_F(Sv1ClientTest, SubmitsNothingForWhatIsOver) {
    set_up();
    const auto work = work_of(hear(job));
    static_cast<void>(hear(job));  // clean
    EXPECT_TRUE(submit(work).empty());
}

TEST_F(Sv1ClientTest, FindsTheShareOfTheReference) {
    const auto& vector = testing::extended_vector;
    const std::string extranonce1{vector.extranonce.substr(0, 48)};
    static_cast<void>(connect());
    static_cast<void>(hear(R"({"id":1,"result":{"version-rolling":false},"error":null})"));
    static_cast<void>(hear(R"({"id":2,"result":[[["mining.notify","s1"]],")" + extranonce1 +
                           R"(",8],"error":null})"));
    static_cast<void>(hear(authorized));
    static_cast<void>(hear(R"({"id":null,"method":"mining.set_difficulty","params":[0.000046]})"));
    auto line = std::string{job};
    line.replace(line.find("0102"), 4, vector.prefix);
    line.replace(line.find("0304"), 4, vector.suffix);
    Cursor cursor{std::make_shared<const Work>(work_of(hear(line))), Stripe{}};
    const auto slice = cursor.scan(vector.nonce + 1, start);
    ASSERT_TRUE(slice.found);
    EXPECT_EQ(slice.found->hash.value.to_be_hex(), vector.hash);
    EXPECT_EQ(lines_of(client_->on_share_found(*slice.found, start)).at(0),
              R"({"id":5,"method":"mining.submit","params":["alice.rig","j1",)"
              R"("0100000000000000","680be961","00004107"]})");
}

TEST_F(Sv1ClientTest, ComesBackToItsSession) {
    set_up();
    static_cast<void>(hear(job));
    static_cast<void>(connect());
    EXPECT_EQ(lines_of(hear(configured)).at(0),
              R"({"id":2,"method":"mining.subscribe","params":["adit-miner/0.1.0","s1"]})");
    EXPECT_TRUE(all_of<Subscribed>(hear(subscribed)).at(0).is_resumed);
    static_cast<void>(hear(authorized));
    EXPECT_EQ(work_of(hear(job)).extranonce_prefix, bytes_of("aabb0200"))
        << "what was searched before is not searched again";

    static_cast<void>(connect());
    static_cast<void>(hear(configured));
    const auto other = std::string{subscribed}.replace(subscribed.find("aabb"), 4, "aabc");
    EXPECT_FALSE(all_of<Subscribed>(hear(other)).at(0).is_resumed) << "another extranonce1";

    static_cast<void>(connect());
    static_cast<void>(hear(configured));
    const auto again = hear(R"({"id":2,"result":null,"error":[20,"no such session",null]})");
    EXPECT_EQ(lines_of(again).at(0),
              R"({"id":3,"method":"mining.subscribe","params":["adit-miner/0.1.0"]})");
}

TEST_F(Sv1ClientTest, TakesAnotherExtranonceFromTheNextJobOn) {
    set_up();
    const auto before = work_of(hear(job));
    const auto effects = hear(R"({"id":null,"method":"mining.set_extranonce","params":["cc",4]})");
    EXPECT_EQ(all_of<ExtranonceSet>(effects).at(0).extranonce, (Extranonce{bytes_of("cc"), 4}));
    EXPECT_TRUE(all_of<SetWork>(effects).empty());
    EXPECT_EQ(std::get<ShareSent>(submit(before).at(0)).extranonce1, bytes_of("aabb"));
    const auto next = hear(job);
    EXPECT_EQ(all_of<JobReceived>(next).at(0).extranonce1, bytes_of("cc"));
    EXPECT_EQ(all_of<JobReceived>(next).at(0).job_id, "j1");
    EXPECT_EQ(all_of<JobReceived>(next).at(0).coinbase->prefix, bytes_of("0102"));
    const auto after = work_of(next);
    EXPECT_EQ(std::get<ShareSent>(submit(after).at(0)).extranonce1, bytes_of("cc"));
    EXPECT_EQ(std::get<ShareSent>(submit(after).at(0)).extranonce2.size(), 4U);

    const auto absurd = hear(R"({"id":null,"method":"mining.set_extranonce","params":["cc",33]})");
    EXPECT_EQ(all_of<Warning>(absurd).size(), 1U);
    EXPECT_TRUE(all_of<ExtranonceSet>(absurd).empty());
}

TEST_F(Sv1ClientTest, IsRefusedWithAReason) {
    static_cast<void>(connect());
    static_cast<void>(hear(configured));
    const auto subscribe = hear(R"({"id":2,"result":null,"error":[20,"full",null]})");
    EXPECT_TRUE(all_of<Disconnect>(subscribe).at(0).is_refusal);
    EXPECT_NE(all_of<Disconnect>(subscribe).at(0).reason.find("full (20)"), std::string::npos);

    static_cast<void>(connect());
    static_cast<void>(hear(configured));
    static_cast<void>(hear(subscribed));
    const auto authorize = hear(R"({"id":3,"result":false,"error":[24,"unknown-user",null]})");
    EXPECT_TRUE(all_of<Disconnect>(authorize).at(0).is_refusal);
    EXPECT_NE(all_of<Disconnect>(authorize).at(0).reason.find("alice.rig: unknown-user"),
              std::string::npos);
    EXPECT_TRUE(hear(job).empty()) << "it is over";
}

TEST_F(Sv1ClientTest, AnswersWhatThePoolAsks) {
    set_up();
    EXPECT_EQ(lines_of(hear(R"({"id":9,"method":"client.get_version","params":[]})")).at(0),
              R"({"id":9,"result":"adit-miner/0.1.0","error":null})");
    EXPECT_EQ(lines_of(hear(R"({"id":"p","method":"mining.ping","params":[]})")).at(0),
              R"({"id":"p","result":"pong","error":null})");
    EXPECT_NE(lines_of(hear(R"({"id":10,"method":"mining.dance","params":[]})"))
                  .at(0)
                  .find(R"({"id":10,"result":null,"error":[20,)"),
              std::string::npos);
    EXPECT_TRUE(lines_of(hear(R"({"id":null,"method":"mining.dance","params":[]})")).empty());
    const auto said =
        all_of<Warning>(hear(R"({"id":null,"method":"client.show_message","params":["hi"]})"));
    EXPECT_EQ(said.at(0).text, "the pool says: hi");
}

TEST_F(Sv1ClientTest, IsSentElsewhereOnTheSameHostOnly) {
    const struct {
        std::string_view params;
        bool is_obeyed;
        std::uint16_t port;
        std::chrono::seconds wait;
    } cases[] = {
        {"[]", true, 0, 0s},
        {R"(["POOL.example",3334,5])", true, 3334, 5s},
        {R"(["",3334,100000])", true, 3334, 300s},
        {R"(["elsewhere.example",3333,0])", false, 0, 0s},
    };
    for (const auto& [params, is_obeyed, port, wait] : cases) {
        SCOPED_TRACE(params);
        set_up();
        const auto effects =
            hear(R"({"id":null,"method":"client.reconnect","params":)" + std::string{params} + "}");
        EXPECT_EQ(all_of<Disconnect>(effects).size(), is_obeyed ? 1U : 0U);
        ASSERT_EQ(all_of<Redirect>(effects).size(), is_obeyed ? 1U : 0U);
        EXPECT_EQ(all_of<Warning>(effects).size(), is_obeyed ? 0U : 1U);
        if (!is_obeyed) continue;
        EXPECT_FALSE(all_of<Disconnect>(effects)[0].is_refusal);
        EXPECT_EQ(all_of<Redirect>(effects)[0].host, "");
        EXPECT_EQ(all_of<Redirect>(effects)[0].port, port);
        EXPECT_EQ(all_of<Redirect>(effects)[0].wait, wait);
    }
}

TEST_F(Sv1ClientTest, LeavesAPoolThatSaysNothing) {
    set_up();
    static_cast<void>(hear(job, start + 60s));
    EXPECT_TRUE(client_->on_tick(start + 150s).empty());
    EXPECT_EQ(all_of<Disconnect>(client_->on_tick(start + 150s + 1ms)).size(), 1U);
    EXPECT_TRUE(client_->on_tick(start + 1h).empty()) << "said once";

    static_cast<void>(connect());
    static_cast<void>(hear(configured));
    static_cast<void>(
        hear(R"({"id":null,"method":"mining.set_difficulty","params":[1]})", start + 60s));
    EXPECT_TRUE(client_->on_tick(start + 90s).empty());
    EXPECT_EQ(all_of<Disconnect>(client_->on_tick(start + 90s + 1ms)).size(), 1U)
        << "mining.subscribe is not answered";
}

TEST_F(Sv1ClientTest, LeavesAPeerThatDoesNotSpeakSv1) {
    static_cast<void>(connect());
    EXPECT_EQ(all_of<Warning>(hear("HTTP/1.1 400 Bad Request")).size(), 1U);
    for (int i = 1; i < 16; ++i) EXPECT_TRUE(hear("{").empty());
    EXPECT_EQ(all_of<Disconnect>(hear("{")).size(), 1U);
}

TEST_F(Sv1ClientTest, WarnsOfADifficultyThatSomeFirmwareMisses) {
    set_up();
    const std::string_view line = R"({"id":null,"method":"mining.set_difficulty","params":[1]})";
    EXPECT_TRUE(hear(line).empty());
    EXPECT_EQ(all_of<Warning>(hear(line)).size(), 1U);
}

}  // namespace
}  // namespace miner

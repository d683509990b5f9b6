#include "template/node_factory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "template/config.h"

namespace templates {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view rest = R"(
[spool]
directory = "spool"
[redis]
address = "127.0.0.1:6379"
)";

std::vector<std::string> problems_of(const std::string& nodes) {
    try {
        auto reader =
            service::ConfigReader::from_text(nodes + std::string{rest}, "template.toml", "/none");
        read_config(reader);
    } catch (const service::ConfigError& error) {
        return error.problems();
    }
    return {};
}

std::string devchain(const std::string& name) {
    return "[[nodes]]\nname = \"" + name + "\"\nkind = \"devchain\"\n";
}

std::string sv2_tp(const std::string& keys) {
    return "[[nodes]]\nname = \"tp\"\nkind = \"sv2-tp\"\n" + keys;
}

TEST(ReadNodes, GivesEachNodeItsNameAndKind) {
    auto reader = service::ConfigReader::from_text(devchain("try-1.a_B") + std::string{rest});
    const auto config = read_config(reader);
    ASSERT_EQ(config.nodes.size(), 1U);
    EXPECT_EQ(config.nodes.front().name, "try-1.a_B");
    EXPECT_EQ(config.nodes.front().kind, "devchain");
    EXPECT_TRUE(config.nodes.front().make);
}

TEST(ReadNodes, KnowsATemplateProviderByItsUrlOrItsParts) {
    const std::string key = "9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72";
    for (const auto& keys : {"url = \"sv2+tcp://tp.example:8442/" + key + "\"\n",
                             "address = \"tp.example:8442\"\nauthority_key = \"" + key + "\"\n"}) {
        auto reader = service::ConfigReader::from_text(sv2_tp(keys) + std::string{rest});
        EXPECT_EQ(read_config(reader).nodes.at(0).address, "tp.example:8442");
    }
}

TEST(ReadNodes, SaysWhatIsWrong) {
    const struct {
        std::string nodes;
        const char* says;
    } cases[] = {
        {"", "nodes: is missing, expected a table [[nodes]] for each node"},
        {"nodes = []\n", "nodes: is missing"},
        {"nodes = 1\n", "nodes: is an integer, expected tables [[nodes]]"},
        {"[[nodes]]\nkind = \"devchain\"\n", "nodes[0].name: is missing"},
        {"[[nodes]]\nname = \"a\"\n", "nodes[0].kind: is missing"},
        {devchain(""), "nodes[0].name: \"\" is no name for a node"},
        {devchain("a b"), "nodes[0].name: \"a b\" is no name for a node; expected 1 to 32"},
        {devchain(std::string(33, 'a')), "is no name for a node"},
        {"[[nodes]]\nname = \"a\"\nkind = \"magic\"\n",
         "nodes[0].kind: \"magic\" is not one of: bitcoind, "},
        {"network = \"main\"\n" + devchain("a"),
         "nodes[0].kind: \"devchain\" needs network = \"regtest\""},
        {devchain("a") + "difficulty = 0\n", "nodes[0].difficulty: 0 is not within"},
        {devchain("a") + "dificulty = 1\n",
         "nodes[0].dificulty: unknown key; did you mean \"difficulty\"?"},
        {"[[nodes]]\nname = \"a\"\nkind = \"ipc\"\n", "nodes[0].socket"},
        {"[[nodes]]\nname = \"a\"\nkind = \"ipc\"\nsocket = \"/" + std::string(107, 's') + "\"\n",
         "nodes[0].socket: is longer than the 107 bytes"},
        {"[[nodes]]\nname = \"a\"\nkind = \"ipc\"\nsocket = \"s\"\nreserved_weight = 1999\n",
         "nodes[0].reserved_weight"},
        {"[[nodes]]\nname = \"a\"\nkind = \"bitcoind\"\n",
         "nodes[0].cookie_file: or user and password_file: expected one of the two"},
        {"[[nodes]]\nname = \"a\"\nkind = \"bitcoind\"\npassword_file = \"p\"\n",
         "nodes[0].user: is missing: password_file needs it"},
        {"[[nodes]]\nname = \"a\"\nkind = \"bitcoind\"\nuser = \"u\"\npassword_file = \"p\"\n",
         "nodes[0].password_file"},
        {"[[nodes]]\nname = \"a\"\nkind = \"bitcoind\"\ncookie_file = \"c\"\nzmq_hashblock = "
         "\"127.0.0.1:28332\"\n",
         "nodes[0].zmq_hashblock: is no ZeroMQ address; expected tcp://host:port"},
        {"[[nodes]]\nname = \"a\"\nkind = \"bitcoind\"\nurl = \"http://user:secret@host:1\"\n",
         "nodes[0].url: is no node's address"},
        {sv2_tp(""), "nodes[0].url: is missing: sv2+tcp://HOST:PORT/AUTHORITY_KEY"},
        {sv2_tp("url = \"http://h:1/k\"\n"), "nodes[0].url: does not begin with sv2+tcp://"},
        {sv2_tp("url = \"sv2+tcp://h:1/k\"\n"), "the authority key is not one"},
        {sv2_tp("url = \"sv2+tcp://h:1\"\n"), "the authority key is missing"},
        {sv2_tp("address = \"h:1\"\n"), "nodes[0].authority_key: is missing"},
        {sv2_tp("address = \"h:1\"\nauthority_key = \"k\"\n"), "nodes[0].authority_key: is none: "},
        {devchain("a") + "[template_distribution]\nkey_file = \"k\"\n",
         "template_distribution.listen: is missing"},
        {devchain("a") + "[template_distribution]\nlisten = \"127.0.0.1:1\"\n",
         "template_distribution.key_file"},
    };
    for (const auto& [nodes, says] : cases) {
        SCOPED_TRACE(nodes);
        const auto problems = problems_of(nodes);
        ASSERT_FALSE(problems.empty());
        EXPECT_THAT(problems, ::testing::Contains(HasSubstr(says)));
        EXPECT_THAT(problems, ::testing::Each(::testing::Not(HasSubstr("secret@"))));
    }
}

TEST(ReadNodes, RefusesTwoOfOneName) {
    EXPECT_THAT(problems_of(devchain("a") + devchain("a")),
                ::testing::Contains(HasSubstr("nodes[1].name: \"a\" is the name of another node")));
}

TEST(ReadNodes, RefusesOneNodeTwice) {
    const auto node = [](const std::string& name) {
        return "[[nodes]]\nname = \"" + name + "\"\nkind = \"bitcoind\"\n";
    };
    EXPECT_THAT(problems_of(node("a") + node("b")),
                ::testing::Contains(HasSubstr("nodes[1].name: \"b\" is the same node as \"a\": "
                                              "http://127.0.0.1:8332/")));
}

TEST(ReadNodes, RefusesADevelopmentChainBesideOthers) {
    EXPECT_THAT(problems_of(devchain("a") + devchain("b")),
                ElementsAre(HasSubstr("nodes: a node of kind \"devchain\" is a chain of its own")));
}

TEST(ReadNodes, RefusesTooMany) {
    std::string nodes;
    for (std::size_t i = 0; i <= nodes_max; ++i) nodes += devchain("n" + std::to_string(i));
    EXPECT_THAT(problems_of(nodes),
                ::testing::Contains(HasSubstr("nodes: are 17, expected at most 16")));
}

TEST(ReadNodes, NeedsNoMoreThanANameAndAKind) {
    EXPECT_THAT(problems_of(devchain("a")), IsEmpty());
}

}  // namespace
}  // namespace templates

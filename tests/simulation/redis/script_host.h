#pragma once

#include <exception>
#include <lua.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "simulation/redis/reply_writer.h"

namespace simulation {

/// Who carries out what a script asks Redis for.
class ScriptCommands {
  public:
    virtual ~ScriptCommands() = default;
    /// `args` lie in the script and are valid for the call.
    virtual void call(std::span<const std::string_view> args, ReplyWriter& reply) = 0;

  protected:
    ScriptCommands() = default;
    ScriptCommands(const ScriptCommands&) = default;
    ScriptCommands& operator=(const ScriptCommands&) = default;
};

/// Runs scripts in Lua 5.1, as Redis 7.0 does: the same conversions and the same errors.
///
/// Of Lua there is what Redis gives and the same script computes alike at every run: no os, no io,
/// no random numbers. Of `redis` there are call and pcall, which are all that the pool's scripts
/// use; whatever is not there raises Redis' error for a global that does not exist. Scripts are
/// compiled once. Several stores may share one host; a script runs to its end before the next.
class ScriptHost {
  public:
    ScriptHost();
    ScriptHost(const ScriptHost&) = delete;
    ScriptHost& operator=(const ScriptHost&) = delete;
    ~ScriptHost();

    /// SHA-1 of the text, 40 digits.
    static std::string digest_of(std::string_view text);

    /// Compiles it, unless it is. The error as Redis gives it; nothing when all is well.
    std::optional<std::string> compile(const std::string& digest, std::string_view text);

    bool is_compiled(const std::string& digest) const { return compiled_.contains(digest); }

    /// Runs what was compiled. An exception of `commands` comes out of it.
    void run(const std::string& digest, std::span<const std::string_view> keys,
             std::span<const std::string_view> argv, ScriptCommands& commands, ReplyWriter& reply);

  private:
    static int redis_call(lua_State* lua);
    static int redis_pcall(lua_State* lua);
    static int describe_error(lua_State* lua);

    void open_libraries();
    void set_table(const char* name, std::span<const std::string_view> items);
    int call_redis(bool raises);
    bool read_arguments();
    void give_error(const std::string& digest, ReplyWriter& reply);

    std::unique_ptr<lua_State, void (*)(lua_State*)> lua_;
    /// By digest: where the registry has the function.
    std::unordered_map<std::string, int> compiled_{};
    ScriptCommands* commands_ = nullptr;
    std::exception_ptr failure_{};
    std::vector<std::string_view> args_{};
};

}  // namespace simulation

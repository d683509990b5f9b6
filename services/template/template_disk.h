#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "template/background.h"
#include "template/template_file.h"
#include "template/template_store.h"

namespace templates {

/// Templates that Redis has not confirmed yet, on this replica's own disk: where Redis loses them
/// in a failover, and every replica that held them was killed, a block found for one of them can
/// still be built by the one that led, when it is back. Files are written in the background, in the
/// order in which it is told to.
///
/// Owned and called by the loop; what it is given outlives it. Whatever goes wrong here costs only
/// this.
class TemplateDisk {
  public:
    TemplateDisk(boost::asio::io_context& loop, TemplateFiles& files, Background& background)
        : loop_(loop), files_(files), background_(background) {}
    /// Waits for what is being written.
    ~TemplateDisk() { background_.join(); }
    TemplateDisk(const TemplateDisk&) = delete;
    TemplateDisk& operator=(const TemplateDisk&) = delete;

    /// Of a block's size each; the oldest are the ones that are needed least.
    static constexpr std::size_t kept_max = 64;

    /// One that has its transactions, unless it is kept already.
    void keep(const HeldTemplate& held);
    void forget(mining::TemplateRef ref);
    /// Of what was kept since the start; what earlier processes have left stays until it is so old.
    void retain(const std::function<bool(mining::TemplateRef)>& is_wanted,
                std::chrono::milliseconds age);

    /// A disk that stands still is not waited for any longer.
    static constexpr std::chrono::milliseconds load_wait_max{500};

    struct Loaded {
        std::optional<TemplateCopy> copy{};  ///< nothing where it is not kept, or damaged
        bool is_silent{};                    ///< nobody knows: the disk stands still
    };
    using OnLoaded = std::function<void(Loaded)>;
    void load(mining::TemplateRef ref, OnLoaded on_loaded);

  private:
    struct Load {
        OnLoaded on_loaded{};
        boost::asio::steady_timer patience;
    };
    void answer(std::uint64_t load, Loaded loaded);
    void note(const std::optional<std::string>& failure);

    boost::asio::io_context& loop_;
    TemplateFiles& files_;
    Background& background_;
    std::set<mining::TemplateRef> kept_{};
    std::map<std::uint64_t, Load> loads_{};  // by their numbers
    std::uint64_t last_load_ = 0;
    bool is_warned_ = false;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace templates

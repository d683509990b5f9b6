#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "mining/block_template.h"
#include "mining/custom_job.h"
#include "mining/payout.h"

namespace gateway {

/// What a custom job is checked against.
struct CustomJobContext {
    /// What the pool itself works on.
    const mining::BlockTemplate& current;
    /// Whom the channel's own jobs would pay.
    const mining::PayoutOutputs& outputs;
    std::size_t full_extranonce_size{};
    std::string_view user_identity{};
};

/// Decides whether the pool pays for the shares of a job that a miner has made. Its answer comes at
/// once, from what it holds. One for the process; who uses it does not own it.
class CustomJobCheck {
  public:
    virtual ~CustomJobCheck() = default;
    /// Nothing if the job is accepted, otherwise the code for SetCustomMiningJob.Error.
    virtual std::optional<std::string_view> refusal(std::string_view token,
                                                    const mining::CustomJob& job,
                                                    const CustomJobContext& context) const = 0;

  protected:
    CustomJobCheck() = default;
    CustomJobCheck(const CustomJobCheck&) = default;
    CustomJobCheck& operator=(const CustomJobCheck&) = default;
};

/// Accepts from anybody what is built on the pool's tip and pays what the pool's own jobs would
/// pay, in the same parts. It knows no tokens and none of the transactions: a miner may claim fees
/// that are not there. For a pool whose miners are its owner's (reference 4.15).
/// Errors: `stale-chain-tip`, `invalid-nbits`, `invalid-min-ntime`, `invalid-version`,
/// `invalid-coinbase-tx-version`, `invalid-coinbase-prefix`, `invalid-coinbase-tx-locktime`,
/// `invalid-coinbase-tx-outputs`, `invalid-merkle-path`.
class LocalCustomJobs final : public CustomJobCheck {
  public:
    /// The least that all outputs together may be worth, in parts of the pool's own template: a
    /// miner's own template has other fees, but one that leaves more than a tenth behind pays
    /// somebody else.
    explicit LocalCustomJobs(std::uint32_t value_min_basis_points = 9'000)
        : value_min_basis_points_(value_min_basis_points) {}

    std::optional<std::string_view> refusal(std::string_view token, const mining::CustomJob& job,
                                            const CustomJobContext& context) const override;

  private:
    std::uint32_t value_min_basis_points_;
};

}  // namespace gateway

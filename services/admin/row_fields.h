#pragma once

#include <adit/admin/v1/page.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstdint>

#include "admin/miner_windows.h"
#include "base/clock.h"

/// Fields of rows, written only where they differ; each tells whether it did. Estimates are rounded
/// to three digits, far finer than chance leaves them, so that a row which means the same is no
/// change for those who watch it.
namespace admin {

double round_to_three_digits(double value);

bool set_time(google::protobuf::Timestamp& to, base::UnixMicros at);
bool set_rates(adit::admin::v1::HashRates& to, const WorkWindows& work);
/// Whole shares, and what follows from them.
bool set_counts(adit::admin::v1::ShareCounts& to, const WindowCounts& counts);

/// Hashes a second of a sum of difficulty over a time.
double hash_rate_of(double work, double seconds);

/// For a field of a plain type: `assign(changed, row.height(), height, [&](auto v) { ... })`.
template <class Value, class Set>
void assign(bool& changed, const Value& present, const Value& value, Set&& set) {
    if (present == value) return;
    set(value);
    changed = true;
}

}  // namespace admin

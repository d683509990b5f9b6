#pragma once

#include <adit/admin/v1/block.pb.h>
#include <adit/admin/v1/channel.pb.h>
#include <adit/admin/v1/fleet.pb.h>
#include <adit/admin/v1/gateway.pb.h>
#include <adit/admin/v1/policy.pb.h>
#include <adit/admin/v1/pool.pb.h>
#include <adit/admin/v1/worker.pb.h>

#include <vector>

#include "aditctl/table_text.h"
#include "aditctl/text.h"

namespace aditctl {

namespace v1 = adit::admin::v1;

enum class Shown { always, wide };

template <class Row>
struct Column {
    Head head{};
    Shown shown = Shown::always;
    Cell (*cell)(const Row& row, Now now) = nullptr;
};

/// How the rows of a collection look as a table; the first column is the short name.
template <class Row>
const std::vector<Column<Row>>& columns();

template <>
const std::vector<Column<v1::Service>>& columns();
template <>
const std::vector<Column<v1::Gateway>>& columns();
template <>
const std::vector<Column<v1::Connection>>& columns();
template <>
const std::vector<Column<v1::Channel>>& columns();
template <>
const std::vector<Column<v1::Worker>>& columns();
template <>
const std::vector<Column<v1::Identity>>& columns();
template <>
const std::vector<Column<v1::Template>>& columns();
template <>
const std::vector<Column<v1::Node>>& columns();
template <>
const std::vector<Column<v1::Block>>& columns();
template <>
const std::vector<Column<v1::Ban>>& columns();
template <>
const std::vector<Column<v1::Problem>>& columns();
template <>
const std::vector<Column<v1::AuditEntry>>& columns();

template <class Row>
std::vector<Column<Row>> columns_for(bool is_wide) {
    std::vector<Column<Row>> chosen;
    for (const auto& column : columns<Row>())
        if (is_wide || column.shown == Shown::always) chosen.push_back(column);
    return chosen;
}

template <class Row>
std::vector<Head> heads_of(const std::vector<Column<Row>>& chosen) {
    std::vector<Head> heads;
    for (const auto& column : chosen) heads.push_back(column.head);
    return heads;
}

template <class Row>
std::vector<Cell> cells_of(const std::vector<Column<Row>>& chosen, const Row& row, Now now) {
    std::vector<Cell> cells;
    for (const auto& column : chosen) cells.push_back(column.cell(row, now));
    return cells;
}

/// The stage that is worst off, as "block 3, 12s"; "-" where nothing waits.
Cell worst_stage_cell(const v1::Service& service);
Cell state_cell(v1::Service::State state);
Cell valid_cell(const v1::ShareCounts& shares);

}  // namespace aditctl

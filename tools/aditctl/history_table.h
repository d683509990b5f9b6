#pragma once

#include <adit/admin/v1/page.pb.h>
#include <google/protobuf/repeated_field.h>

#include "aditctl/global_options.h"

namespace aditctl {

/// The steps of a history, oldest first, as --output wants them.
void print_history(const GlobalOptions& options,
                   const google::protobuf::RepeatedPtrField<adit::admin::v1::HistoryPoint>& points);

}  // namespace aditctl

#pragma once

#include <adit/templates/v1/templates.pb.h>

#include <cstddef>

#include "template/nodes.h"
#include "template/template_store.h"

namespace templates {

/// What an operator may know of the templates that are held, newest first, at most `count`.
adit::templates::v1::ListTemplatesResponse list_templates(const TemplateStore& store,
                                                          const Nodes& nodes, std::size_t count);

}  // namespace templates

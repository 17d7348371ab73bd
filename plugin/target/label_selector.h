// The pods that an object is about, as the value of ?labelSelector=.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"
#include "plugin/target/resource_type.h"

namespace secure_exec {

// "app=web,tier in (a,b),!canary", percent-encoded for a query. `object` is of the type `resource`.
// kServer, in kubectl's words, for a type that kubectl has no selector for ("cannot attach to
// *v1.CronJob: selector for *v1.CronJob not implemented"), for a service without one, and for a
// selector that is none. One that selects every pod of the namespace, or that is missing, is an
// error too: kubectl would take any pod.
Result<std::string> SelectorOf(const nlohmann::json& object, const ApiResource& resource);

}  // namespace secure_exec

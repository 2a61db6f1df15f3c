#pragma once

#include <string>

#include <stentor/settings.hpp>

namespace doctor {

/// The same hint, with the names of variables where it has those of settings: "set security_protocol to ssl".
std::string as_variables(std::string hint, const stentor::settings& s);

}  // namespace doctor

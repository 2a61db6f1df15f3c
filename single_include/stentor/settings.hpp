// Made by single_include/generate.py from include/stentor/settings.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <stentor/detail/settings/examine.ipp>
#include <stentor/settings/value.hpp>
#include <stentor/stentor.hpp>

/// @file
/// `settings`: all that the environment can say, as one value.

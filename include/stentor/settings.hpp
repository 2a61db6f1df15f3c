#pragma once

#include <stentor/detail/settings/examine.ipp>
#include <stentor/settings/value.hpp>
#include <stentor/version.hpp>

/// @file
/// `settings`: all that the environment can say, as one value.

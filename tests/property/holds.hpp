#pragma once

#include <sstream>
#include <string>
#include <utility>

#include <rapidcheck.h>
#include <catch2/catch_test_macros.hpp>

// Properties inside of Catch2's test cases: what must be true whatever the input. rapidcheck makes the inputs, and shrinks the
// first one that fails. The seed is always the same (seed.cpp), so that a run is the same run again; STENTOR_SEED=n chooses
// another.

namespace property {

template <class Property>
void holds(const std::string& what, Property&& p) {
    rc::detail::TestMetadata about;
    about.id = what;
    about.description = what;
    const auto found = rc::detail::checkTestable(std::forward<Property>(p), about);
    if (!found.template is<rc::detail::SuccessResult>()) {
        std::ostringstream told;
        rc::detail::printResultMessage(found, told);
        FAIL(what << ": " << told.str());
    }
    SUCCEED(what);
}

}  // namespace property

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <stentor/environment.hpp>
#include <stentor/settings.hpp>

#include "cluster.hpp"
#include "command_line.hpp"
#include "network.hpp"
#include "report.hpp"

namespace {

constexpr int all_well = 0;
constexpr int does_not_work = 1;
constexpr int wrong_settings = 2;

void show(const stentor::settings& s) {
    for (const stentor::shown_setting& one : s.show()) {
        if (!one.value.empty()) {
            std::printf("  %s = %s\n", one.variable.substr(0, one.variable.find(' ')).c_str(), one.value.c_str());
        }
    }
}

void tell_of_others(const stentor::settings& s, doctor::report& out) {
    for (const std::string& n : s.notes) {
        out.note(n);
    }
    for (const stentor::ignored_variable& v : s.ignored) {
        out.note(v.name + " is not read" + (v.meant.empty() ? "" : "; did you mean " + v.meant + "?"));
    }
}

void add(std::vector<stentor::topic_settings>& topics, const std::string& name) {
    for (const stentor::topic_settings& known : topics) {
        if (known.name == name) {
            return;
        }
    }
    topics.push_back({.name = name});
}

// What the service names itself, and what was asked for.
std::vector<stentor::topic_settings> topics_of(const stentor::settings& s, const doctor::wishes& w) {
    std::vector<stentor::topic_settings> all = s.client.topics;
    for (const std::string& name : w.topics) {
        add(all, name);
    }
    for (const stentor::topic_override& t : s.publisher.topics) {
        add(all, t.to);
    }
    return all;
}

int run(const doctor::wishes& w) {
    doctor::report out;
    const stentor::settings_report read = stentor::settings::examine(stentor::environment::of_process());
    const stentor::settings& s = read.value;
    std::puts("This service would use:");
    show(s);
    tell_of_others(s, out);
    for (const stentor::problem& p : read.problems) {
        out.failed("settings", p.key + ": " + p.rule, "");
    }
    if (out.failures() > 0) {
        return wrong_settings;
    }
    if (!s.client.enabled) {
        out.skipped("settings", "KAFKA_ENABLED is false: nothing is published, and nothing is tried");
        return all_well;
    }
    out.ok("settings", "valid");
    if (!doctor::reach(s.client.brokers, w.timeout_s, out)) {
        return does_not_work;
    }
    const auto client = doctor::connect(s, w.timeout_s, out);
    if (!client) {
        return does_not_work;
    }
    const std::string topic = doctor::look_at_topics(*client, topics_of(s, w), w.timeout_s, out);
    if (!w.publish) {
        out.skipped("publish", "not asked for (--publish)");
    } else if (topic.empty()) {
        out.failed("publish", "there is no topic to write to", "Name one with --topic.");
    } else {
        doctor::publish(client, topic, w.timeout_s, out);
    }
    return out.failures() == 0 ? all_well : does_not_work;
}

}  // namespace

int main(int argc, char** argv) {
    std::string complaint;
    const auto w = doctor::read_command_line({argv + 1, argv + argc}, complaint);
    if (!w || w->help) {
        std::fprintf(w ? stdout : stderr, "%s%s%s", complaint.c_str(), complaint.empty() ? "" : "\n", doctor::usage);
        return w ? all_well : wrong_settings;
    }
    try {
        return run(*w);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "stentor_doctor: %s\n", e.what());
        return does_not_work;
    }
}

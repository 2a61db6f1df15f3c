#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>
#include <vector>

#include <sys/resource.h>

#include "text.hpp"

namespace demo {
namespace {

constexpr std::size_t reasons_shown = 12;
constexpr std::size_t wide = 90;

void title(const char* text) { std::printf("\n%s\n", text); }

void row(std::string_view name, std::uint64_t number, std::string_view remark = {}) {
    std::printf("  %s%s%s%s\n", left(name, 26).c_str(), grouped(number, 12).c_str(), remark.empty() ? "" : "   ",
                std::string{remark}.c_str());
}

struct letters {
    std::uint64_t written = 0;
    std::uint64_t failed = 0;
    std::uint64_t unknown = 0;
};

letters count_letters(const ledger& ledger) {
    letters n;
    for (std::size_t i = 0; i != ledger.size(); ++i) {
        n.written += ledger[i].letter == letter::written ? 1U : 0U;
        n.failed += ledger[i].letter == letter::failed ? 1U : 0U;
        n.unknown += ledger[i].letter == letter::unknown ? 1U : 0U;
    }
    return n;
}

bool any_answered_twice(const ledger& ledger) {
    for (std::size_t i = 0; i != ledger.size(); ++i) {
        if (ledger[i].answered_twice) {
            return true;
        }
    }
    return false;
}

// Numbers in causes (offsets, milliseconds) would make every reason its own: they don't count when reasons are counted.
std::string without_numbers(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit) {
            out += c;
        } else if (out.empty() || out.back() != '#') {
            out += '#';
        }
    }
    return out;
}

void print_reasons(const std::map<reason, std::uint64_t>& all) {
    std::map<std::string, std::pair<reason, std::uint64_t>> groups;
    for (const auto& [why, n] : all) {
        auto& group = groups[why.outcome + "|" + why.condition + "|" + without_numbers(why.words)];
        group.first = why;
        group.second += n;
    }
    std::vector<std::pair<reason, std::uint64_t>> rows;
    for (auto& [name, group] : groups) {
        rows.push_back(std::move(group));
    }
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    if (rows.empty()) {
        return;
    }
    title("Why not");
    for (std::size_t i = 0; i != rows.size() && i != reasons_shown; ++i) {
        const auto& [why, n] = rows[i];
        bool first = true;
        for (const std::string& line : wrapped(shown(why.words, std::string::npos), wide)) {
            std::printf("  %s  %s %s\n", right(first ? grouped(n) : "", 9).c_str(), left(first ? why.outcome : "", 14).c_str(),
                        line.c_str());
            first = false;
        }
    }
    if (rows.size() > reasons_shown) {
        std::printf("  and %zu more reasons\n", rows.size() - reasons_shown);
    }
}

void latency_row(const char* name, const histogram& h) {
    if (h.count() != 0) {
        std::printf("  %s%s%s%s\n", left(name, 26).c_str(), right(duration_text(h.percentile(0.5)), 12).c_str(),
                    right(duration_text(h.percentile(0.99)), 12).c_str(), grouped(h.count(), 14).c_str());
    }
}

void print_times(const run_summary& run) {
    const sender::latencies& t = run.sender.times();
    title("From publish to persisted          p50         p99      messages");
    latency_row(run.injected ? "bulk, all well" : "bulk", t.bulk);
    latency_row("bulk, in the outages", t.bulk_in_outages);
    latency_row("bulk, at full speed", t.full_speed);
    latency_row(run.injected ? "waiting, all well" : "waiting", t.waiting);
    latency_row("waiting, in the outages", t.waiting_in_outages);

    const double seconds = run.sending.count();
    const auto rate = seconds > 0 ? static_cast<double>(run.sender.account().persisted) / seconds : 0.0;
    title("Speed and memory");
    row("messages a second", static_cast<std::uint64_t>(rate), run.injected ? "outages and pauses included" : "");
    if (run.sender.full_speed() > 0) {
        row("at full speed", static_cast<std::uint64_t>(run.sender.full_speed()),
            "the last quarter, unpaced, until all had their outcome");
    }
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    row("MB of memory, at most", static_cast<std::uint64_t>(usage.ru_maxrss) / 1024U,
        run.embedded ? "the broker, its log and the consumer included" : "the consumer and this account included");
}

void print_findings(const run_summary& run) {
    const findings& f = run.findings;
    title("What a plain librdkafka consumer found in the topics");
    row("messages read", f.read, "every key, header and byte compared");
    row("seen twice", f.copies, f.copies != 0 ? "sent again by librdkafka; a real broker drops the second, the mock can't" : "");
    row("keys in order", f.keys_in_order, "of those with more than one message");
    row("dead letters", f.dead_letters);
    row("unknown, yet there", f.unknown_in_log);
    const std::vector<std::pair<const char*, std::uint64_t>> wrongs{{"persisted, but missing", f.missing},
                                                                    {"not persisted, yet there", f.ghosts},
                                                                    {"damaged", f.damaged},
                                                                    {"strangers", f.strangers},
                                                                    {"keys out of order", f.out_of_order},
                                                                    {"dead letters missing", f.letters_missing}};
    for (const auto& [name, n] : wrongs) {
        row(name, n, n != 0 ? "<- wrong" : "");
    }
    for (const std::string& detail : f.details) {
        std::printf("    %s\n", shown(detail, 300).c_str());
    }
}

bool say_verdict(bool good, const char* yes, const char* no) {
    std::printf("  %s\n", good ? yes : no);
    return good;
}

}  // namespace

void print_specimen(const specimen& message) {
    std::printf("\nOne message as it lay on the wire: %s, partition %d, offset %lld\n", message.topic.c_str(), message.partition,
                static_cast<long long>(message.offset));
    std::size_t width = 3;
    for (const auto& [name, value] : message.headers) {
        width = std::max(width, name.size());
    }
    std::printf("  %s  %s\n", left("key", width).c_str(), message.key.c_str());
    for (const auto& [name, value] : message.headers) {
        std::printf("  %s  %s\n", left(name, width).c_str(), value.empty() ? "(empty)" : shown(value, wide).c_str());
    }
    std::printf("  %s\n", message.value.c_str());
}

bool print_account(const run_summary& run) {
    const stentor::account a = run.sender.account();
    const counters& c = run.sender.counters();
    const letters l = count_letters(run.ledger);
    // Refusals that the sender could not tell from failures (no slot became free in time): the library's account names their
    // number.
    const std::uint64_t unnoticed = a.refused - run.sender.refusals();
    const std::uint64_t sent = run.ledger.tried();
    const std::uint64_t never_tried = run.ledger.size() - sent;
    const std::uint64_t never_accepted = run.ledger.count(fate::not_sent) - never_tried + unnoticed;
    title("The account");
    row("sent", sent, never_tried != 0 ? "interrupted: " + grouped(never_tried) + " more were never tried" : "");
    row("= never accepted", never_accepted, never_accepted != 0 ? "refused, and not tried again" : "");
    row("+ accepted", a.accepted);
    row("  = persisted", a.persisted);
    row("  + not persisted", a.not_persisted);
    row("  + unknown", a.unknown,
        a.unknown != 0 ? grouped(run.findings.unknown_in_log) + " of them are in the log, says the consumer" : "");
    if (a.in_flight != 0) {
        row("  + in flight", a.in_flight, "<- wrong: all should have an outcome by now");
    }
    row("refusals", a.refused,
        a.refused != 0 ? "after " + grouped(a.refused - never_accepted) + " of them the sender tried the same message again" : "");
    row("retries", c.retries, "by the RetryPolicy; librdkafka's own come on top");
    row("circuit opened", c.opened, "half opened " + grouped(c.half_opened) + ", closed " + grouped(c.closed));
    row("dead letters written", l.written,
        l.failed + l.unknown != 0 ? "failed " + grouped(l.failed) + ", unknown " + grouped(l.unknown) : "");
    row("late reports", c.late, c.late != 0 ? "the wire spoke after the caller's deadline" : "");
    if (run.bad_lines != 0) {
        row("bad input lines", run.bad_lines);
    }
    print_reasons(run.sender.reasons());
    print_times(run);
    print_findings(run);

    const bool balances = sent == never_accepted + a.accepted && a.accepted == a.persisted + a.not_persisted + a.unknown &&
                          a.in_flight == 0 && run.ledger.count(fate::persisted) == a.persisted &&
                          run.ledger.count(fate::unknown) == a.unknown &&
                          run.ledger.count(fate::not_persisted) == a.not_persisted + unnoticed &&
                          run.ledger.count(fate::in_flight) == 0 && !any_answered_twice(run.ledger);
    title("The verdict");
    bool good = say_verdict(balances, "The account balances, and every message had exactly one outcome.",
                            "WRONG: the account does not balance with what the sender wrote down.");
    good = say_verdict(run.caught_up && run.consumer_trouble.empty() && run.findings.wrong() == 0, "The consumer agrees with it.",
                       "WRONG: the consumer does not agree with it.") &&
           good;
    if (!run.caught_up || !run.consumer_trouble.empty()) {
        std::printf("  The consumer could not read everything: %s\n", run.consumer_trouble.empty()
                                                                          ? "it did not reach the ends of the topics in time"
                                                                          : run.consumer_trouble.c_str());
    }
    if (!run.closed_in_time) {
        good = say_verdict(false, "", "WRONG: close() took longer than it may.");
    }
    return good;
}

}  // namespace demo

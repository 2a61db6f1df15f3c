#include "command_line.hpp"

#include <charconv>
#include <string_view>

namespace demo {
namespace {

constexpr std::size_t most = 1000;

// Reads the number behind an option; says so in `mistake` when it is none.
std::size_t number(std::string_view option, std::string_view text, std::size_t least, std::string& mistake) {
    std::size_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc{} || end != text.data() + text.size() || n < least || n > most) {
        mistake = std::string{option} + " needs a whole number from " + std::to_string(least) + " to " + std::to_string(most);
    }
    return n;
}

}  // namespace

command_line parse_command_line(int count, const char* const* words) {
    command_line c;
    for (int i = 1; i < count && c.mistake.empty(); ++i) {
        const std::string_view word = words[i];
        const std::string_view next = i + 1 < count ? words[i + 1] : "";
        if (word == "--repeat") {
            c.repeat = number(word, next, 1, c.mistake);
            ++i;
        } else if (word == "--seconds") {
            c.seconds = number(word, next, 0, c.mistake);
            c.seconds_given = true;
            ++i;
        } else if (word == "--calm") {
            c.calm = true;
        } else if (word == "--help" || word == "-h") {
            c.help = true;
        } else if (word.size() > 1 && word.front() == '-') {
            c.mistake = "there is no option " + std::string{word};
        } else if (!c.file.empty()) {
            c.mistake = "one file at most";
        } else {
            c.file = word;
        }
    }
    return c;
}

const char* help_text() noexcept {
    return R"(usage: web_crawl_gateway [--repeat N] [--seconds S] [--calm] [FILE]

Publishes web crawl tasks to Kafka with stentor, while the broker misbehaves, and then proves what became of each.

FILE has one task a line: {"taskId":"…","userEmail":"…","query":"…","originalUrl":"…"}; "-" is standard input. Without FILE, and with
nothing in standard input, the 1,000 tasks that come with the demo are sent 100 times. A bad line is reported, and the rest is sent.

  --repeat N    send the file N times; from the second time on, "~2", "~3", … is added to each taskId
  --seconds S   spread the sending over S seconds (10); 0: as fast as it goes
  --calm        the broker behaves
  --help        this text

Without the environment variable KAFKA_BROKERS the broker is librdkafka's mock cluster in this process. For about ten seconds it
answers NOT_ENOUGH_REPLICAS, moves its leaders, goes down for longer than one try may take, and denies a topic. With
KAFKA_BROKERS=host:port[,…] that cluster is used (without TLS or passwords), nothing is injected, and the sending is not spread
unless --seconds says so. Its topics task-status and dead-letter must exist.

Ctrl-C stops the sending; what is in flight gets 3 seconds, then the account is printed.

Exit status: 0 when the account balances and the consumer agrees with it, 1 when not, 2 when nothing could be sent.
)";
}

}  // namespace demo

# Java and Kafka's jars: in build/broker, made once. Their folders bear the sum of what they were made from, so that a cluster that runs
# keeps its own.

home=$root/build/broker
sum_of() { cat "$@" | cksum | cut -d ' ' -f 1; }
libs=$home/libs-$(sum_of "$here/pom.xml")
classes=$home/classes-$(sum_of "$here/pom.xml" "$here"/cluster/*.java)
classpath="$classes:$libs/*"
# Words that each java of this user gets, such as another garbage collector, could stop ours. Maven's may be how it reaches the network.
maven_words=()
for word in JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS; do
    [ -z "${!word:-}" ] || maven_words+=("$word=${!word}")
    unset "$word"
done
unset JDK_JAVAC_OPTIONS
# What runs for a moment: the fastest start counts.
tool_options=(-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Dorg.slf4j.simpleLogger.defaultLogLevel=error)

has() {
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || return 1
    done
}

# The version of java or javac on this machine, as a number: 17. 0: there is none.
java_version() {
    local said
    said=$("$1" -version 2>&1) || said=''
    [[ $said =~ (version\ \"|javac\ )([0-9]+) ]] && echo "${BASH_REMATCH[2]}" || echo 0
}

has_java() { [ "$(java_version java)" -ge 17 ] && [ "$(java_version javac)" -ge 17 ]; }

copy_libs() {
    [ -d "$libs" ] || {
        rm -rf "$libs.new"  # a jar that was cut short would be taken as it is
        env "${maven_words[@]}" mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$libs.new" && mv "$libs.new" "$libs"
    } && {
        mkdir -p "$classes.new" && javac -cp "$libs/*" -d "$classes.new" "$here"/cluster/*.java && mv "$classes.new" "$classes"
    }
}

say_why_not() {
    printf 'Apache Kafka cannot be had: %s\n' "$*" >&2
    exit 77
}

# prepare [--no-install]: nothing to do the second time, and then it takes milliseconds.
prepare() {
    local log
    if [ -d "$classes" ] && has java openssl setsid flock; then
        return
    fi
    has_java || need default-jdk-headless
    has mvn || need maven
    has openssl || need openssl
    has setsid flock || need util-linux
    log=$(mktemp)
    if ! (settle "$@") >"$log" 2>&1; then
        say_why_not "$(tr '\n' ' ' <"$log"; rm -f "$log")"
    fi
    has_java || { rm -f "$log"; say_why_not "it needs Java 17 or newer, and this machine has $(java_version java)."; }
    mkdir -p "$home"
    # Two at once would take each other's files away.
    exec 9>"$home/lock"
    flock -w 600 9 || fail "tests/broker/kafka: for 600 s another one has been copying Kafka (it has locked $home/lock)."
    if [ ! -d "$classes" ] && ! copy_libs >"$log" 2>&1; then
        rm -rf "$libs.new" "$classes.new"
        say_why_not "$( (grep -m 1 -oE '(ERROR|error).*' "$log" || tail -n 1 "$log") | cut -c 1-300) (all of it is in $log)"
    fi
    exec 9>&-
    rm -f "$log"
}

# Java and Kafka's jars: in build/broker, made once.

home=$root/build/broker
classpath="$home/classes:$home/libs/*"
# What runs for a moment: the fastest start counts.
tool_options=(-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Dorg.slf4j.simpleLogger.defaultLogLevel=error)

# The version of a Java on this machine, as a number: 17. 0: there is none.
java_version() {
    local line
    line=$("$1" -version 2>&1 | head -n 1) || line=''
    [[ $line =~ ([0-9]+)(\.[0-9.]+)? ]] && echo "${BASH_REMATCH[1]}" || echo 0
}

has_java() { [ "$(java_version java)" -ge 17 ] && [ "$(java_version javac)" -ge 17 ]; }

copy_libs() {
    rm -rf "$home/libs" "$home/classes"
    mkdir -p "$home/classes"
    mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$home/libs" &&
        javac -cp "$home/libs/*" -d "$home/classes" "$here"/cluster/*.java
}

# What the artifacts were made from.
recipe() { cat "$here/pom.xml" "$here"/cluster/*.java | cksum; }

say_why_not() {
    printf 'Apache Kafka cannot be had: %s\n' "$*" >&2
    exit 77
}

# prepare [--no-install]: nothing to do the second time, and then it takes milliseconds.
prepare() {
    local log
    if [ "$(cat "$home/recipe" 2>/dev/null)" = "$(recipe)" ] && command -v java openssl setsid flock >/dev/null; then
        return
    fi
    has_java || need default-jdk-headless
    command -v mvn >/dev/null || need maven
    command -v openssl >/dev/null || need openssl
    command -v setsid flock >/dev/null || need util-linux
    log=$(mktemp)
    if ! (settle "$@") >"$log" 2>&1; then
        say_why_not "$(tr '\n' ' ' <"$log"; rm -f "$log")"
    fi
    has_java || { rm -f "$log"; say_why_not "it needs Java 17 or newer, and this machine has $(java_version java)."; }
    mkdir -p "$home"
    # Two at once would take each other's files away.
    exec 9>"$home/lock"
    flock 9
    if [ "$(cat "$home/recipe" 2>/dev/null)" != "$(recipe)" ]; then
        if ! copy_libs >"$log" 2>&1; then
            say_why_not "$(grep -m 1 -E 'ERROR|error' "$log" | cut -c 1-300) (all of it is in $log)"
        fi
        recipe >"$home/recipe"
    fi
    exec 9>&-
    rm -f "$log"
}

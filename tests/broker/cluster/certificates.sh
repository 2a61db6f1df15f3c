# A certificate authority and what it signs, as PEM files in $state/tls. Elliptic keys: made in milliseconds.

key_password=a-key-password

# authority NAME
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 3 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem"
}

# certificate NAME EXTENSION: signed by the CA; NAME.pem has the key (PKCS #8) and the certificate, as Kafka wants them.
certificate() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" &&
        openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 3 -extfile <(echo "$2") -out "$1.crt" &&
        cat "$1.key" "$1.crt" >"$1.pem"
}

make_certificates() (
    umask 077
    mkdir -p "$state/tls"
    cd "$state/tls"
    {
        authority ca &&
            authority other-ca &&
            certificate server subjectAltName=DNS:localhost,IP:127.0.0.1 &&
            certificate wrong-host subjectAltName=DNS:elsewhere.invalid &&
            certificate client extendedKeyUsage=clientAuth &&
            openssl pkcs8 -topk8 -in client.key -passout "pass:$key_password" -out client.locked.key
    } >log 2>&1 || fail "tests/broker/kafka: openssl failed: $(tail -n 3 log | tr '\n' ' ')"
)

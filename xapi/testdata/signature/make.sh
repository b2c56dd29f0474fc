#!/bin/bash
# Makes signatures of statement.json with OpenSSL, an implementation of JWS's RSA
# algorithms that is not Go's: rs256.jws, rs384.jws and rs512.jws with the
# certificate of the signer and of who issued it, bare.jws without. The keys are
# thrown away.
set -euo pipefail
cd "$(dirname "$0")"
keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
der() { openssl x509 -in "$1" -outform DER | openssl base64 -A; }

openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj '/CN=Example authority' -keyout "$keys/ca.key" -out "$keys/ca.crt"
openssl req -newkey rsa:2048 -nodes -subj '/CN=Example signer' -keyout "$keys/signer.key" -out "$keys/signer.csr"
openssl x509 -req -in "$keys/signer.csr" -CA "$keys/ca.crt" -CAkey "$keys/ca.key" -CAcreateserial -days 1 -out "$keys/signer.crt"
chain="\"x5c\":[\"$(der "$keys/signer.crt")\",\"$(der "$keys/ca.crt")\"]"

sign() { # algorithm, digest, members of the header, file
	local header payload
	header=$(printf '{"alg":"%s"%s}' "$1" "$3" | base64url)
	payload=$(base64url <statement.json)
	printf '%s.%s.%s' "$header" "$payload" \
		"$(printf '%s.%s' "$header" "$payload" | openssl dgst "-$2" -sign "$keys/signer.key" -binary | base64url)" >"$4"
}
sign RS256 sha256 ",$chain" rs256.jws
sign RS384 sha384 ",$chain" rs384.jws
sign RS512 sha512 ",$chain" rs512.jws
sign RS256 sha256 '' bare.jws

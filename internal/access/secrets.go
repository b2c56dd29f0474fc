package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Sizes of what is generated, in bytes before they are written as text.
const (
	idBytes       = 10
	secretBytes   = 32
	writeKeyBytes = 20
)

// Beginnings of what is generated: they tell people and secret scanners what it is.
const (
	keyPrefix      = "lm_"
	writeKeyPrefix = "wk_"
	trustPrefix    = "oidc_"
)

// Secrets are stored in one of two forms. One that was generated here has 256
// bits of chance, so a plain hash keeps it; one that somebody chose is kept by
// argon2id, at the cost that OWASP names first for it.
const (
	sha256Form = "sha256:"
	argonForm  = "$argon2id$v=19$m=19456,t=2,p=1$"

	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32
)

// letters writes random bytes in lower-case letters and digits.
func letters(random io.Reader, n int) (string, error) {
	raw := make([]byte, n)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)), nil
}

// hashGenerated keeps a secret that was generated here.
func hashGenerated(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return sha256Form + hex.EncodeToString(sum[:])
}

// hashChosen keeps a secret that somebody chose.
func hashChosen(secret string, random io.Reader) (string, error) {
	salt := make([]byte, argonSalt)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	return argonForm + text64(salt) + "$" + text64(argon(secret, salt)), nil
}

func argon(secret string, salt []byte) []byte {
	return argon2.IDKey([]byte(secret), salt, argonTime, argonMemory, argonThreads, argonKey)
}

func text64(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

// fitsGenerated compares in constant time.
func fitsGenerated(hash, secret string) bool {
	return subtle.ConstantTimeCompare([]byte(hash), []byte(hashGenerated(secret))) == 1
}

// fitsChosen compares in constant time; it costs 19 MiB and some 20 ms.
func fitsChosen(hash, secret string) bool {
	salt, want, ok := strings.Cut(strings.TrimPrefix(hash, argonForm), "$")
	raw, err := base64.RawStdEncoding.DecodeString(salt)
	if !ok || err != nil {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(want), []byte(text64(argon(secret, raw)))) == 1
}

package xapi

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes of the algorithms
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// SignatureUsage is the usageType of an attachment that is a signature.
const SignatureUsage = "http://adlnet.gov/expapi/attachments/signature"

// The bounds of a certificate chain and of a key, which keep a check short.
const (
	maxCertificates = 16
	maxKeyBits      = 8192
)

// signingAlgorithms are the algorithms that a signature may use.
var signingAlgorithms = map[string]crypto.Hash{"RS256": crypto.SHA256, "RS384": crypto.SHA384, "RS512": crypto.SHA512}

// VerifySignature tells what is wrong with a statement's signature, a JSON web
// signature in compact serialisation that came as an attachment of the
// statement: its algorithm must be RS256, RS384 or RS512, its payload a
// statement that is [Equal] to this one without the signature, and where its
// header holds an X.509 certificate (x5c), that certificate's key must have made
// it.
//
// A nil error says that the signature is no mistake. It says not that the
// signer is who the certificate names, nor that anybody vouches for it: the
// chain, the dates and the purpose of certificates are not looked at, and
// without one there is no key to verify with. Whoever relies on a signature
// checks these by own rules.
//
// Errors: *Problem.
//
// Source: xAPI 1.0.3 Data 2.6; RFC 7515.
func VerifySignature(s *Statement, jws []byte) error {
	c := signatureCheck{section: signatureSection(s)}
	segments := bytes.Split(jws, []byte("."))
	if len(segments) != 3 || bytes.ContainsAny(jws, "\r\n") {
		return c.problem("the signature must be a JWS in compact serialisation: three base64url texts joined by dots, on one line")
	}
	var decoded [3][]byte
	for i, name := range [...]string{"header", "payload", "signature"} {
		var err error
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(string(segments[i])); err != nil {
			return c.problem("the JWS " + name + " must be base64url without padding")
		}
	}
	signed := jws[:len(segments[0])+1+len(segments[1])]
	if err := c.verify(decoded[0], signed, decoded[2]); err != nil {
		return err
	}
	return c.compare(s, jws, decoded[1])
}

// signatureCheck is the check of one signature.
type signatureCheck struct{ section string }

// signatureSection names the part of the specification that a statement follows.
func signatureSection(s *Statement) string {
	if versionOf(s) == V2 {
		return "IEEE 9274.1.1 4.2.6"
	}
	return "xAPI 1.0.3 Data 2.6"
}

func (c *signatureCheck) problem(rule string) error {
	return &Problem{Index: -1, Path: "$.attachments", Rule: rule, Section: c.section}
}

// joseHeader is what counts of a JWS header.
type joseHeader struct {
	Alg  string   `json:"alg"`
	X5C  []string `json:"x5c"`
	Crit []string `json:"crit"`
}

// verify checks the header and, where it has a certificate, the signature.
func (c *signatureCheck) verify(header, signed, signature []byte) error {
	var h joseHeader
	if err := json.Unmarshal(header, &h); err != nil {
		return c.problem("the JWS header must be a JSON object with alg, and x5c a list of texts")
	}
	hash, ok := signingAlgorithms[h.Alg]
	switch {
	case !ok:
		return c.problem("the JWS algorithm must be RS256, RS384 or RS512; got " + shown(h.Alg))
	case len(h.Crit) > 0:
		return c.problem("the JWS header must not demand extensions (crit)")
	case len(signature) == 0:
		return c.problem("the JWS must not be without a signature")
	case h.X5C == nil:
		return nil
	}
	key, err := c.key(h.X5C)
	if err != nil {
		return err
	}
	digest := hash.New()
	digest.Write(signed)
	if rsa.VerifyPKCS1v15(key, hash, digest.Sum(nil), signature) != nil {
		return c.problem("the signature was not made with the key of the certificate in the JWS header (x5c)")
	}
	return nil
}

// key gives the key of the first certificate of a chain, each of which must be
// well-formed.
func (c *signatureCheck) key(chain []string) (*rsa.PublicKey, error) {
	if len(chain) == 0 || len(chain) > maxCertificates {
		return nil, c.problem("the JWS header's x5c must hold 1 to 16 certificates")
	}
	var leaf *x509.Certificate
	for _, text := range chain {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, c.problem("the JWS header's certificates (x5c) must be base64, not base64url")
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, c.problem("the JWS header's certificates (x5c) must be X.509 in DER")
		}
		if leaf == nil {
			leaf = certificate
		}
	}
	key, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() > maxKeyBits {
		return nil, c.problem("the first certificate of the JWS header (x5c) must have an RSA key of at most 8192 bits")
	}
	return key, nil
}

// compare checks that the payload is the statement before the signature was
// added to it. Of several signatures, each may or may not cover those added
// before it.
func (c *signatureCheck) compare(s *Statement, jws, payload []byte) error {
	signed, err := parseEither(versionOf(s), payload)
	if err != nil {
		return c.problem("the JWS payload must be a valid statement: " + err.Error())
	}
	others := slices.DeleteFunc(slices.Clone(s.Attachments), func(a Attachment) bool {
		return a.UsageType == SignatureUsage && hasSHA2(strings.ToLower(a.SHA2), jws)
	})
	unsigned := *s
	unsigned.Attachments = others
	same, difference := Equal(signed, &unsigned)
	if same {
		return nil
	}
	unsigned.Attachments = slices.DeleteFunc(others, func(a Attachment) bool { return a.UsageType == SignatureUsage })
	if same, _ := Equal(signed, &unsigned); same {
		return nil
	}
	return c.problem("the JWS payload must be the statement as it was before the signature was added; it differs at " + difference)
}

// versionOf guesses the version whose rules a statement follows.
func versionOf(s *Statement) Version {
	if strings.HasPrefix(s.Version, "2.") || s.Context != nil && (len(s.Context.Agents) > 0 || len(s.Context.Groups) > 0) {
		return V2
	}
	return V1
}

// parseEither parses by the rules of a version or, failing that, of the other:
// what was signed may not tell its version.
func parseEither(v Version, data []byte) (*Statement, error) {
	s, err := Parse(v, data)
	if err == nil {
		return s, nil
	}
	if other, errOther := Parse(V1+V2-v, data); errOther == nil {
		return other, nil
	}
	return nil, err
}

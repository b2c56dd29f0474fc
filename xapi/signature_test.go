package xapi_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/xapi"
)

// signedWith gives a statement with a signature's description added, and what
// further attachments it has.
func signedWith(t testing.TB, statement string, jws []byte, others ...string) *xapi.Statement {
	t.Helper()
	sum := sha256.Sum256(jws)
	attachments := append(slices.Clone(others), `{"usageType":"`+xapi.SignatureUsage+`","display":{"en":"Signature"},"contentType":"application/octet-stream","length":`+
		big.NewInt(int64(len(jws))).String()+`,"sha2":"`+hex.EncodeToString(sum[:])+`"}`)
	end := strings.LastIndexByte(statement, '}')
	return parse(t, xapi.V1, statement[:end]+`,"attachments":[`+strings.Join(attachments, ",")+`]}`)
}

func TestSignaturesOfOpenSSLAreValid(t *testing.T) {
	statement := readTestdata(t, "signature/statement.json")
	for _, name := range []string{"rs256", "rs384", "rs512", "bare"} {
		instance{"XAPI-00117", name}.run(t, func(t *testing.T) {
			jws := []byte(readTestdata(t, "signature/"+name+".jws"))
			if err := xapi.VerifySignature(signedWith(t, statement, jws), jws); err != nil {
				t.Error(err)
			}
			stored := swap(t, statement, "PT1H30M0.255S", "PT1H30M0.25S") // a store may cut durations
			if err := xapi.VerifySignature(signedWith(t, stored, jws), jws); err != nil {
				t.Error(err)
			}
			other := swap(t, statement, `"completion": true`, `"completion": false`)
			wantProblem(t, xapi.VerifySignature(signedWith(t, other, jws), jws), "$.result.completion")
		})
	}
}

func TestSignaturesOfOpenSSLDoNotSurviveTampering(t *testing.T) {
	statement := readTestdata(t, "signature/statement.json")
	jws := []byte(readTestdata(t, "signature/rs256.jws"))
	segments := bytes.Split(jws, []byte("."))
	other := swap(t, statement, "completed", "completer")
	segments[1] = []byte(base64.RawURLEncoding.EncodeToString([]byte(other)))
	tampered := bytes.Join(segments, []byte("."))
	wantProblem(t, xapi.VerifySignature(signedWith(t, other, tampered), tampered), "was not made with the key")
}

func wantProblem(t testing.TB, err error, text string) {
	t.Helper()
	var problem *xapi.Problem
	if !errors.As(err, &problem) || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want a problem with %q", err, text)
	}
}

// signer makes JSON web signatures with a key and certificates of its own.
type signer struct {
	key *rsa.PrivateKey
	x5c []string
}

func newSigner(t testing.TB, bits int) signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, []string{certify(t, key)}}
}

// certify gives a certificate for a key, which is over: its dates do not count.
func certify(t testing.TB, key crypto.Signer) string {
	t.Helper()
	template := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Signer"}, NotAfter: time.Unix(1e9, 0)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

var hashes = map[string]crypto.Hash{"RS256": crypto.SHA256, "RS384": crypto.SHA384, "RS512": crypto.SHA512}

// sign signs a payload with what the header says.
func (s signer) sign(t testing.TB, header map[string]any, payload string) []byte {
	t.Helper()
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	alg, _ := header["alg"].(string)
	hash, ok := hashes[alg]
	if !ok {
		mac := hmac.New(sha256.New, []byte("secret"))
		mac.Write([]byte(text))
		return []byte(text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
	}
	digest := hash.New()
	digest.Write([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, hash, digest.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(text + "." + base64.RawURLEncoding.EncodeToString(signature))
}

const toSign = `{"actor":{"mbox":"mailto:a@example.com"},"verb":{"id":"https://example.com/v"},"object":{"id":"https://example.com/o"}}`

func TestVerifySignatureRefusesMistakes(t *testing.T) {
	s, other := newSigner(t, 2048), newSigner(t, 2048)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := s.sign(t, map[string]any{"alg": "RS256", "x5c": s.x5c}, toSign)
	segments := strings.Split(string(good), ".")
	for _, tt := range []struct {
		instance
		jws  []byte
		want string
	}{
		{instance{"XAPI-00117", "another algorithm"}, s.sign(t, map[string]any{"alg": "HS256"}, toSign), "RS256, RS384 or RS512"},
		{instance{"XAPI-00117", "no algorithm"}, s.sign(t, map[string]any{"alg": "none"}, toSign), "RS256, RS384 or RS512"},
		{instance{"XAPI-00117", "an algorithm in another case"}, s.sign(t, map[string]any{"alg": "rs256"}, toSign), "RS256, RS384 or RS512"},
		{instance{"XAPI-00117", "an algorithm that is no text"}, s.sign(t, map[string]any{"alg": 256}, toSign), "JWS header"},
		{instance{"XAPI-00115", "no JWS"}, []byte("signed, Ann"), "compact serialisation"},
		{instance{"XAPI-00115", "JSON serialisation"}, []byte(`{"payload":"a","signatures":[]}`), "compact serialisation"},
		{instance{"XAPI-00115", "nothing"}, nil, "compact serialisation"},
		{instance{"XAPI-00115", "padding"}, []byte(segments[0] + "." + segments[1] + "." + segments[2] + "=="), "JWS signature"},
		{instance{"XAPI-00115", "a line feed"}, append(bytes.Clone(good), '\n'), "on one line"},
		{instance{"XAPI-00115", "no signature"}, []byte(segments[0] + "." + segments[1] + "."), "without a signature"},
		{instance{"XAPI-00115", "a header that is no JSON"}, []byte("e30x." + segments[1] + "." + segments[2]), "JWS header"},
		{instance{"XAPI-00116", "a payload that is no JSON"}, s.sign(t, map[string]any{"alg": "RS256"}, strings.Replace(toSign, `"`, `'`, 1)), "JWS payload must be a valid statement"},
		{instance{"XAPI-00116", "a payload that is no statement"}, s.sign(t, map[string]any{"alg": "RS256"}, `{}`), "JWS payload must be a valid statement"},
		{instance{"XAPI-00116", "another statement"}, s.sign(t, map[string]any{"alg": "RS256"}, swap(t, toSign, "/o", "/p")), "$.object.id"},
		{instance{"LM-16", "another's certificate"}, s.sign(t, map[string]any{"alg": "RS256", "x5c": other.x5c}, toSign), "was not made with the key"},
		{instance{"LM-16", "the certificate second"}, s.sign(t, map[string]any{"alg": "RS256", "x5c": append(other.x5c, s.x5c...)}, toSign), "was not made with the key"},
		{instance{"LM-16", "no certificate in the list"}, s.sign(t, map[string]any{"alg": "RS256", "x5c": []string{}}, toSign), "1 to 16"},
		{instance{"LM-16", "too many certificates"}, s.sign(t, map[string]any{"alg": "RS256", "x5c": strings.Fields(strings.Repeat(s.x5c[0]+" ", 17))}, toSign), "1 to 16"},
		{instance{"LM-16", "a certificate that is none"}, s.sign(t, map[string]any{"alg": "RS256", "x5c": []string{s.x5c[0], "AAAA"}}, toSign), "X.509"},
		{instance{"LM-16", "a certificate in PEM"}, s.sign(t, map[string]any{"alg": "RS256", "x5c": []string{"-----BEGIN"}}, toSign), "base64"},
		{instance{"LM-16", "a certificate of another kind of key"}, s.sign(t, map[string]any{"alg": "RS256", "x5c": []string{certify(t, ec)}}, toSign), "RSA key"},
		{instance{"LM-16", "an extension that must be understood"}, s.sign(t, map[string]any{"alg": "RS256", "crit": []string{"exp"}}, toSign), "crit"},
	} {
		tt.run(t, func(t *testing.T) {
			wantProblem(t, xapi.VerifySignature(signedWith(t, toSign, tt.jws), tt.jws), tt.want)
		})
	}
	if err := xapi.VerifySignature(signedWith(t, toSign, good), good); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

func TestVerifySignatureLeavesOtherAttachmentsIn(t *testing.T) {
	s := newSigner(t, 2048)
	const file = `{"usageType":"https://example.com/f","display":{"en":"F"},"contentType":"text/plain","length":1,"sha2":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","fileUrl":"https://example.com/f"}`
	withFile := strings.TrimSuffix(toSign, "}") + `,"attachments":[` + file + `]}`
	jws := s.sign(t, map[string]any{"alg": "RS512", "x5c": s.x5c}, withFile)
	if err := xapi.VerifySignature(signedWith(t, toSign, jws, file), jws); err != nil {
		t.Error(err)
	}
	wantProblem(t, xapi.VerifySignature(signedWith(t, toSign, jws), jws), "$.attachments")
	bare := s.sign(t, map[string]any{"alg": "RS512", "x5c": s.x5c}, toSign)
	wantProblem(t, xapi.VerifySignature(signedWith(t, toSign, bare, file), bare), "$.attachments")
}

func TestVerifySignatureTakesSeveral(t *testing.T) {
	s := newSigner(t, 2048)
	first := s.sign(t, map[string]any{"alg": "RS256", "x5c": s.x5c}, toSign)
	once := signedWith(t, toSign, first)
	apart := s.sign(t, map[string]any{"alg": "RS384", "x5c": s.x5c}, toSign)
	onTop := s.sign(t, map[string]any{"alg": "RS384", "x5c": s.x5c}, string(once.Raw))
	for name, second := range map[string][]byte{"both of the bare statement": apart, "the second covers the first": onTop} {
		t.Run(name, func(t *testing.T) {
			both := signedWith(t, toSign, second)
			both.Attachments = append(once.Attachments, both.Attachments...)
			for _, jws := range [][]byte{first, second} {
				if err := xapi.VerifySignature(both, jws); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestVerifySignatureReadsThePayloadByItsVersion(t *testing.T) {
	s := newSigner(t, 2048)
	statement := strings.TrimSuffix(toSign, "}") + `,"context":{"contextAgents":[{"objectType":"contextAgent","agent":{"mbox":"mailto:b@example.com"},"relevantTypes":["https://example.com/t"]}]}}`
	jws := s.sign(t, map[string]any{"alg": "RS256", "x5c": s.x5c}, statement)
	sum := sha256.Sum256(jws)
	signed := parse(t, xapi.V2, statement)
	signed.Attachments = []xapi.Attachment{{UsageType: xapi.SignatureUsage, SHA2: hex.EncodeToString(sum[:])}}
	if err := xapi.VerifySignature(signed, jws); err != nil {
		t.Error(err)
	}
}

// FuzzSignature looks for bytes that make a check panic, or that pass though the
// payload is another statement.
func FuzzSignature(f *testing.F) {
	for _, name := range []string{"rs256", "rs384", "rs512", "bare"} {
		f.Add([]byte(readTestdata(f, "signature/"+name+".jws")))
	}
	f.Add([]byte("eyJhbGciOiJSUzI1NiIsIng1YyI6W119.e30.AA"))
	f.Add([]byte("eyJhbGciOiJSUzI1NiIsIng1YyI6WyJNQUE9Il19.e30.AA"))
	f.Add([]byte(".."))
	statement := parse(f, xapi.V1, readTestdata(f, "signature/statement.json"))
	f.Fuzz(func(t *testing.T, jws []byte) {
		if xapi.VerifySignature(statement, jws) != nil {
			return
		}
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(string(jws), ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		signed, err := xapi.Parse(xapi.V1, payload)
		if err != nil {
			signed, err = xapi.Parse(xapi.V2, payload)
		}
		if err != nil {
			t.Fatalf("%v in a payload that passed", err)
		}
		if same, difference := xapi.Equal(signed, statement); !same {
			t.Fatalf("passed, though it differs at %s", difference)
		}
	})
}

func BenchmarkVerifySignature(b *testing.B) {
	jws := []byte(readTestdata(b, "signature/rs256.jws"))
	s := signedWith(b, readTestdata(b, "signature/statement.json"), jws)
	b.ReportAllocs()
	for b.Loop() {
		if err := xapi.VerifySignature(s, jws); err != nil {
			b.Fatal(err)
		}
	}
}

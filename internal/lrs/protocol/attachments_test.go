package protocol_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"sync"
	"testing"
)

// part is a part of a multipart request, as it is written.
type part struct {
	headers []header
	body    string
}

// mixed writes a multipart body and gives its content type.
func mixed(parts ...part) (contentType, body string) {
	const boundary = "liftmark-test"
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\n")
		for _, h := range p.headers {
			b.WriteString(h.name + ": " + h.value + "\r\n")
		}
		b.WriteString("\r\n" + p.body + "\r\n")
	}
	return "multipart/mixed; boundary=" + boundary, b.String() + "--" + boundary + "--\r\n"
}

// jsonPart is a first part.
func jsonPart(v any) part {
	return part{[]header{{"Content-Type", "application/json"}}, asJSON(v)}
}

// dataPart is the part of an attachment.
func dataPart(contentType, data string) part {
	return part{[]header{{"Content-Type", contentType}, {"Content-Transfer-Encoding", "binary"}, {"X-Experience-API-Hash", sha2(data)}}, data}
}

func sha2(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}

// attachment describes data.
func attachment(contentType, data string) object {
	return object{
		"usageType": "https://example.com/certificate", "display": object{"en": "certificate"},
		"contentType": contentType, "length": len(data), "sha2": sha2(data),
	}
}

// postMixed sends parts as one request.
func (l *lab) postMixed(parts ...part) *answer {
	l.Helper()
	contentType, body := mixed(parts...)
	return l.do("POST", "/statements", body, header{"Content-Type", contentType})
}

// withFile gives a statement with an attachment of its own.
func withFile() (st object, data string) {
	data = "a file: " + newID() + "\r\nwith\x00bytes\xff"
	return newStatement().set("attachments", []object{attachment("text/plain", data)}), data
}

// multipartCases show how attachments come and go.
var multipartCases = map[string]func(*lab){
	"XAPI-00127": func(l *lab) {
		st, data := withFile()
		for _, contentType := range []string{"text/plain", "application/xml", "", "multipart/form-data; boundary=x", "json"} {
			l.do("POST", "/statements", asJSON(newStatement()), header{"Content-Type", contentType}).want(400)
			l.do("PUT", "/statements"+query("statementId", newID()), asJSON(newStatement().set("id", nil)), header{"Content-Type", contentType}).want(400)
		}
		contentType, body := mixed(jsonPart(st), dataPart("text/plain", data))
		l.do("POST", "/statements", body, header{"Content-Type", strings.Replace(contentType, "mixed", "form-data", 1)}).want(400)
		l.do("POST", "/statements", asJSON(newStatement()), header{"Content-Type", "application/json; charset=utf-8"}).want(200)
		l.postMixed(jsonPart(st), dataPart("text/plain", data)).want(200)
	},
	"XAPI-00128": func(l *lab) {
		st, data := withFile()
		l.postMixed(jsonPart(st), dataPart("text/plain", data), dataPart("text/plain", "nobody asked")).want(400)
		l.do("GET", "/statements"+query("statementId", st["id"]), nil).want(404)
	},
	"XAPI-00129": func(l *lab) {
		st, _ := withFile()
		l.postMixed(jsonPart(st)).want(400)
		l.do("POST", "/statements", st).want(400)
		file := st["attachments"].([]object)[0].set("fileUrl", "https://example.com/file")
		l.do("POST", "/statements", st.set("attachments", []object{file})).want(200)
	},
	"XAPI-00130": func(l *lab) {
		st, data := withFile()
		contentType, body := mixed(jsonPart(st), dataPart("text/plain", data))
		l.do("POST", "/statements", strings.ReplaceAll(body, "--liftmark-test\r\n", ""), header{"Content-Type", contentType}).want(400)
		l.do("POST", "/statements", strings.ReplaceAll(body, "liftmark", "another"), header{"Content-Type", contentType}).want(400)
	},
	"XAPI-00131": func(l *lab) {
		st, data := withFile()
		_, body := mixed(jsonPart(st), dataPart("text/plain", data))
		l.do("POST", "/statements", body, header{"Content-Type", "multipart/mixed"}).want(400)
	},
	"XAPI-00132": func(l *lab) {
		st, data := withFile()
		p := dataPart("text/plain", data)
		l.postMixed(jsonPart(st), part{p.headers[:2], data}).want(400)
		l.postMixed(jsonPart(st), part{append(p.headers[:2:2], header{"X-Experience-API-Hash", sha2("other")}), data}).want(400)
		l.postMixed(jsonPart(st), part{p.headers, "other"}).want(400)
	},
	"XAPI-00133": func(l *lab) {
		st, data := withFile()
		l.postMixed(jsonPart(st), jsonPart(newStatement()), dataPart("text/plain", data)).want(400)
	},
	"XAPI-00134": func(l *lab) {
		st, data := withFile()
		l.postMixed(part{[]header{{"Content-Type", "text/plain"}}, asJSON(st)}, dataPart("text/plain", data)).want(400)
		l.postMixed(dataPart("text/plain", data), jsonPart(st)).want(400)
	},
	"XAPI-00135": func(l *lab) {
		st, data := withFile()
		p := dataPart("text/plain", data)
		l.postMixed(jsonPart(st), part{[]header{p.headers[0], p.headers[2]}, data}).want(400)
		l.postMixed(jsonPart(st), part{[]header{p.headers[0], {"Content-Transfer-Encoding", "base64"}, p.headers[2]}, data}).want(400)
	},
	"XAPI-00161": func(l *lab) {
		st, data := withFile()
		l.postMixed(jsonPart(st), dataPart("text/plain", data)).want(200)
		for _, q := range []string{query("statementId", st["id"]), query("agent", st["actor"], "attachments", "false")} {
			a := l.do("GET", "/statements"+q, nil).want(200).wantHeader("Content-Type", "application/json")
			if strings.Contains(string(a.body), data[:40]) {
				l.Errorf("%s: the data came along", q)
			}
		}
	},
	"XAPI-00167": func(l *lab) {
		st, data := withFile()
		twin := newStatement().set("actor", st["actor"]).set("attachments", st["attachments"])
		l.postMixed(jsonPart([]object{st, twin}), dataPart("text/plain", data)).want(200)
		a := l.do("GET", "/statements"+query("agent", st["actor"], "attachments", "true", "limit", "1"), nil).want(200)
		text, files := a.parts()
		page := readJSON[result](l, []byte(text))
		l.wantIDs("the first part", page.ids(), twin["id"].(string))
		wantFile(l, files, data)
		text, files = l.at("GET", l.server.url+*page.More, nil).want(200).parts()
		l.wantIDs("the next page", readJSON[result](l, []byte(text)).ids(), st["id"].(string))
		wantFile(l, files, data)
		_, files = l.do("GET", "/statements"+query("agent", st["actor"], "attachments", "true"), nil).want(200).parts()
		wantFile(l, files, data)
		text, files = l.do("GET", "/statements"+query("statementId", st["id"], "attachments", "true"), nil).want(200).parts()
		if got := readJSON[object](l, []byte(text)); got["id"] != st["id"] {
			l.Errorf("the statement is %v", got)
		}
		wantFile(l, files, data)
		if text, files := l.do("GET", "/statements"+query("verb", newIRI(), "attachments", "true"), nil).want(200).parts(); len(files) > 0 || !strings.Contains(text, "[]") {
			l.Errorf("no statements: %s with %d files", text, len(files))
		}
	},
	"IEEE-4.1.3-a": func(l *lab) { l.postMixed(jsonPart(newStatement())).want(200) },
}

// wantFile fails unless there is one file, with the data of withFile.
func wantFile(l *lab, files map[string]string, data string) {
	l.Helper()
	if len(files) != 1 || files[sha2(data)] != data {
		l.Errorf("files %q, want %q", files, data)
	}
}

// parts reads a multipart answer: its first part, and the data of the others by
// hash.
func (a *answer) parts() (first string, files map[string]string) {
	a.Helper()
	media, params, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil || media != "multipart/mixed" {
		a.Fatalf("%s: content type %q, %v", a.request, a.header.Get("Content-Type"), err)
	}
	files = map[string]string{}
	r := multipart.NewReader(strings.NewReader(string(a.body)), params["boundary"])
	for i := 0; ; i++ {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return first, files
		}
		if err != nil {
			a.Fatal(err)
		}
		data, err := io.ReadAll(p)
		if err != nil {
			a.Fatal(err)
		}
		if i == 0 {
			first = string(data)
			continue
		}
		hash := p.Header.Get("X-Experience-API-Hash")
		if _, twice := files[hash]; twice || p.Header.Get("Content-Transfer-Encoding") != "binary" || p.Header.Get("Content-Type") != "text/plain" {
			a.Errorf("part %d has the headers %v", i, p.Header)
		}
		files[hash] = string(data)
	}
}

// signatureCases show what a signature must be.
var signatureCases = map[string]func(*lab){
	"XAPI-00115": func(l *lab) {
		st := newStatement()
		l.postSigned(st, sign(l, "RS256", asJSON(st)), "application/octet-stream").want(200)
		other := newStatement()
		l.postSigned(other, sign(l, "RS256", asJSON(other)), "text/plain").want(400)
		l.postSigned(other, "not.a.signature", "application/octet-stream").want(400)
	},
	"XAPI-00116": func(l *lab) {
		st := newStatement()
		l.postSigned(st, sign(l, "RS256", asJSON(newStatement())), "application/octet-stream").want(400)
		l.postSigned(st, sign(l, "RS256", `{"actor":`), "application/octet-stream").want(400)
	},
	"XAPI-00117": func(l *lab) {
		for alg, status := range map[string]int{"RS256": 200, "HS256": 400, "none": 400, "ES256": 400} {
			st := newStatement()
			l.postSigned(st, sign(l, alg, asJSON(st)), "application/octet-stream").want(status)
		}
	},
}

// postSigned posts a statement with its signature.
func (l *lab) postSigned(st object, jws, contentType string) *answer {
	l.Helper()
	a := attachment(contentType, jws).set("usageType", "http://adlnet.gov/expapi/attachments/signature")
	return l.postMixed(jsonPart(st.set("attachments", []object{a})), dataPart(contentType, jws))
}

// newKey makes the key of all signatures, once.
var newKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// sign makes a JSON web signature; it says that it is by alg, whatever that is.
func sign(t testing.TB, alg, payload string) string {
	t.Helper()
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"`+alg+`"}`)) + "." + encode([]byte(payload))
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + encode(signature)
}

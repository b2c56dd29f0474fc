package xapi_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/xapi"
)

const (
	mixed  = `multipart/mixed; boundary="(a b)=?"`
	abcSHA = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // of "abc", FIPS 180-2 B.1
)

// body puts parts between boundaries; the first line of each may be its headers.
func body(parts ...string) string {
	text := ""
	for _, part := range parts {
		text += "--(a b)=?\r\n" + part + "\r\n"
	}
	return text + "--(a b)=?--\r\n"
}

const (
	jsonPart = "Content-Type: application/json\r\n\r\n" + toSign
	abcPart  = "Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: " + abcSHA + "\r\n\r\nabc"
)

func TestReadMultipartTakesWhatClientsSend(t *testing.T) {
	for _, tt := range []struct {
		instance
		contentType, body string
		statements        string
		parts             []xapi.Part
	}{
		{instance{"XAPI-00127", "statements and data"}, mixed, body(jsonPart, abcPart), toSign, []xapi.Part{{SHA2: abcSHA, ContentType: "text/plain", Data: []byte("abc")}}},
		{instance{"XAPI-00127", "statements alone"}, mixed, body(jsonPart), toSign, nil},
		{instance{"LM-14", "an empty line first and none last"}, "multipart/mixed;boundary=x", "\r\n--x\r\nContent-Type:application/json\r\n\r\n[]\r\n--x--", "[]", nil},
		{instance{"LM-14", "text before and after"}, mixed, "This is MIME.\r\n" + body(jsonPart) + "The end.", toSign, nil},
		{instance{"LM-14", "headers and types in any case"}, `Multipart/Mixed; Boundary=x`,
			"--x\r\ncontent-type: Application/JSON; charset=UTF-8\r\n\r\n{}\r\n--x\r\ncontent-transfer-encoding: BINARY\r\nx-experience-api-hash: " + strings.ToUpper(abcSHA) + "\r\n\r\nabc\r\n--x--\r\n",
			"{}", []xapi.Part{{SHA2: abcSHA, Data: []byte("abc")}}},
		{instance{"LM-14", "data with line ends and almost a boundary"}, "multipart/mixed; boundary=x",
			"--x\r\nContent-Type: application/json\r\n\r\n{}\r\n--x\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: " + sum(sha256.New(), "\r\n--\x00\r\n-x\n\r\n") + "\r\n\r\n\r\n--\x00\r\n-x\n\r\n\r\n--x--\r\n",
			"{}", []xapi.Part{{SHA2: sum(sha256.New(), "\r\n--\x00\r\n-x\n\r\n"), Data: []byte("\r\n--\x00\r\n-x\n\r\n")}}},
		{instance{"LM-15", "a length that is right"}, mixed, body(jsonPart, strings.Replace(abcPart, "\r\n\r\n", "\r\nContent-Length: 3\r\n\r\n", 1)), toSign, []xapi.Part{{SHA2: abcSHA, ContentType: "text/plain", Data: []byte("abc")}}},
	} {
		tt.run(t, func(t *testing.T) {
			for _, v := range []xapi.Version{xapi.V1, xapi.V2} {
				// A byte at a time, so that no read happens to hold a whole part.
				statements, parts, err := xapi.ReadMultipart(v, tt.contentType, iotest.OneByteReader(strings.NewReader(tt.body)), xapi.Limits{})
				if err != nil || string(statements) != tt.statements || !sameParts(parts, tt.parts) {
					t.Errorf("%v: statements %q, parts %q", err, statements, parts)
				}
			}
		})
	}
}

func sum(h hash.Hash, data string) string {
	h.Write([]byte(data))
	return hex.EncodeToString(h.Sum(nil))
}

func sameParts(a, b []xapi.Part) bool { return fmt.Sprintf("%q", a) == fmt.Sprintf("%q", b) }

func TestReadMultipartTakesTheSHA2Family(t *testing.T) {
	for name, hash := range map[string]hash.Hash{
		"SHA-224": sha256.New224(), "SHA-256": sha256.New(), "SHA-384": sha512.New384(), "SHA-512": sha512.New(),
		"SHA-512/224": sha512.New512_224(), "SHA-512/256": sha512.New512_256(),
	} {
		text := strings.Replace(abcPart, abcSHA, sum(hash, "abc"), 1)
		if _, parts, err := xapi.ReadMultipart(xapi.V1, mixed, strings.NewReader(body(jsonPart, text)), xapi.Limits{}); err != nil || len(parts) != 1 {
			t.Errorf("%s: %v", name, err)
		}
		text = strings.Replace(text, "\r\n\r\nabc", "\r\n\r\nabd", 1)
		_, _, err := xapi.ReadMultipart(xapi.V1, mixed, strings.NewReader(body(jsonPart, text)), xapi.Limits{})
		wantProblem(t, err, "part[1].X-Experience-API-Hash")
	}
}

func TestReadMultipartNamesPartAndHeader(t *testing.T) {
	for _, tt := range []struct {
		instance
		contentType, body, want string
	}{
		{instance{"XAPI-00127", "form data"}, "multipart/form-data; boundary=x", body(jsonPart), "Content-Type: a request"},
		{instance{"XAPI-00127", "no type"}, "", body(jsonPart), "Content-Type: a request"},
		{instance{"XAPI-00131", "no boundary named"}, "multipart/mixed;", body(jsonPart), "boundary of 1 to 70"},
		{instance{"XAPI-00131", "a boundary that is too long"}, "multipart/mixed; boundary=" + strings.Repeat("x", 71), body(jsonPart), "boundary of 1 to 70"},
		{instance{"XAPI-00130", "no boundary before the first part"}, mixed, jsonPart + "\r\n" + body(abcPart), "part[0].Content-Type"},
		{instance{"XAPI-00130", "no such boundary at all"}, "multipart/mixed; boundary=other", body(jsonPart), "part[0]: the body ends too early"},
		{instance{"XAPI-00130", "an empty body"}, mixed, "", "part[0]: the body ends too early"},
		{instance{"XAPI-00133", "no part at all"}, mixed, "--(a b)=?--\r\n", "part[0]"},
		{instance{"LM-14", "an end within a part"}, mixed, strings.TrimSuffix(body(jsonPart, abcPart), "\r\n--(a b)=?--\r\n"), "part[1]: the body ends too early"},
		{instance{"LM-14", "no closing boundary"}, mixed, strings.TrimSuffix(body(jsonPart), "--\r\n") + "\r\n", "part[1]: the body ends too early"},
		{instance{"LM-14", "an end within a header"}, mixed, strings.TrimSuffix(body(jsonPart), "--\r\n") + "\r\nContent-Type: a\r\n", "part[1]: the body ends too early"},
		{instance{"LM-14", "an end within a boundary"}, mixed, strings.TrimSuffix(body(jsonPart), "=?--\r\n"), "part[0]: the body ends too early"},
		{instance{"LM-14", "a header that is none"}, mixed, body("no header\r\n\r\n{}"), "part[0]"},
		{instance{"XAPI-00134", "statements as text"}, mixed, body(strings.Replace(jsonPart, "application/json", "text/plain", 1)), "part[0].Content-Type"},
		{instance{"XAPI-00134", "statements without a type"}, mixed, body("\r\n" + toSign), "part[0].Content-Type"},
		{instance{"XAPI-00015", "statements in Latin-1"}, mixed, body("Content-Type: application/json; charset=latin1\r\n\r\n{}"), "must be in UTF-8"},
		{instance{"XAPI-00134", "statements in base64"}, mixed, body("Content-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n\r\ne30="), "part[0].Content-Transfer-Encoding"},
		{instance{"XAPI-00133", "statements in two parts"}, mixed, body(jsonPart, jsonPart, abcPart), "part[1].Content-Transfer-Encoding"},
		{instance{"XAPI-00132", "data without a hash"}, mixed, body(jsonPart, strings.Replace(abcPart, "X-Experience-API-Hash", "X-Other", 1)), "part[1].X-Experience-API-Hash"},
		{instance{"XAPI-00132", "data with another's hash"}, mixed, body(jsonPart, abcPart, strings.Replace(abcPart, "\r\n\r\nabc", "\r\n\r\nabd", 1)), "part[2].X-Experience-API-Hash"},
		{instance{"XAPI-00132", "data with a SHA-1"}, mixed, body(jsonPart, strings.Replace(abcPart, abcSHA, "a9993e364706816aba3e25717850c26c9cd0d89d", 1)), "part[1].X-Experience-API-Hash"},
		{instance{"XAPI-00135", "data in base64"}, mixed, body(jsonPart, strings.Replace(abcPart, "binary", "base64", 1)), "part[1].Content-Transfer-Encoding"},
		{instance{"XAPI-00135", "data without an encoding"}, mixed, body(jsonPart, strings.Replace(abcPart, "Content-Transfer-Encoding: binary\r\n", "", 1)), "part[1].Content-Transfer-Encoding"},
		{instance{"LM-15", "a length that is wrong"}, mixed, body(jsonPart, strings.Replace(abcPart, "\r\n\r\n", "\r\nContent-Length: 4\r\n\r\n", 1)), "part[1].Content-Length"},
		{instance{"LM-14", "a type that is none"}, mixed, body(jsonPart, strings.Replace(abcPart, "text/plain", "text plain/", 1)), "part[1].Content-Type"},
	} {
		tt.run(t, func(t *testing.T) {
			_, _, err := xapi.ReadMultipart(xapi.V1, tt.contentType, strings.NewReader(tt.body), xapi.Limits{})
			wantProblem(t, err, tt.want)
			var problem *xapi.Problem
			if errors.As(err, &problem) && (problem.Index != -1 || !strings.HasPrefix(problem.Section, "xAPI 1.0.3 ")) {
				t.Errorf("index %d, section %q", problem.Index, problem.Section)
			}
		})
	}
}

func TestReadMultipartStopsAtLimits(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, tt := range []struct {
		name, body string
		limits     xapi.Limits
		read       int // at most
	}{
		{"body", body(jsonPart, abcPart), xapi.Limits{Body: 100}, 101},
		{"body without end", "--(a b)=?\r\n" + jsonPart + long + long, xapi.Limits{Body: 1 << 20}, 1<<20 + 1},
		{"part", body(jsonPart, strings.Replace(abcPart, "\r\n\r\nabc", "\r\n\r\n"+long, 1)), xapi.Limits{Part: 1000}, 16 << 10},
		{"first part", body(jsonPart+long, abcPart), xapi.Limits{Part: 1000}, 16 << 10},
		{"parts", body(jsonPart, abcPart, abcPart, abcPart), xapi.Limits{Parts: 2}, 16 << 10},
		{"header", "--(a b)=?\r\nX-Long: " + long, xapi.Limits{}, 32 << 10},
		{"headers", "--(a b)=?\r\n" + strings.Repeat("X: y\r\n", 1<<20/6), xapi.Limits{}, 32 << 10},
		{"header of a later part", strings.TrimSuffix(body(jsonPart), "--\r\n") + "\r\nX-Long: " + long, xapi.Limits{}, 32 << 10},
		{"text before the first part", strings.Repeat("text\r\n", 1<<20/6), xapi.Limits{}, 32 << 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			source := strings.NewReader(tt.body)
			var limit *xapi.LimitError
			if _, _, err := xapi.ReadMultipart(xapi.V1, mixed, source, tt.limits); !errors.As(err, &limit) {
				t.Errorf("got %v, want a limit", err)
			}
			if read := len(tt.body) - source.Len(); read > tt.read {
				t.Errorf("read %d bytes", read)
			}
		})
	}
	if _, parts, err := xapi.ReadMultipart(xapi.V1, mixed, strings.NewReader(body(jsonPart, abcPart)),
		xapi.Limits{Body: int64(len(body(jsonPart, abcPart))), Part: int64(len(toSign)), Parts: 1}); err != nil || len(parts) != 1 {
		t.Errorf("what is just within the limits: %v", err)
	}
}

func TestReadMultipartPassesOnWhatReadingGave(t *testing.T) {
	hangup := errors.New("hung up")
	text := body(jsonPart, abcPart)
	for n := range len(text) - len("--\r\n") {
		source := io.MultiReader(strings.NewReader(text[:n]), iotest.ErrReader(hangup))
		if _, _, err := xapi.ReadMultipart(xapi.V1, mixed, source, xapi.Limits{}); !errors.Is(err, hangup) {
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
}

func TestCheckAttachmentsMatchesByHash(t *testing.T) {
	const other = "cb8379ac2098aa165029e3938a51da0bcecfc008fd6795f401178647f96c5b34" // of "def"
	abc, def := xapi.Part{SHA2: abcSHA, ContentType: "text/plain", Data: []byte("abc")}, xapi.Part{SHA2: other, Data: []byte("def")}
	declare := func(a xapi.Attachment) *xapi.Statement { return &xapi.Statement{Attachments: []xapi.Attachment{a}} }
	text := declare(xapi.Attachment{SHA2: abcSHA, ContentType: "text/plain", Length: 3})
	link := declare(xapi.Attachment{SHA2: abcSHA, ContentType: "text/plain", FileURL: "https://example.com/f"})
	within := &xapi.Statement{Object: xapi.Object{SubStatement: &xapi.SubStatement{Attachments: text.Attachments}}}
	signature := xapi.Attachment{UsageType: xapi.SignatureUsage, SHA2: abcSHA, ContentType: "application/octet-stream"}
	with := func(a xapi.Attachment, change func(*xapi.Attachment)) *xapi.Statement { change(&a); return declare(a) }
	for _, tt := range []struct {
		instance
		statements []*xapi.Statement
		parts      []xapi.Part
		want       string // "" for no problem
	}{
		{instance{"XAPI-00128", "declared and sent"}, []*xapi.Statement{text}, []xapi.Part{abc}, ""},
		{instance{"XAPI-00128", "sent once for two statements"}, []*xapi.Statement{text, text}, []xapi.Part{abc}, ""},
		{instance{"XAPI-00128", "sent twice"}, []*xapi.Statement{text}, []xapi.Part{abc, abc}, ""},
		{instance{"XAPI-00128", "declared in a SubStatement"}, []*xapi.Statement{within}, []xapi.Part{abc}, ""},
		{instance{"XAPI-00129", "a fileUrl needs no data"}, []*xapi.Statement{link}, nil, ""},
		{instance{"XAPI-00128", "a fileUrl may have data"}, []*xapi.Statement{link}, []xapi.Part{abc}, ""},
		{instance{"XAPI-00128", "no attachments"}, []*xapi.Statement{{}}, nil, ""},
		{instance{"XAPI-00132", "a hash in upper case"}, []*xapi.Statement{declare(xapi.Attachment{SHA2: strings.ToUpper(abcSHA), ContentType: "text/plain"})}, []xapi.Part{abc}, ""},
		{instance{"LM-15", "a parameter that one of the types names"}, []*xapi.Statement{declare(xapi.Attachment{SHA2: abcSHA, ContentType: "Text/Plain; charset=ascii"})}, []xapi.Part{abc}, ""},
		{instance{"LM-15", "a length that is wrong, which the conformance suite sends"}, []*xapi.Statement{with(text.Attachments[0], func(a *xapi.Attachment) { a.Length = 4 })}, []xapi.Part{abc}, ""},
		{instance{"XAPI-00128", "data that nobody declared"}, []*xapi.Statement{text}, []xapi.Part{abc, def}, "part[2].X-Experience-API-Hash"},
		{instance{"XAPI-00129", "no data"}, []*xapi.Statement{{}, text}, nil, "statement 1: $.attachments[0].sha2"},
		{instance{"XAPI-00129", "no data for a SubStatement's"}, []*xapi.Statement{within}, nil, "$.object.attachments[0].sha2"},
		{instance{"LM-15", "another type"}, []*xapi.Statement{declare(xapi.Attachment{SHA2: abcSHA, ContentType: "image/png"})}, []xapi.Part{abc}, "$.attachments[0].contentType"},
		{instance{"LM-15", "another character set"}, []*xapi.Statement{declare(xapi.Attachment{SHA2: abcSHA, ContentType: "text/plain; charset=ascii"})}, []xapi.Part{{SHA2: abcSHA, ContentType: "text/plain; charset=utf-8"}}, "$.attachments[0].contentType"},
		{instance{"XAPI-00115", "a signature"}, []*xapi.Statement{declare(signature)}, []xapi.Part{{SHA2: abcSHA}}, ""},
		{instance{"XAPI-00115", "a signature of another type"}, []*xapi.Statement{with(signature, func(a *xapi.Attachment) { a.ContentType = "text/plain" })}, []xapi.Part{abc}, "application/octet-stream"},
		{instance{"XAPI-00115", "a signature that is elsewhere"}, []*xapi.Statement{with(signature, func(a *xapi.Attachment) { a.FileURL = "https://example.com/s" })}, nil, "$.attachments[0].sha2"},
	} {
		tt.run(t, func(t *testing.T) {
			err := xapi.CheckAttachments(xapi.V2, tt.statements, tt.parts)
			if tt.want == "" && err != nil {
				t.Errorf("got %v", err)
			} else if tt.want != "" {
				wantProblem(t, err, tt.want)
			}
		})
	}
}

// TestWriteMultipartIsReadByOthers reads with the standard library what was
// written, as clients do.
func TestWriteMultipartIsReadByOthers(t *testing.T) {
	parts := []xapi.Part{
		{SHA2: "aa", ContentType: "text/plain; charset=utf-8", Data: []byte("one\r\n")},
		{SHA2: "bb", Data: []byte{0, 1, 255}},
		{SHA2: "aa", ContentType: "text/plain", Data: []byte("one\r\n")},
		{SHA2: "cc", ContentType: "text/plain\r\nX-Evil: yes", Data: nil},
	}
	var b bytes.Buffer
	contentType, err := xapi.WriteMultipart(&b, []byte(`{"statements":[]}`), parts)
	if err != nil || contentType != xapi.MultipartType([]byte(`{"statements":[]}`), parts) {
		t.Fatalf("%v, %q", err, contentType)
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "multipart/mixed" {
		t.Fatalf("%v, %q", err, media)
	}
	var got []string
	for r := multipart.NewReader(&b, params["boundary"]); ; {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(part)
		got = append(got, fmt.Sprintf("%q %q %q %q", part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part.Header.Get("X-Experience-API-Hash"), data))
	}
	want := []string{
		`"application/json" "" "" "{\"statements\":[]}"`,
		`"text/plain; charset=utf-8" "binary" "aa" "one\r\n"`,
		`"application/octet-stream" "binary" "bb" "\x00\x01\xff"`,
		`"application/octet-stream" "binary" "cc" ""`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWriteMultipartComesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		statements := []byte(rapid.String().Draw(rt, "statements"))
		var parts []xapi.Part
		for _, data := range rapid.SliceOfDistinct(rapid.SliceOf(rapid.SampledFrom([]byte("ab-\r\n\x00"))), func(b []byte) string { return string(b) }).Draw(rt, "data") {
			parts = append(parts, xapi.Part{SHA2: sum(sha256.New(), string(data)), ContentType: "application/pdf", Data: data})
		}
		var b bytes.Buffer
		contentType, err := xapi.WriteMultipart(&b, statements, parts)
		if err != nil {
			rt.Fatal(err)
		}
		gotStatements, gotParts, err := xapi.ReadMultipart(xapi.V2, contentType, &b, xapi.Limits{})
		if err != nil || string(gotStatements) != string(statements) || !sameParts(gotParts, parts) {
			rt.Fatalf("%v: %q, %q", err, gotStatements, gotParts)
		}
	})
}

func TestWriteMultipartStopsWhenTheReaderIsGone(t *testing.T) {
	gone := errors.New("gone")
	parts := []xapi.Part{{SHA2: "aa", Data: []byte("abc")}}
	var whole bytes.Buffer
	if _, err := xapi.WriteMultipart(&whole, []byte("{}"), parts); err != nil {
		t.Fatal(err)
	}
	for n := range whole.Len() {
		if _, err := xapi.WriteMultipart(&shortWriter{n, gone}, []byte("{}"), parts); !errors.Is(err, gone) {
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
}

// shortWriter takes some bytes, then fails.
type shortWriter struct {
	left int
	err  error
}

func (w *shortWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		return w.left, w.err
	}
	w.left -= len(p)
	return len(p), nil
}

// FuzzMultipart looks for bodies that make reading panic, go over a limit, or
// give other parts when what was read is written and read again.
func FuzzMultipart(f *testing.F) {
	f.Add(mixed, []byte(body(jsonPart, abcPart)))
	f.Add("multipart/mixed; boundary=x", []byte("\r\n--x\r\nContent-Type:application/json\r\n\r\n[]\r\n--x--"))
	f.Add("multipart/mixed; boundary=x", []byte("--x\nContent-Type: application/json\n\n{}\n--x\n\n--x--"))
	f.Add("multipart/mixed; boundary=x", []byte("--x\r\nContent-Type: application/json\r\nContent-Type: b\r\n : c\r\n\r\n--x --x--\r\n"))
	f.Add(`multipart/mixed; boundary*=utf-8''x; charset="`, []byte("--x--"))
	limits := xapi.Limits{Body: 10000, Part: 1000, Parts: 3}
	f.Fuzz(func(t *testing.T, contentType string, data []byte) {
		statements, parts, err := xapi.ReadMultipart(xapi.V1, contentType, bytes.NewReader(data), limits)
		if err != nil {
			return
		}
		if len(data) > 10000+4096 || len(statements) > 1000 || len(parts) > 3 {
			t.Fatalf("%d bytes, %d of statements, %d parts", len(data), len(statements), len(parts))
		}
		var b bytes.Buffer
		again, err := xapi.WriteMultipart(&b, statements, parts)
		if err != nil {
			t.Fatal(err)
		}
		statements2, parts2, err := xapi.ReadMultipart(xapi.V1, again, &b, xapi.Limits{})
		if err != nil || !bytes.Equal(statements, statements2) {
			t.Fatalf("%v: %q became %q", err, statements, statements2)
		}
		hashes := map[string]bool{}
		for _, part := range parts {
			hashes[part.SHA2] = true
		}
		if len(parts2) != len(hashes) {
			t.Fatalf("%d hashes became %d parts", len(hashes), len(parts2))
		}
	})
}

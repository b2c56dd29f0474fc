package track_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/ingest/track"
)

const good = `{"type":"track","userId":"u","event":"E","messageId":"good"}`

// TestOneBadEventIsSaidAndTheOthersAreKept sends each bad event between good
// ones.
func TestOneBadEventIsSaidAndTheOthersAreKept(t *testing.T) {
	b := newBench(t)
	for i, tt := range []struct {
		name, event, path, rule string
		kept                    bool // in spite of the problem
	}{
		{"no type", `{"userId":"u","event":"E"}`, "$.batch[1].type", "no type", false},
		{"unknown type", `{"type":"trackk","userId":"u","event":"E"}`, "$.batch[1].type", `"trackk"`, false},
		{"no name", `{"type":"track","userId":"u"}`, "$.batch[1].event", "names its event", false},
		{"nobody", `{"type":"track","event":"E"}`, "$.batch[1]", "nobody", false},
		{"empty ids", `{"type":"track","event":"E","userId":"","anonymousId":null}`, "$.batch[1]", "nobody", false},
		{"no group", `{"type":"group","userId":"u"}`, "$.batch[1].groupId", "names the group", false},
		{"alias of nobody", `{"type":"alias","anonymousId":"a","previousId":"p"}`, "$.batch[1].userId", "names the user", false},
		{"alias without previous", `{"type":"alias","userId":"u"}`, "$.batch[1].previousId", "previous id", false},
		{"alias of itself", `{"type":"alias","userId":"u","previousId":"u"}`, "$.batch[1].previousId", "own", false},
		{"not an object", `7`, "$.batch[1]", "is an object", false},
		{"null", `null`, "$.batch[1]", "is an object", false},
		{"long user", `{"type":"track","event":"E","userId":"` + strings.Repeat("u", 513) + `"}`, "$.batch[1].userId", "longer than 512", false},
		{"long name", `{"type":"track","userId":"u","event":"` + strings.Repeat("e", 257) + `"}`, "$.batch[1].event", "longer than 256", false},
		{"too large", `{"type":"track","userId":"u","event":"E","properties":{"x":"` + strings.Repeat("x", 32<<10) + `"}}`, "$.batch[1]", "more than 32768", false},
		{"user is an object", `{"type":"track","userId":{"id":1},"anonymousId":"a","event":"E"}`, "$.batch[1].userId", "neither text", true},
		{"properties are a text", `{"type":"track","userId":"u","event":"E","properties":"x"}`, "$.batch[1].properties", "not an object", true},
		{"many properties", `{"type":"track","userId":"u","event":"E","properties":{` + manyProperties(60) + `}}`, "$.batch[1].properties", "left out", true},
		{"bad time", `{"type":"track","userId":"u","event":"E","timestamp":"yesterday"}`, "$.batch[1].timestamp", "not a time", true},
		{"old time", `{"type":"track","userId":"u","event":"E","timestamp":"0001-01-01T00:00:00Z"}`, "$.batch[1].timestamp", "before 1990", true},
		{"future", `{"type":"track","userId":"u","event":"E","timestamp":"2026-11-22T12:00:02Z"}`, "$.batch[1].timestamp", "future", true},
		{"bad e-mail", `{"type":"identify","userId":"u","traits":{"email":"nobody"}}`, "$.batch[1].traits", "email was left out", true},
		{"bad country", `{"type":"identify","userId":"u","traits":{"country":"Germany"}}`, "$.batch[1].traits", "country was left out", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.t = t
			first, last := fmt.Sprint("first", i), fmt.Sprint("last", i)
			r := b.send("/v1/batch", `{"batch":[`+strings.ReplaceAll(good, "good", first)+`,`+tt.event+`,`+strings.ReplaceAll(good, "good", last)+`]}`)
			if r.Status != 200 || !r.Success || len(r.Problems) != 1 {
				t.Fatalf("%d %s", r.Status, r.Body)
			}
			p := r.Problems[0]
			if p.Index != 1 || p.Path != tt.path || !strings.Contains(p.Rule, tt.rule) || p.Remedy == "" || p.Refused == tt.kept {
				t.Errorf("problem %+v, want %s at %s, refused %v", p, tt.rule, tt.path, !tt.kept)
			}
			b.want("SELECT event_id FROM usage WHERE event_id IN ('"+first+"', '"+last+"') ORDER BY 1", []string{first}, []string{last})
		})
	}
}

func manyProperties(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"p%d":1`, i)
	}
	return strings.Join(list, ",")
}

func TestMalformedRequestsAreRefusedWhole(t *testing.T) {
	b := newBench(t)
	for _, tt := range []struct {
		name, body string
		status     int
		path, rule string
		index      int
	}{
		{"empty", ``, 400, "$", "ends early", -1},
		{"cut off", `{"batch":[` + good, 400, "$.batch", "ends early", -1},
		{"no JSON", `batch`, 400, "$", "malformed", -1},
		{"an array", `[` + good + `]`, 400, "$", "not an object", -1},
		{"two objects", `{"batch":[]}{}`, 400, "$", "more after", -1},
		{"no batch", `{"events":[]}`, 400, "$.batch", "array", -1},
		{"batch is an object", `{"batch":{}}`, 400, "$.batch", "array", -1},
		{"name twice", `{"batch":[` + good + `,{"type":"track","userId":"u","userId":"v","event":"E"}]}`, 400, "$.batch[1].userId", "twice", 1},
		{"name twice, deep", `{"batch":[{"type":"track","properties":{"a":{"b":1,"b":2}}}]}`, 400, "$.batch[0].properties.a.b", "twice", 0},
		{"name twice, escaped", `{"batch":[{"type":"track","typ\u0065":"page"}]}`, 400, "$.batch[0].type", "twice", 0},
		{"bad UTF-8", "{\"batch\":[{\"type\":\"tr\xff\"}]}", 400, "$.batch[0].type", "not UTF-8", 0},
		{"65 deep", `{"batch":[{"properties":` + strings.Repeat("[", 62) + strings.Repeat("]", 62) + `}]}`, 400, "$", "more than 64 deep", -1},
		{"100,000 deep", `{"batch":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, 400, "$", "more than 64 deep", -1},
		{"too large", `{"batch":["` + strings.Repeat("x", 500<<10) + `"]}`, 413, "", "", -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := b.send("/v1/batch", tt.body)
			if r.Status != tt.status || r.Success || r.Message == "" {
				t.Fatalf("%d %s", r.Status, r.Body)
			}
			if tt.path == "" {
				return
			}
			if p := r.Problems[0]; p.Path != tt.path || p.Index != tt.index || !strings.Contains(p.Rule, tt.rule) || p.Remedy == "" {
				t.Errorf("problem %+v, want %q at %s", p, tt.rule, tt.path)
			}
		})
	}
	b.want("SELECT count(*) FROM usage", []string{"0"})
}

func TestSixtyFourDeepIsTaken(t *testing.T) {
	b := newBench(t)
	b.ok("/v1/batch", `{"batch":[{"type":"track","userId":"u","event":"E","properties":{"x":`+strings.Repeat("[", 60)+strings.Repeat("]", 60)+`}}]}`)
}

func TestTheLargestRequestsAreTaken(t *testing.T) {
	b := newBench(t)
	head, tail := `{"batch":[{"type":"track","userId":"u","event":"E","messageId":"m","properties":{"x":"`, `"}}]}`
	event := head[len(`{"batch":[`):] + tail[:len(tail)-2]
	if r := b.send("/v1/batch", head+strings.Repeat("x", 32<<10-len(event))+tail); r.Status != 200 || r.Problems != nil {
		t.Errorf("an event of 32 KiB: %d %s", r.Status, r.Body)
	}
	if r := b.send("/v1/batch", head+strings.Repeat("x", 32<<10-len(event)+1)+tail); r.Problems == nil {
		t.Errorf("an event of more than 32 KiB: %d %s", r.Status, r.Body)
	}
	if r := b.send("/v1/track", `{"userId":"u","event":"E","x":"`+strings.Repeat("x", 32<<10)+`"}`); r.Status != 413 {
		t.Errorf("a single event of more than 32 KiB: %d %s", r.Status, r.Body)
	}
	body := `{"batch":[` + good + `],"padding":"` + strings.Repeat("x", 500<<10-len(good)-25) + `"}`
	if len(body) != 500<<10 {
		t.Fatalf("the test sends %d bytes", len(body))
	}
	if r := b.send("/v1/batch", body); r.Status != 200 {
		t.Errorf("500 KiB: %d %s", r.Status, r.Body)
	}
}

func TestCompressedRequests(t *testing.T) {
	b := newBench(t)
	post := func(body string, headers ...string) reply {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/batch", gzipped(t, body))
		r.SetBasicAuth(key, "")
		return b.do(r, headers...)
	}
	if r := post(`{"batch":[`+good+`]}`, "Content-Encoding", "gzip"); r.Status != 200 {
		t.Errorf("gzip: %d %s", r.Status, r.Body)
	}
	if r := post(`{"x":"`+strings.Repeat("x", 5<<20)+`"}`, "Content-Encoding", "gzip"); r.Status != 413 {
		t.Errorf("a bomb: %d %s", r.Status, r.Body)
	}
	if r := b.send("/v1/batch", "not compressed", "Content-Encoding", "gzip"); r.Status != 400 {
		t.Errorf("not gzip: %d %s", r.Status, r.Body)
	}
	if r := post(`{}`, "Content-Encoding", "br"); r.Status != 415 {
		t.Errorf("brotli: %d %s", r.Status, r.Body)
	}
	b.want("SELECT event_id FROM usage", []string{"good"})
}

// tooSlow is what a server's limits make of a body.
type tooSlow struct{}

func (tooSlow) Error() string   { return "too slow" }
func (tooSlow) HTTPStatus() int { return http.StatusRequestTimeout }

func TestBodyThatBreaksOff(t *testing.T) {
	b := newBench(t)
	for err, want := range map[error]int{tooSlow{}: http.StatusRequestTimeout, errors.New("hung up"): http.StatusBadRequest} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/batch", io.MultiReader(strings.NewReader(`{"batch":[`+good), iotest.ErrReader(err)))
		r.SetBasicAuth(key, "")
		if r := b.do(r); r.Status != want {
			t.Errorf("%v: %d %s, want %d", err, r.Status, r.Body, want)
		}
	}
	b.want("SELECT event_id FROM usage")
}

func TestWhoMaySend(t *testing.T) {
	b := newBench(t)
	post := func(body string, headers ...string) reply {
		return b.do(httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/track", strings.NewReader(body)), headers...)
	}
	body := `{"userId":"u","event":"E"`
	if r := post(body + `}`); r.Status != 401 {
		t.Errorf("no key: %d %s", r.Status, r.Body)
	}
	if r := post(body + `,"writeKey":"other"}`); r.Status != 401 {
		t.Errorf("another key: %d %s", r.Status, r.Body)
	}
	if r := post(body + `,"writeKey":"` + key + `"}`); r.Status != 200 {
		t.Errorf("the key in the body: %d %s", r.Status, r.Body)
	}
	if r := post(body+`}`, "Authorization", "Bearer "+key); r.Status != 200 {
		t.Errorf("the key as bearer: %d %s", r.Status, r.Body)
	}
	b.caller.Scopes = []access.Scope{access.StatementsWrite}
	if r := post(body + `,"writeKey":"` + key + `"}`); r.Status != 403 {
		t.Errorf("without the scope: %d %s", r.Status, r.Body)
	}
	b.want("SELECT count(*) FROM usage", []string{"2"})
}

func TestPathsAndMethods(t *testing.T) {
	b := newBench(t)
	for path, status := range map[string]int{"/v1/track": 200, "/v1/t": 200, "/v1/track/": 200, "/v1/import": 400, "/v1/batch": 400, "/v1/nothing": 404, "/v1/": 404} {
		if r := b.send(path, good); r.Status != status {
			t.Errorf("POST %s: %d, want %d", path, r.Status, status)
		}
	}
	r := b.do(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/track", nil), "Authorization", "Bearer "+key)
	if r.Status != 405 || r.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %d, Allow %q", r.Status, r.Header.Get("Allow"))
	}
	if r := b.send("/v1/import", `{"batch":[]}`); r.Body != `{"success":true}` {
		t.Errorf("an empty batch: %s", r.Body)
	}
}

func TestTimesAreCorrectedForTheSendersClock(t *testing.T) {
	b := newBench(t)
	for i, tt := range []struct{ name, timestamp, sentAt, want string }{
		{"no times: the time of receipt", ``, ``, "2026-11-22 12:00:00.000"},
		{"no sentAt: as sent", `2026-11-01T10:00:00.123Z`, ``, "2026-11-01 10:00:00.123"},
		{"a clock that is right", `2026-11-22T11:59:50Z`, `2026-11-22T12:00:00Z`, "2026-11-22 11:59:50.000"},
		{"an hour behind", `2026-11-22T10:59:50Z`, `2026-11-22T11:00:00Z`, "2026-11-22 11:59:50.000"},
		{"a day ahead", `2026-11-23T11:59:50Z`, `2026-11-23T12:00:00Z`, "2026-11-22 11:59:50.000"},
		{"never set", `1970-01-01T00:00:50Z`, `1970-01-01T00:01:00Z`, "2026-11-22 11:59:50.000"},
		{"kept offline for a week", `2026-11-15T12:00:00Z`, `2026-11-22T12:00:00Z`, "2026-11-15 12:00:00.000"},
		{"sentAt of a zero clock does not count", `2026-11-20T00:00:00Z`, `0001-01-01T00:00:00Z`, "2026-11-20 00:00:00.000"},
		{"sentAt that is no time does not count", `2026-11-20T00:00:00Z`, `soon`, "2026-11-20 00:00:00.000"},
		{"another zone", `2026-11-20T02:30:00+05:30`, ``, "2026-11-19 21:00:00.000"},
		{"no zone is UTC", `2026-11-20T02:30:00`, ``, "2026-11-20 02:30:00.000"},
		{"a date", `2026-11-20`, ``, "2026-11-20 00:00:00.000"},
		{"milliseconds since 1970", `1763596800123`, ``, "2025-11-20 00:00:00.123"},
		{"seconds since 1970", `1763596800`, ``, "2025-11-20 00:00:00.000"},
		{"a moment ahead", `2026-11-22T12:00:00.9Z`, ``, "2026-11-22 12:00:00.000"},
	} {
		id := fmt.Sprint("m", i)
		b.ok("/v1/batch", `{"sentAt":"`+tt.sentAt+`","batch":[{"type":"track","userId":"u","event":"E","messageId":"`+id+`","timestamp":"`+tt.timestamp+`"}]}`)
		if got := b.rows("SELECT strftime(time, '%Y-%m-%d %H:%M:%S.%g') FROM usage WHERE event_id = '" + id + "'")[0][0]; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	b.ok("/v1/track", `{"userId":"u","event":"E","messageId":"original","timestamp":"2026-01-01T00:00:00Z","originalTimestamp":"2026-11-22T10:00:00Z","sentAt":"2026-11-22T11:00:00Z"}`)
	b.want("SELECT strftime(time, '%H:%M') FROM usage WHERE event_id = 'original'", []string{"11:00"})
}

func TestRepeatedEventsCountOnce(t *testing.T) {
	b := newBench(t)
	for i, tt := range []struct {
		name         string
		first, again string
		want         string
	}{
		{"the same id", `{"batch":[{"type":"track","userId":"u","event":"E","messageId":"m"}]}`, `{"batch":[{"type":"track","userId":"u","event":"E","messageId":"m"}]}`, "1"},
		{"the same id and later sentAt", `{"sentAt":"2026-11-22T12:00:00Z","batch":[{"type":"track","userId":"u","event":"E","messageId":"m","timestamp":"2026-11-22T11:00:00Z"}]}`,
			`{"sentAt":"2026-11-22T11:50:00Z","batch":[{"type":"track","userId":"u","event":"E","messageId":"m","timestamp":"2026-11-22T11:00:00Z"}]}`, "1"},
		{"the same id within a batch", `{"batch":[{"type":"track","userId":"u","event":"E","messageId":"m"},{"type":"track","userId":"u","event":"E","messageId":"m"}]}`, `{"batch":[]}`, "1"},
		{"no id but a time", `{"batch":[{"type":"track","userId":"u","event":"E","timestamp":"2026-11-22T11:00:00Z"}]}`, `{"batch":[{"type":"track","userId":"u","event":"E","timestamp":"2026-11-22T11:00:00Z"}]}`, "1"},
		{"no id, another time", `{"batch":[{"type":"track","userId":"u","event":"E","timestamp":"2026-11-22T11:00:00Z"}]}`, `{"batch":[{"type":"track","userId":"u","event":"E","timestamp":"2026-11-22T11:00:01Z"}]}`, "2"},
		{"neither, but sentAt", `{"sentAt":"2026-11-22T11:00:00Z","batch":[{"type":"track","userId":"u","event":"E"}]}`, `{"sentAt":"2026-11-22T11:00:00Z","batch":[{"type":"track","userId":"u","event":"E"}]}`, "1"},
		{"twice in one batch", `{"sentAt":"2026-11-22T11:00:00Z","batch":[{"type":"track","userId":"u","event":"E"},{"type":"track","userId":"u","event":"E"}]}`, `{"batch":[]}`, "2"},
		{"nothing at all", `{"batch":[{"type":"track","userId":"u","event":"E"}]}`, `{"batch":[{"type":"track","userId":"u","event":"E"}]}`, "2"},
		{"long ids", `{"batch":[{"type":"track","userId":"u","event":"E","messageId":"` + strings.Repeat("m", 300) + `"}]}`, `{"batch":[{"type":"track","userId":"u","event":"E","messageId":"` + strings.Repeat("m", 301) + `"}]}`, "2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.t = t
			own := strings.NewReplacer(`"E"`, fmt.Sprintf(`"E%d"`, i), `"messageId":"m`, fmt.Sprintf(`"messageId":"m%d`, i))
			b.ok("/v1/batch", own.Replace(tt.first))
			b.ok("/v1/batch", own.Replace(tt.again))
			b.want(fmt.Sprintf("SELECT count(*) FROM usage WHERE feature = 'E%d'", i), []string{tt.want})
		})
	}
}

func TestErasedPeopleAreAcknowledgedAndNotStored(t *testing.T) {
	asked := map[string]bool{}
	b := newBench(t, func(o *track.Options) {
		o.Suppressed = func(_ context.Context, keys []string) (map[string]bool, error) {
			for _, k := range keys {
				asked[k] = true
			}
			return map[string]bool{"gone": true, "anon:gone": true, "gone@example.com": true}, nil
		}
	})
	b.ok("/v1/batch", `{"batch":[
		{"type":"track","userId":"gone","event":"E","messageId":"1"},
		{"type":"track","anonymousId":"gone","event":"E","messageId":"2"},
		{"type":"identify","userId":"new","messageId":"3","traits":{"email":"Gone@example.com"}},
		{"type":"alias","userId":"new","previousId":"gone","messageId":"4"},
		{"type":"group","userId":"gone","groupId":"g","messageId":"5"},
		{"type":"track","userId":"here","event":"E","messageId":"6"}]}`)
	b.want("SELECT person_id FROM usage", []string{"here"})
	b.want("SELECT person_id FROM person")
	b.want("SELECT account_id FROM account")
	b.want("SELECT value FROM identity_link")
	if !asked["here"] || !asked["gone@example.com"] {
		t.Errorf("asked about %v", asked)
	}
	if got := b.service.Stats().Suppressed; got != 5 {
		t.Errorf("%d suppressed", got)
	}
}

func TestStorageThatFailsIsSaidAndNothingIsAcknowledged(t *testing.T) {
	broken := errors.New("out of order")
	b := newBench(t, func(o *track.Options) {
		o.Suppressed = func(context.Context, []string) (map[string]bool, error) { return nil, broken }
	})
	if r := b.send("/v1/track", good); r.Status != 500 || strings.Contains(r.Body, broken.Error()) {
		t.Errorf("an unknown failure: %d %s", r.Status, r.Body)
	}
	b.service.Close()
	if r := b.send("/v1/track", good); r.Status != 503 || r.Header.Get("Retry-After") == "" {
		t.Errorf("a closed service: %d %s", r.Status, r.Body)
	}
}

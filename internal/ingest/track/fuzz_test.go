package track

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// seeds are requests of all calls, and of all that goes wrong.
var seeds = []string{
	`{"batch":[{"type":"track","userId":"u","event":"E","messageId":"m","timestamp":"2026-11-22T11:00:00Z","properties":{"a":{"b":[1,{"c":null}]},"value":1e3},"context":{"groupId":"g","page":{"path":"/a?b"}}}],"sentAt":"2026-11-22T11:00:00Z","context":{"locale":"de"},"writeKey":"k"}`,
	`{"batch":[{"type":"identify","userId":"u","anonymousId":"a","traits":{"email":"A@b.c","company":{"id":1},"address":{"country":"de"},"createdAt":"x"}}]}`,
	`{"batch":[{"type":"group","anonymousId":"a","groupId":7,"traits":{"employees":"10-50","createdAt":1700000000}}]}`,
	`{"batch":[{"type":"page","userId":"u","properties":{"url":"https://u:p@h/1/2?q#f"}},{"type":"alias","userId":"u","previousId":"p"},{"type":"screen"}]}`,
	`{"batch":[{"type":"track","userId":"u","event":"Quiz Passed","properties":{"quiz_id":"q","score":"7","max_score":0}}]}`,
	`{"batch":[null,1,"x",[],{},{"type":{}},{"userId":[]}]}`, `{"batch":{}}`, `{"batch":[{"a":1,"a":2}]}`, "{\"batch\":[\"\xff\"]}", `{"batch":[`, `[]`, ``, `{"type":"track"}`,
	`{"userId":"u\u0000v","event":"\ud800","batch":[{"type":"track","userId":"\u0000","event":"E"}]}`, strings.Repeat(`{"batch":[`, 70),
}

// FuzzBatch checks, whatever is sent, what must hold of the answer: it is sound
// JSON or refused as the standard library refuses it, each event is taken or
// said to be refused, and what is taken fits its fact and its bounds.
func FuzzBatch(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	s := &Service{opt: Options{}}
	s.opt.fill()
	s.rules.Store(newRules(nil))
	s.plan.Store(&compiledPlan{})
	received := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body []byte, batched bool) {
		env, err := openEnvelope(slices.Clone(body), batched)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a word")
			}
			return
		}
		if !stdjson.Valid(body) || !utf8.Valid(body) {
			t.Fatalf("taken, though it is no JSON: %q", body)
		}
		sameAsTheLibrary(t, env, body)
		call := Track
		if batched {
			call = ""
		}
		r := s.judge(env, call, received, "DE")
		refused := map[int]bool{}
		for _, p := range r.problems {
			if p.Path == "" || p.Rule == "" || p.Remedy == "" || p.Index < 0 || p.Index >= len(env.events) {
				t.Errorf("problem %+v", p)
			}
			if p.Refused {
				refused[p.Index] = true
			}
		}
		if len(refused)+len(r.items) != len(env.events) {
			t.Errorf("%d events, %d taken, %d said to be refused", len(env.events), len(r.items), len(refused))
		}
		for i := range r.items {
			checkItem(t, &r.items[i], received)
		}
	})
}

// sameAsTheLibrary holds what was taken apart here against what the standard
// library finds.
func sameAsTheLibrary(t *testing.T, env *envelope, body []byte) {
	t.Helper()
	events := []stdjson.RawMessage{body}
	if env.batched {
		events = nil
		var members map[string]stdjson.RawMessage
		if err := errors.Join(stdjson.Unmarshal(body, &members), stdjson.Unmarshal(members["batch"], &events)); err != nil {
			t.Fatal(err)
		}
	}
	if len(events) != len(env.events) {
		t.Fatalf("%d events of %d in %q", len(env.events), len(events), body)
	}
	for i, raw := range events {
		if !bytes.Equal(bytes.TrimSpace(raw), bytes.TrimSpace(env.events[i])) {
			t.Fatalf("event %d of %q is %q", i, body, env.events[i])
		}
		var members map[string]stdjson.RawMessage
		if stdjson.Unmarshal(raw, &members) != nil || members == nil {
			continue
		}
		e := decodeEvent(env.events[i], i, "")
		var user string
		if stdjson.Unmarshal(members["userId"], &user) == nil && len(user) <= maxID && strings.ReplaceAll(user, "\x00", "") != e.user {
			t.Errorf("userId %q of %q", e.user, raw)
		}
		var properties map[string]any
		if stdjson.Unmarshal(members["properties"], &properties) == nil && properties != nil && !bytes.Equal(members["properties"], e.properties) {
			t.Errorf("properties %q of %q", e.properties, raw)
		}
	}
}

func checkItem(t *testing.T, it *item, received time.Time) {
	t.Helper()
	if it.at.Before(earliest) || it.at.After(received) {
		t.Errorf("at %v", it.at)
	}
	if it.user == "" && it.anonymous == "" {
		t.Error("of nobody")
	}
	if o := it.occurred; o != nil {
		if len(o.attributes) > maxAttributes+len(activityIDs) || o.id == "" || strings.Contains(o.id, "#") || o.attributes[attrEvent] == "" {
			t.Errorf("occurrence %+v", o)
		}
		for k, v := range o.attributes {
			if len(k) > maxAttributeName || len(v) > max(maxAttribute, maxID) || !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				t.Errorf("attribute %q: %q", k, v)
			}
		}
		_, row := newRules(nil).placeOf(o)
		fits(t, row.Fact, row.Values)
	}
	for _, s := range []*statement{it.profile.person, it.profile.account} {
		if s == nil {
			continue
		}
		row := s.row()
		fits(t, row.Fact, row.Values)
		if len(s.attributes) > maxTraits {
			t.Errorf("%d traits", len(s.attributes))
		}
	}
}

// fits says whether values are of the types that a fact's fields have.
func fits(t *testing.T, fact string, values map[string]any) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		field := fieldOf(fact, name)
		ok := false
		switch v := values[name].(type) {
		case string:
			ok = v != "" && utf8.ValidString(v) && (len(field.Values) == 0 || slices.Contains(field.Values, v))
		case float64:
			ok = (field.Min == nil || v >= *field.Min) && (field.Max == nil || v <= *field.Max)
		case int64:
			ok = field.Min == nil || float64(v) >= *field.Min
		case time.Time:
			ok = v.Year() > 0 && v.Year() < 10000
		case bool:
			ok = true
		}
		if field.Name == "" || !ok {
			t.Errorf("%s.%s: %v", fact, name, values[name])
		}
	}
}

// FuzzTime checks that times that clients write are read as what they are.
func FuzzTime(f *testing.F) {
	for _, s := range []string{"2026-11-22T12:00:00Z", "2026-11-22T12:00:00.123456789+05:30", "1763596800123", "1763596800", "-1", "1e300", "NaN", "Infinity", "0001-01-01T00:00:00Z", "2026-11-22", ""} {
		f.Add(s, s)
	}
	received := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, timestamp, sentAt string) {
		at, flaw := newClock(received, sentAt).correct(timestamp)
		if at.Before(earliest) || at.After(received) {
			t.Errorf("%q sent at %q: %v (%s)", timestamp, sentAt, at, flaw)
		}
		if want, err := time.Parse(time.RFC3339Nano, timestamp); err == nil && sentAt == "" && flaw == "" && received.Sub(want) > time.Second {
			if d := want.Sub(at); d < 0 || d >= time.Microsecond {
				t.Errorf("%q: %v", timestamp, at)
			}
		}
	})
}

// FuzzDepth compares the bound on nesting with the standard library's decoder.
func FuzzDepth(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Add([]byte(`["\"]]]",[[]]]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if !stdjson.Valid(body) {
			return
		}
		deepest, depth := 0, 0
		for d := stdjson.NewDecoder(bytes.NewReader(body)); ; {
			token, err := d.Token()
			if err != nil {
				break
			}
			switch token {
			case stdjson.Delim('{'), stdjson.Delim('['):
				depth++
				deepest = max(deepest, depth)
			case stdjson.Delim('}'), stdjson.Delim(']'):
				depth--
			}
		}
		for _, limit := range []int{0, 1, 2, deepest - 1, deepest, deepest + 1} {
			if _, deep := tooDeep(body, limit); limit >= 0 && deep != (deepest > limit) {
				t.Errorf("%d deep, bound %d: %v", deepest, limit, deep)
			}
		}
	})
}

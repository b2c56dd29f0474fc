package xapi_test

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/xapi"
)

// FuzzParse: no text breaks the parser; what it refuses it explains; what it
// accepts is JSON that means the same in other white space and in a batch.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/full.json", "testdata/statement.json"} {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, r := range contentRules() {
		for _, e := range append(r.Accepts[:len(r.Accepts):len(r.Accepts)], r.Refuses...) {
			f.Add(e.statement(f))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, v := range both {
			s, err := xapi.Parse(v, text)
			if err != nil {
				explained(t, err)
			} else {
				sameWhenReformatted(t, v, s)
			}
			batch := append(append([]byte("["), text...), ']')
			if _, batchErr := xapi.ParseBatch(v, batch); err == nil && batchErr != nil {
				t.Errorf("accepted alone, in a batch: %v", batchErr)
			} else if batchErr != nil {
				explained(t, batchErr)
			}
			if _, err := xapi.ParseActor(v, text, "agent"); err != nil {
				explained(t, err)
			}
		}
	})
}

// explained wants problems that say where, what and by which rule.
func explained(t *testing.T, err error) {
	t.Helper()
	var problems xapi.Problems
	if !errors.As(err, &problems) || len(problems) == 0 {
		t.Fatalf("error is a %T, want Problems", err)
	}
	for _, p := range problems {
		if p.Path == "" || p.Rule == "" || p.Section == "" || len(p.Error()) > 4000 || !utf8.ValidString(p.Error()) {
			t.Errorf("problem %#v lacks something, is too long or no UTF-8", p)
		}
	}
}

// sameWhenReformatted parses an accepted statement's text in other white space.
func sameWhenReformatted(t *testing.T, v xapi.Version, s *xapi.Statement) {
	t.Helper()
	if !s.Raw.IsValid() {
		t.Fatalf("accepted text is no JSON: %s", s.Raw)
	}
	compact := s.Raw.Clone()
	if err := compact.Compact(jsontext.PreserveRawStrings(true)); err != nil {
		t.Fatal(err)
	}
	indented := compact.Clone()
	if err := indented.Indent(jsontext.PreserveRawStrings(true)); err != nil {
		t.Fatal(err)
	}
	again, err := xapi.Parse(v, indented)
	if err != nil {
		t.Fatalf("the indented text is refused: %v", err)
	}
	plain, err := xapi.Parse(v, compact)
	if err != nil {
		t.Fatalf("the compact text is refused: %v", err)
	}
	if same, difference := xapi.Equal(again, plain); !same {
		t.Errorf("white space makes a difference: %s", difference)
	}
	if !reflect.DeepEqual(again.Actor, plain.Actor) || again.ID != plain.ID || again.Verb.ID != plain.Verb.ID {
		t.Error("white space changes what is read")
	}
}

// FuzzDuration: what is accepted has a length, and stays a duration when cut.
func FuzzDuration(f *testing.F) {
	for _, text := range []string{"PT4H35M59.14S", "P3Y1M29DT4H35M59.14S", "P4W", "P4W1D", "PT1,999S", "P", "PT", "P1DT", "PT99999999999999999999S", "P0003-06-04T12:30:05"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := xapi.ParseDuration(text)
		if err != nil {
			var problem *xapi.Problem
			if !errors.As(err, &problem) || problem.Rule == "" || problem.Section == "" || !utf8.ValidString(err.Error()) {
				t.Errorf("%q gives %#v", text, err)
			}
			return
		}
		cut, err := xapi.ParseDuration(d.Truncated())
		if err != nil {
			t.Fatalf("%s is cut to %s: %v", text, d.Truncated(), err)
		}
		if d.Approximate() < 0 || cut.Approximate() > d.Approximate() || d.Approximate()-cut.Approximate() > 10*time.Millisecond+time.Microsecond {
			t.Errorf("%s is %v long, and cut %v", text, d.Approximate(), cut.Approximate())
		}
		if cut.Truncated() != cut.String() || !strings.HasPrefix(text, "P") {
			t.Errorf("%s is cut to %s, then to %s", text, cut, cut.Truncated())
		}
	})
}

// FuzzTimestamp: version 2.0 accepts what RFC 3339 says, which version 1.0.3
// reads as the same instant.
func FuzzTimestamp(f *testing.F) {
	for _, text := range []string{"2015-11-18T12:17:00+00:00", "2015-11-18T12:17:00.123456789Z", "2016-12-31T23:59:60Z", "20151118T121700Z", "2015-11-18T12:17", "2008-09-15T15:53:00.601-00", "0000-01-01T00:00:00+01:00", "2015-11-18t12:17:00,5z"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		one, errOne := xapi.ParseTimestamp(xapi.V1, text)
		two, errTwo := xapi.ParseTimestamp(xapi.V2, text)
		if errTwo == nil && (errOne != nil || !one.Equal(two)) {
			t.Errorf("%s is %v in 2.0, and in 1.0.3 %v, %v", text, two, one, errOne)
		}
		if std, err := time.Parse(time.RFC3339Nano, text); errTwo == nil && err == nil && !std.Equal(two) {
			t.Errorf("%s is %v, and for package time %v", text, two, std)
		} else if err == nil && errTwo != nil && !excused(text, std) {
			t.Errorf("%s is refused (%v), but is RFC 3339", text, errTwo)
		}
		if errOne == nil {
			if back, err := xapi.ParseTimestamp(xapi.V2, one.Format(time.RFC3339Nano)); err != nil || !back.Equal(one) {
				t.Errorf("%s is %v, which reads back as %v, %v", text, one, back, err)
			}
		}
	})
}

// excused tells why package time may accept what we refuse: the unknown zone,
// a year out of range in UTC, and its leniency with commas.
func excused(text string, at time.Time) bool {
	year := at.UTC().Year()
	return strings.HasSuffix(text, "-00:00") || year < 0 || year > 9999 || strings.Contains(text, ",")
}

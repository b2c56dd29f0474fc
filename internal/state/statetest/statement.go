package statetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

var statementTests = []test{
	{"AreGivenBackWithStored", func(s *suite) {
		n := plain(1)
		n.Body = []byte(` {"id":"x","timestamp":"2020-01-01T00:00:00Z","n":1.50} `)
		n.Credential, n.Country = "key", "NO"
		places := s.put(n)
		got := s.statement(1)
		if got.Seq != places[0] || got.Seq <= 0 || got.Voided || got.Credential != "key" || got.Country != "NO" || len(got.Attachments) != 0 {
			s.Errorf("got %+v", got)
		}
		if !strings.HasPrefix(string(got.Body), `{"id":"x","timestamp":"2020-01-01T00:00:00Z","n":1.50`) {
			s.Errorf("the body is not as it was given: %s", got.Body)
		}
		s.hasTimes(got, "2020-01-01T00:00:00Z")
	}},
	{"WithoutTimestampTakeStored", func(s *suite) {
		n := plain(1)
		n.NoTimestamp = true
		empty := plain(2)
		empty.Body, empty.NoTimestamp = []byte(`{ }`), true
		s.put(n, empty)
		for _, k := range []int{1, 2} {
			got := s.statement(k)
			s.hasTimes(got, got.Stored.Format("2006-01-02T15:04:05.000000Z"))
		}
	}},
	{"ThatAreNoObjectsAreRefused", func(s *suite) {
		for _, body := range []string{"", "[]", `"x"`, "{"} {
			n := plain(1)
			n.Body = []byte(body)
			_, err := s.PutStatements(s.ctx, []state.NewStatement{n}, nil, nil)
			s.fails(err, fault.Invalid)
		}
		for _, name := range []string{"", "x", "00000000-0000-4000-8000-00000000000G", "00000000-0000-4000-8000-00000000000A"} {
			n := plain(1)
			n.ID = name
			_, err := s.PutStatements(s.ctx, []state.NewStatement{n}, nil, nil)
			s.fails(err, fault.Invalid)
		}
		s.finds(state.Filter{WithVoided: true})
	}},
	{"OfNoIDAreNotFound", func(s *suite) {
		s.put(plain(1))
		for _, name := range []string{id(2), "", "nonsense", strings.ToUpper(id(0xabc))} {
			_, err := s.Statement(s.ctx, name)
			s.fails(err, fault.NotFound)
		}
	}},
	{"AnEmptyBatchIsNothing", func(s *suite) {
		places, err := s.PutStatements(s.ctx, nil, nil, nil)
		s.ok(err)
		if len(places) != 0 {
			s.Errorf("places %v", places)
		}
		s.finds(state.Filter{})
	}},
	{"PlacesAreInTheOrderOfTheBatch", func(s *suite) {
		places := append(s.put(plain(3), plain(1)), s.put(plain(2))...)
		if !slices.IsSorted(places) || places[0] == places[1] || places[1] == places[2] {
			s.Errorf("places %v do not increase", places)
		}
		for i, n := range []int{3, 1, 2} {
			if got := s.statement(n).Seq; got != places[i] {
				s.Errorf("statement %d is at %d, want %d", n, got, places[i])
			}
		}
	}},
	{"StoredAlreadyAreCompared", storedAlready},
	{"ThatDifferRefuseTheBatch", differ},
	{"TwiceInABatchAreCompared", func(s *suite) {
		var seen []int
		places, err := s.PutStatements(s.ctx, []state.NewStatement{plain(1), plain(2), plain(1)}, nil, func(i int, old state.Statement) error {
			seen = append(seen, i)
			if old.ID != id(1) || old.Stored.IsZero() {
				s.Errorf("compared with %+v", old)
			}
			return nil
		})
		s.ok(err)
		if !slices.Equal(seen, []int{2}) || places[0] != places[2] {
			s.Errorf("compared %v, places %v", seen, places)
		}
		s.finds(state.Filter{}, 2, 1)
	}},
	{"APanicOfTheComparisonRefusesTheBatchAlone", func(s *suite) {
		s.put(plain(1))
		_, err := s.PutStatements(s.ctx, []state.NewStatement{plain(2), plain(1)}, nil, func(int, state.Statement) error { panic("oops") })
		s.fails(err, fault.Internal)
		s.put(plain(3))
		s.finds(state.Filter{}, 3, 1)
	}},
	{"AreThereWhenOpenedAgain", func(s *suite) {
		s.put(plain(1, agent("a")), voiding(2, 1, agent("a")), about(3, 1))
		before := s.statement(1)
		s.reopen()
		if after := s.statement(1); !bytes.Equal(before.Body, after.Body) || after.Seq != before.Seq || !after.Voided {
			s.Errorf("opened again %+v, want %+v", after, before)
		}
		s.finds(all(agent("a")), 3, 2)
		if next := s.put(plain(4)); next[0] <= s.statement(3).Seq {
			s.Errorf("place %d was given twice", next[0])
		}
	}},
	{"ContentsAreKeptOnce", contentsOnce},
	{"ContentsOfRefusedBatchesAreNotKept", func(s *suite) {
		s.put(plain(1))
		n := plain(2)
		n.Attachments = []string{"aa"}
		_, err := s.PutStatements(s.ctx, []state.NewStatement{n, plain(1)}, []state.Content{{SHA2: "aa", ContentType: "text/plain", Data: []byte("x")}},
			func(int, state.Statement) error { return errors.New("differs") })
		if err == nil {
			s.Error("the batch was stored")
		}
		_, err = s.Content(s.ctx, "aa")
		s.fails(err, fault.NotFound)
	}},
	{"DefinitionsAreMerged", definitions},
	{"ARefusedDefinitionRefusesTheBatch", func(s *suite) {
		good, bad := plain(1), plain(2)
		good.Definitions = []state.Definition{{Activity: "a", JSON: []byte("one")}}
		bad.Definitions = []state.Definition{{Activity: "a", JSON: []byte("refuse")}}
		_, err := s.PutStatements(s.ctx, []state.NewStatement{good, bad}, nil, nil)
		s.fails(err, fault.Invalid)
		s.hasDefinition("a", "")
		s.put(good)
		s.hasDefinition("a", "one")
		s.finds(state.Filter{}, 1)
	}},
	{"NamesAreKeptOldestFirst", func(s *suite) {
		for i, name := range []string{"Zoe", "Ada", "Zoe", "Bob"} {
			n := plain(i + 1)
			n.Names = []state.AgentName{{Agent: "x", Name: name}, {Agent: "y", Name: "other"}}
			s.put(n)
		}
		names, err := s.AgentNames(s.ctx, "x")
		s.ok(err)
		if !slices.Equal(names, []string{"Zoe", "Ada", "Bob"}) {
			s.Errorf("names %v", names)
		}
		names, err = s.AgentNames(s.ctx, "z")
		s.ok(err)
		if len(names) != 0 {
			s.Errorf("names %v of an unknown agent", names)
		}
	}},
}

// hasTimes checks the times in a body.
func (s *suite) hasTimes(st state.Statement, timestamp string) {
	s.Helper()
	var got struct{ Stored, Timestamp string }
	if err := json.Unmarshal(st.Body, &got); err != nil {
		s.Fatalf("%s: %v", st.Body, err)
	}
	stored, err := time.Parse(time.RFC3339Nano, got.Stored)
	s.ok(err)
	if !stored.Equal(st.Stored) || st.Stored.Location() != time.UTC {
		s.Errorf("stored is %s in the body and %s beside it", got.Stored, st.Stored)
	}
	if got.Timestamp != timestamp {
		s.Errorf("timestamp is %q, want %q", got.Timestamp, timestamp)
	}
}

func storedAlready(s *suite) {
	first := s.put(plain(1, agent("a")))
	before := s.statement(1)
	again := plain(1, agent("b"))
	again.Body = []byte(`{"other":true}`)
	again.Names = []state.AgentName{{Agent: "b", Name: "B"}}
	calls := 0
	places, err := s.PutStatements(s.ctx, []state.NewStatement{plain(2), again}, nil, func(i int, old state.Statement) error {
		calls++
		if i != 1 || old.ID != id(1) || !bytes.Equal(old.Body, before.Body) || !old.Stored.Equal(before.Stored) {
			s.Errorf("statement %d was compared with %+v", i, old)
		}
		return nil
	})
	s.ok(err)
	if calls != 1 || places[1] != first[0] || places[0] <= first[0] {
		s.Errorf("%d calls, places %v", calls, places)
	}
	if after := s.statement(1); !bytes.Equal(after.Body, before.Body) {
		s.Errorf("the stored statement changed to %s", after.Body)
	}
	s.finds(all(agent("b")))
	s.finds(state.Filter{}, 2, 1)
	if names, err := s.AgentNames(s.ctx, "b"); err != nil || len(names) != 0 {
		s.Errorf("names %v of a statement that was not stored, %v", names, err)
	}
}

func differ(s *suite) {
	s.put(plain(1))
	last, err := s.LastChange(s.ctx)
	s.ok(err)
	mine := errors.New("differs")
	n := plain(2, agent("a"))
	n.Definitions = []state.Definition{{Activity: "a", JSON: []byte("one")}}
	n.Names = []state.AgentName{{Agent: "a", Name: "A"}}
	_, err = s.PutStatements(s.ctx, []state.NewStatement{n, plain(1), plain(3)}, nil, func(int, state.Statement) error { return mine })
	if !errors.Is(err, mine) {
		s.Fatalf("error %v, want that of the comparison", err)
	}
	s.finds(state.Filter{}, 1)
	s.finds(all(agent("a")))
	for _, k := range []int{2, 3} {
		_, err := s.Statement(s.ctx, id(k))
		s.fails(err, fault.NotFound)
	}
	s.hasDefinition("a", "")
	if now, err := s.LastChange(s.ctx); err != nil || now != last {
		s.Errorf("the latest change is %d, want %d, %v", now, last, err)
	}
	s.put(n)
	s.hasDefinition("a", "one")
	if names, err := s.AgentNames(s.ctx, "a"); err != nil || len(names) != 1 {
		s.Errorf("names %v, %v", names, err)
	}
}

func contentsOnce(s *suite) {
	one, two := plain(1), plain(2)
	one.Attachments, two.Attachments = []string{"aa", "bb"}, []string{"aa"}
	c := state.Content{SHA2: "aa", ContentType: "image/png", Data: []byte{0, 1, 255}}
	for _, n := range []state.NewStatement{one, two} {
		_, err := s.PutStatements(s.ctx, []state.NewStatement{n}, []state.Content{c, {SHA2: "stray", ContentType: "x/y", Data: []byte("z")}}, nil)
		s.ok(err)
	}
	got, err := s.Content(s.ctx, "aa")
	s.ok(err)
	if got.ContentType != c.ContentType || !bytes.Equal(got.Data, c.Data) || got.SHA2 != "aa" {
		s.Errorf("content %+v", got)
	}
	if a := s.statement(1).Attachments; !slices.Equal(a, []string{"aa", "bb"}) {
		s.Errorf("attachments %v", a)
	}
	_, err = s.Content(s.ctx, "stray")
	s.fails(err, fault.NotFound)
}

func definitions(s *suite) {
	for i, said := range []string{"one", "two", "one", "two", "three"} {
		n := plain(i + 1)
		n.Definitions = []state.Definition{{Activity: "a", JSON: []byte(said)}, {Activity: "b", JSON: []byte("same")}}
		s.put(n)
	}
	s.hasDefinition("a", "one\ntwo\nthree")
	s.hasDefinition("b", "same")
	s.hasDefinition("c", "")
	many := []string{"a", "c", "b", "a", "", "with \" and \u0000"}
	for i := range 2000 { // more than one look-up asks for
		many = append(many, fmt.Sprint("https://example.com/", i))
	}
	known, err := s.Definitions(s.ctx, many...)
	s.ok(err)
	if len(known) != 2 || string(known["a"]) != "one\ntwo\nthree" || string(known["b"]) != "same" {
		s.Errorf("together they are defined as %q", known)
	}
	if known, err = s.Definitions(s.ctx); err != nil || len(known) != 0 {
		s.Errorf("of no activities %q is known: %v", known, err)
	}
	s.reopen()
	s.hasDefinition("a", "one\ntwo\nthree")
}

// hasDefinition checks what is known of an activity; "" stands for nothing.
func (s *suite) hasDefinition(name, want string) {
	s.Helper()
	known, err := s.Definitions(s.ctx, name)
	s.ok(err)
	if got, defined := known[name]; string(got) != want || defined != (want != "") {
		s.Errorf("%s is defined as %q, want %q", name, got, want)
	}
}

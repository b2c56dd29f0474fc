package statetest

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// Keys for tests: two states of one activity and agent, and others beside them.
var (
	shelf  = state.Shelf{Resource: state.StateResource, Activity: "act", Agent: "ann"}
	inReg  = state.Shelf{Resource: state.StateResource, Activity: "act", Agent: "ann", Registration: "reg"}
	others = []state.Shelf{
		{Resource: state.StateResource, Activity: "act", Agent: "bob"},
		{Resource: state.StateResource, Activity: "other", Agent: "ann"},
		{Resource: state.ActivityProfile, Activity: "act"},
		{Resource: state.AgentProfile, Agent: "ann"},
	}
)

var documentTests = []test{
	{"AreGivenBackAsTheyWere", func(s *suite) {
		key := state.DocumentKey{Shelf: inReg, ID: "x"}
		s.write(key, "\x00\xff{}")
		d, err := s.Document(s.ctx, key)
		s.ok(err)
		if d.Key != key || d.ContentType != "text/x" || string(d.Body) != "\x00\xff{}" {
			s.Errorf("document %+v", d)
		}
		if d.Updated.Before(start) || d.Updated.After(start.Add(time.Second)) {
			s.Errorf("updated %s, the clock stands at %s", d.Updated, start)
		}
	}},
	{"HaveTheSHA1AsETag", func(s *suite) {
		key := state.DocumentKey{Shelf: shelf, ID: "x"}
		// FIPS 180-2, appendix A.1, and the well-known digest of nothing.
		for body, want := range map[string]string{
			"abc": "a9993e364706816aba3e25717850c26c9cd0d89d",
			"":    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		} {
			s.write(key, body)
			if d, err := s.Document(s.ctx, key); err != nil || d.ETag != want || len(d.Body) != len(body) {
				s.Errorf("ETag %q of %q, want %q, %v", d.ETag, d.Body, want, err)
			}
		}
	}},
	{"OfOtherKeysAreNotFound", func(s *suite) {
		s.write(state.DocumentKey{Shelf: shelf, ID: "x"}, "one")
		for _, k := range append(slices.Clone(others), inReg) {
			_, err := s.Document(s.ctx, state.DocumentKey{Shelf: k, ID: "x"})
			s.fails(err, fault.NotFound)
		}
		_, err := s.Document(s.ctx, state.DocumentKey{Shelf: shelf, ID: "X"})
		s.fails(err, fault.NotFound)
	}},
	{"ChangeSeesWhatIsThere", changeSees},
	{"AnErrorOfTheChangeLeavesAllAsItWas", func(s *suite) {
		key, mine := state.DocumentKey{Shelf: shelf, ID: "x"}, errors.New("refused")
		s.write(key, "one")
		before, err := s.Document(s.ctx, key)
		s.ok(err)
		s.clock.move(time.Minute)
		err = s.ChangeDocument(s.ctx, key, func(d *state.Document) (*state.Document, error) {
			d.Body = []byte("two")
			return d, mine
		})
		if !errors.Is(err, mine) {
			s.Errorf("error %v, want that of the change", err)
		}
		after, err := s.Document(s.ctx, key)
		s.ok(err)
		if !bytes.Equal(before.Body, after.Body) || !after.Updated.Equal(before.Updated) {
			s.Errorf("the document is %+v, was %+v", after, before)
		}
	}},
	{"ChangesDoNotOverlap", changesDoNotOverlap},
	{"UpdatedIncreasesWhenTheClockDoesNot", func(s *suite) {
		key := state.DocumentKey{Shelf: shelf, ID: "x"}
		s.write(key, "one")
		before, err := s.Document(s.ctx, key)
		s.ok(err)
		s.clock.move(-time.Hour)
		s.write(key, "two")
		after, err := s.Document(s.ctx, key)
		s.ok(err)
		if !after.Updated.After(before.Updated) {
			s.Errorf("updated %s, before that %s", after.Updated, before.Updated)
		}
	}},
	{"ListsNameAShelf", func(s *suite) {
		s.write(state.DocumentKey{Shelf: shelf, ID: "b"}, "1")
		s.write(state.DocumentKey{Shelf: shelf, ID: "a"}, "2")
		s.write(state.DocumentKey{Shelf: inReg, ID: "b"}, "3")
		s.write(state.DocumentKey{Shelf: inReg, ID: "c"}, "4")
		for i, o := range others {
			s.write(state.DocumentKey{Shelf: o, ID: strconv.Itoa(i)}, "x")
		}
		s.lists(shelf, false, time.Time{}, "a", "b")
		s.lists(inReg, false, time.Time{}, "b", "c")
		s.lists(shelf, true, time.Time{}, "a", "b", "c")
		for i, o := range others {
			s.lists(o, false, time.Time{}, strconv.Itoa(i))
		}
		s.lists(state.Shelf{Resource: state.AgentProfile, Agent: "act"}, true, time.Time{})
	}},
	{"ListsAreOfChangesAfterSince", func(s *suite) {
		a, b := state.DocumentKey{Shelf: shelf, ID: "a"}, state.DocumentKey{Shelf: shelf, ID: "b"}
		s.write(a, "1")
		s.clock.move(time.Minute)
		s.write(b, "2")
		d, err := s.Document(s.ctx, b)
		s.ok(err)
		s.lists(shelf, false, start.Add(30*time.Second), "b")
		s.lists(shelf, false, d.Updated)
		s.lists(shelf, false, d.Updated.Add(-time.Microsecond), "b")
		s.clock.move(time.Minute)
		s.write(a, "3")
		s.lists(shelf, false, d.Updated, "a")
	}},
	{"ClearingAShelfLeavesTheOthers", func(s *suite) {
		for _, k := range append(slices.Clone(others), shelf, inReg) {
			s.write(state.DocumentKey{Shelf: k, ID: "x"}, "1")
		}
		s.ok(s.ClearShelf(s.ctx, shelf, false))
		s.lists(shelf, true, time.Time{}, "x")
		s.lists(shelf, false, time.Time{})
		s.write(state.DocumentKey{Shelf: shelf, ID: "y"}, "1")
		s.ok(s.ClearShelf(s.ctx, shelf, true))
		s.lists(shelf, true, time.Time{})
		for _, o := range others {
			s.lists(o, false, time.Time{}, "x")
		}
	}},
	{"OfAnAgentAreThoseOfAllKinds", func(s *suite) {
		for i, k := range append(slices.Clone(others), shelf, inReg) {
			s.write(state.DocumentKey{Shelf: k, ID: strconv.Itoa(i)}, "1")
		}
		var got []string
		s.ok(s.DocumentsOf(s.ctx, "ann", func(d state.Document) error {
			got = append(got, d.Key.ID)
			return nil
		}))
		if slices.Sort(got); !slices.Equal(got, []string{"1", "3", "4", "5"}) {
			s.Errorf("documents %v", got)
		}
		s.ok(s.DocumentsOf(s.ctx, "", func(state.Document) error { return errors.New("given for nobody") }))
		stop := errors.New("stop")
		if err := s.DocumentsOf(s.ctx, "ann", func(state.Document) error { return stop }); !errors.Is(err, stop) {
			s.Errorf("error %v, want that of the reader", err)
		}
	}},
}

// write stores a document.
func (s *suite) write(key state.DocumentKey, body string) {
	s.Helper()
	s.ok(s.ChangeDocument(s.ctx, key, func(*state.Document) (*state.Document, error) {
		return &state.Document{ContentType: "text/x", Body: []byte(body), ETag: "ignored", Updated: time.Unix(0, 0)}, nil
	}))
}

func (s *suite) lists(shelf state.Shelf, every bool, since time.Time, want ...string) {
	s.Helper()
	got, err := s.DocumentIDs(s.ctx, shelf, every, since)
	s.ok(err)
	if slices.Sort(got); !slices.Equal(got, append([]string{}, want...)) {
		s.Errorf("%+v lists %v, want %v", shelf, got, want)
	}
}

func changeSees(s *suite) {
	key := state.DocumentKey{Shelf: shelf, ID: "x"}
	s.ok(s.ChangeDocument(s.ctx, key, func(d *state.Document) (*state.Document, error) {
		if d != nil {
			s.Errorf("given %+v where there is nothing", d)
		}
		return nil, nil
	}))
	_, err := s.Document(s.ctx, key)
	s.fails(err, fault.NotFound)
	s.write(key, "one")
	s.ok(s.ChangeDocument(s.ctx, key, func(d *state.Document) (*state.Document, error) {
		if d == nil || string(d.Body) != "one" || d.ETag != "fe05bcdcdc4928012781a5f1a2a77cbb5398e106" { // sha1sum of "one"
			s.Errorf("given %+v", d)
		}
		return nil, nil
	}))
	_, err = s.Document(s.ctx, key)
	s.fails(err, fault.NotFound)
}

func changesDoNotOverlap(s *suite) {
	key := state.DocumentKey{Shelf: shelf, ID: "count"}
	s.write(key, "0")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				err := s.ChangeDocument(s.ctx, key, func(d *state.Document) (*state.Document, error) {
					n, err := strconv.Atoi(string(d.Body))
					return &state.Document{ContentType: "x/y", Body: []byte(strconv.Itoa(n + 1))}, err
				})
				if err != nil {
					s.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if d, err := s.Document(s.ctx, key); err != nil || string(d.Body) != "80" {
		s.Errorf("counted to %s of 80, %v", d.Body, err)
	}
}

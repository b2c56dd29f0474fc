package forward_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/forward"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

const coached = `,"context":{"instructor":{"mbox":"mailto:coach@example.com"}}`

var assigned = regexp.MustCompile(`,?"stored":"[^"]*"`)

// rewrite puts a pseudonym in the coach's place, as an erasure does.
func (s *source) rewrite(t *testing.T, service *forward.Service, n int) {
	t.Helper()
	forget(t, service, n)
	old, err := s.Statement(t.Context(), id(n))
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Replace(string(old.Body), `"mbox":"mailto:coach@example.com"`, `"account":{"homePage":"https://erased.invalid","name":"pseudonym"}`, 1)
	again, err := lrs.Rewrite(old, []byte(assigned.ReplaceAllString(body, "")))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ReplaceStatement(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	forget(t, service, n)
}

func forget(t *testing.T, service *forward.Service, n int) {
	t.Helper()
	if err := service.Forget(t.Context(), []string{id(n)}); err != nil {
		t.Fatal(err)
	}
}

func noLetters(t *testing.T, service *forward.Service) {
	t.Helper()
	if letters, err := service.DeadLetters(t.Context(), "there", 0, 10); err != nil || len(letters) != 0 {
		t.Errorf("letters %+v, %v", letters, err)
	}
}

// sent says whether a text was in any request.
func (x *there) sent(text string) bool {
	for _, r := range x.seen() {
		if strings.Contains(r.body, text) {
			return true
		}
	}
	return false
}

// The pseudonym beside the statement as it was would say whose it is.
func TestPseudonymsAreNotSentWhereTheStatementIs(t *testing.T) {
	for name, gate := range map[string]func(http.ResponseWriter, *http.Request, []byte) bool{
		"may read": nil,
		"may only write": func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
			if r.Method == http.MethodPost {
				return false
			}
			http.Error(w, "not for you", http.StatusForbidden)
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, x := newSource(t), newThere(t, gate)
			s.put(t, xapi.V1, statement(1, did, coached), statement(2, did, coached))
			service, _ := s.service(t)
			add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
			delivered(t, service)
			s.rewrite(t, service, 1)
			s.some(t, 3, 3)
			status := delivered(t, service)
			x.expect(t, 1, 2, 3)
			if x.sent("erased.invalid") || status.Delivered != 3 {
				t.Errorf("the pseudonym was sent: %v, %+v", x.sent("erased.invalid"), status)
			}
			noLetters(t, service)
		})
	}
}

func TestStatementThatWasNotSentYetGoesWithThePseudonym(t *testing.T) {
	s := newSource(t)
	x := newThere(t, func(w http.ResponseWriter, r *http.Request, _ []byte) bool { // cannot be asked
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusInternalServerError)
		}
		return r.Method == http.MethodGet
	})
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	if err := service.Pause(t.Context(), "there", true); err != nil {
		t.Fatal(err)
	}
	s.put(t, xapi.V1, statement(1, did, coached), statement(2, did, ""))
	s.rewrite(t, service, 1)
	if err := service.Pause(t.Context(), "there", false); err != nil {
		t.Fatal(err)
	}
	until(t, service, "waiting", func(s forward.Status) bool { return s.State == forward.Waiting && s.Attempts > 1 })
	if x.sent("erased.invalid") {
		t.Error("the statement was sent though nobody knows whether it is there")
	}
	x.open()
	delivered(t, service)
	x.expect(t, 2, 1)
	if !x.sent("erased.invalid") || x.sent("coach@example.com") {
		t.Error("the statement did not arrive with the pseudonym alone")
	}
	noLetters(t, service)
}

func TestWhatWasStoredBeforeAForwardingBeganStaysOutWhenItIsRewritten(t *testing.T) {
	s, x := newSource(t), newThere(t, nil)
	s.put(t, xapi.V1, statement(1, did, coached))
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromNow)
	s.rewrite(t, service, 1)
	s.some(t, 2, 2)
	delivered(t, service)
	x.expect(t, 2)
}

// inFlight is a forwarding of a statement that the other store is about to
// refuse; answer lets it.
func inFlight(t *testing.T, status int) (s *source, service *forward.Service, x *there, answer func()) {
	t.Helper()
	arrived, goOn := make(chan struct{}), make(chan struct{})
	first := true
	s = newSource(t)
	x = newThere(t, func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method != http.MethodPost || !first {
			return false
		}
		first = false
		arrived <- struct{}{}
		<-goOn
		http.Error(w, "coach@example.com is not welcome", status)
		return true
	})
	s.put(t, xapi.V1, statement(1, did, coached))
	service, _ = s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	<-arrived
	return s, service, x, func() { close(goOn) }
}

func TestRefusalThatComesAfterTheErasureIsNotKept(t *testing.T) {
	for name, erase := range map[string]func(t *testing.T, s *source, service *forward.Service){
		"rewritten": func(t *testing.T, s *source, service *forward.Service) { s.rewrite(t, service, 1) },
		"deleted": func(t *testing.T, s *source, service *forward.Service) {
			forget(t, service, 1)
			if _, err := s.DeleteStatements(t.Context(), []string{id(1)}); err != nil {
				t.Fatal(err)
			}
			forget(t, service, 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, service, x, answer := inFlight(t, http.StatusBadRequest)
			erase(t, s, service)
			answer()
			delivered(t, service)
			noLetters(t, service)
			for i, r := range x.seen() {
				if i > 0 && strings.Contains(r.body, "coach@example.com") {
					t.Errorf("request %d, after the erasure, names the person", i+1)
				}
			}
		})
	}
}

func TestStatusDoesNotQuoteAnAnswerAboutErasedStatements(t *testing.T) {
	s := newSource(t)
	x := newThere(t, func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		w.Header().Set("Retry-After", "600")
		http.Error(w, "cannot store coach@example.com", http.StatusServiceUnavailable)
		return true
	})
	s.put(t, xapi.V1, statement(1, did, coached))
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	until(t, service, "quote", func(s forward.Status) bool { return strings.Contains(s.Error, "coach") })
	s.rewrite(t, service, 1)
	if status, err := service.Get(t.Context(), "there"); err != nil || status.State != forward.Waiting || strings.Contains(status.Error, "coach") {
		t.Errorf("%+v, %v", status, err)
	}
}

// counting counts the dead letters that a store gives.
type counting struct {
	*source
	given int
}

func (c *counting) DeadLetters(ctx context.Context, target string, after int64, n int) ([]state.DeadLetter, error) {
	letters, err := c.source.DeadLetters(ctx, target, after, n)
	c.given += len(letters)
	return letters, err
}

func (c *counting) DeadLettersOf(ctx context.Context, statements []string) ([]state.DeadLetter, error) {
	letters, err := c.source.DeadLettersOf(ctx, statements)
	c.given += len(letters)
	return letters, err
}

func TestForgettingReadsOnlyTheLettersThatGo(t *testing.T) {
	c := &counting{source: newSource(t)}
	service := forward.New(c, c.key, forward.Options{Now: time.Now})
	add(t, service, forward.Forwarding{Endpoint: "https://there.example/xapi"}, forward.FromBeginning)
	var letters []state.DeadLetter
	for n := range 600 {
		letters = append(letters, state.DeadLetter{Target: "there", Statement: id(n), Reason: fmt.Sprint("reason ", n)})
	}
	if err := c.AddDeadLetters(t.Context(), letters); err != nil {
		t.Fatal(err)
	}
	for from := 0; from < 400; from += 20 {
		var ids []string
		for n := range 20 {
			ids = append(ids, id(from+n))
		}
		if err := service.Forget(t.Context(), ids); err != nil {
			t.Fatal(err)
		}
	}
	if c.given != 400 {
		t.Errorf("%d letters were read to forget 400", c.given)
	}
	left, err := service.DeadLetters(t.Context(), "there", 0, 1000)
	if err != nil || len(left) != 200 {
		t.Fatalf("%d letters are left, %v", len(left), err)
	}
	if diff := cmp.Diff(id(400), left[0].Statement); diff != "" {
		t.Error(diff)
	}
}

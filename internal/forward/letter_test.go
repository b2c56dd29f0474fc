package forward_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/forward"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/lrs/protocol"
	"github.com/liftmark/liftmark/xapi"
)

func TestRefusedStatementIsFoundAmongItsBatch(t *testing.T) {
	refuse := func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if r.Method != http.MethodPost || !strings.Contains(string(body), "/lesson/5\"") && !strings.Contains(string(body), "/lesson/6\"") {
			return false
		}
		http.Error(w, "lessons 5 and 6\n\tare <b>not</b> wanted", http.StatusBadRequest)
		return true
	}
	s, x := newSource(t), newThere(t, refuse)
	s.some(t, 1, 12)
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	status := delivered(t, service)
	x.expect(t, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12)
	letters, err := service.DeadLetters(t.Context(), "there", 0, 10)
	if err != nil || len(letters) != 2 || status.DeadLetters != 2 {
		t.Fatalf("letters %+v, %v, %+v", letters, err, status)
	}
	if l := letters[0]; l.Statement != id(5) || l.Attempts != 1 || l.Reason != "the store answered 400: lessons 5 and 6 are <b>not</b> wanted" {
		t.Errorf("letter %+v", l)
	}

	if n, err := service.Replay(t.Context(), "there", []int64{letters[0].ID}); n != 0 || err != nil {
		t.Errorf("replay to a store that refuses gives %d, %v", n, err)
	}
	letters, err = service.DeadLetters(t.Context(), "there", 0, 10)
	if err != nil || len(letters) != 2 || letters[1].Statement != id(5) || letters[1].Attempts != 2 {
		t.Errorf("after a vain replay %+v, %v", letters, err)
	}
	if n, err := service.Discard(t.Context(), "there", []int64{letters[0].ID, 4711}); n != 1 || err != nil {
		t.Errorf("discard gives %d, %v", n, err)
	}
	x.open()
	if n, err := service.Replay(t.Context(), "there", nil); n != 1 || err != nil {
		t.Errorf("replay gives %d, %v", n, err)
	}
	x.expect(t, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 5)
	if left, err := service.DeadLetters(t.Context(), "there", 0, 10); err != nil || len(left) != 0 {
		t.Errorf("letters left %+v, %v", left, err)
	}
}

func TestReplayOfAnUnavailableStoreKeepsTheLetters(t *testing.T) {
	s := newSource(t)
	x := newThere(t, func(w http.ResponseWriter, _ *http.Request, _ []byte) bool { w.WriteHeader(400); return true })
	s.some(t, 1, 2)
	service, stop := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	delivered(t, service)
	stop()
	x.Close()
	if n, err := service.Replay(t.Context(), "there", nil); n != 0 || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("replay gives %d, %v", n, err)
	}
	letters, err := service.DeadLetters(t.Context(), "there", 0, 10)
	if err != nil || len(letters) != 2 || letters[0].Attempts != 1 {
		t.Errorf("letters %+v, %v", letters, err)
	}
}

func TestConflictCountsAsDeliveredOnlyWhenTheStatementsAreEqual(t *testing.T) {
	x := newThere(t, nil)
	s, other := newSource(t), &source{Store: x.store, lrs: lrs.New(x.store, lrs.Options{HomePage: "https://there.example"})}
	at := `,"timestamp":"2026-11-22T08:00:00Z"`
	s.put(t, xapi.V1, statement(1, did, at), statement(2, did, at), statement(3, did, at))
	other.put(t, xapi.V1, statement(1, did, at), statement(2, "https://acme.example/else", at))
	x.gate = func(w http.ResponseWriter, r *http.Request, body []byte) bool { // a store that knows no equality
		if r.Method == http.MethodPost && strings.Contains(string(body), id(1)) {
			w.WriteHeader(http.StatusConflict)
			return true
		}
		return false
	}
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	status := delivered(t, service)
	letters, err := service.DeadLetters(t.Context(), "there", 0, 10)
	if err != nil || len(letters) != 1 || letters[0].Statement != id(2) || status.Delivered != 2 {
		t.Errorf("letters %+v, %v, %+v", letters, err, status)
	}
	x.expect(t, 1, 2, 3)
}

func TestCrashSendsAgainAndTheOtherStoreHasEachOnce(t *testing.T) {
	s := newSource(t)
	posts := 0
	x := newThere(t, nil)
	s.some(t, 1, 40)
	x.gate = func(w http.ResponseWriter, r *http.Request, _ []byte) bool { // takes them, and the answer is lost
		posts++
		if posts%2 == 0 {
			return false
		}
		rec := httptest.NewRecorder()
		handler := protocol.New(lrs.New(x.store, lrs.Options{HomePage: "https://there.example"}), protocol.Options{})
		copied := r.Clone(access.With(context.WithoutCancel(r.Context()), &access.Caller{Credential: "far", Scopes: []access.Scope{access.All}}))
		copied.Body = io.NopCloser(strings.NewReader(x.requests[len(x.requests)-1].body))
		handler.ServeHTTP(rec, copied)
		if rec.Code != 200 {
			t.Errorf("the other store answered %d: %s", rec.Code, rec.Body)
		}
		panic(http.ErrAbortHandler)
	}
	for range 5 { // a service that ends and begins anew
		service, stop := s.service(t)
		if list, err := service.List(t.Context()); err != nil || len(list) == 0 {
			add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
		}
		time.Sleep(3 * time.Millisecond)
		stop()
	}
	service, _ := s.service(t)
	status := delivered(t, service)
	x.expect(t, upTo(40)...)
	if status.DeadLetters != 0 {
		t.Errorf("status %+v", status)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	stolen := false
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen = true }))
	defer thief.Close()
	s := newSource(t)
	x := newThere(t, func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		http.Redirect(w, r, thief.URL+"/statements", http.StatusTemporaryRedirect)
		return true
	})
	s.some(t, 1, 1)
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	status := until(t, service, "waiting", func(s forward.Status) bool { return s.State == forward.Waiting })
	if stolen || !strings.Contains(status.Error, "another address") || status.DeadLetters != 0 {
		t.Errorf("stolen %v, %+v", stolen, status)
	}
}

func TestPausedForwardingWaitsAndGoesOnWhereItWas(t *testing.T) {
	s, x := newSource(t), newThere(t, nil)
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromNow)
	s.some(t, 1, 2)
	delivered(t, service)
	if err := service.Pause(t.Context(), "there", true); err != nil {
		t.Fatal(err)
	}
	s.some(t, 3, 4)
	status, err := service.Get(t.Context(), "there")
	if err != nil || status.State != forward.Paused || status.Lag < 2 {
		t.Errorf("%+v, %v", status, err)
	}
	x.expect(t, 1, 2)
	if err := service.Pause(t.Context(), "there", false); err != nil {
		t.Fatal(err)
	}
	delivered(t, service)
	x.expect(t, 1, 2, 3, 4)
}

func TestDeadLettersAreBounded(t *testing.T) {
	s := newSource(t)
	x := newThere(t, func(w http.ResponseWriter, _ *http.Request, _ []byte) bool { w.WriteHeader(400); return true })
	s.some(t, 1, 5)
	service := forward.New(s, s.key, forward.Options{Now: time.Now, Random: func() float64 { return 0 }, FirstRetry: time.Millisecond, LastRetry: time.Millisecond, MaxDeadLetters: 3})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { service.Run(ctx); close(ended) }()
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	status := until(t, service, "waiting", func(s forward.Status) bool { return s.State == forward.Waiting && s.Attempts > 1 })
	if status.DeadLetters != 3 || !strings.Contains(status.Error, "replay or discard") {
		t.Errorf("%+v", status)
	}
	if _, err := service.Discard(t.Context(), "there", nil); err != nil {
		t.Fatal(err)
	}
	status = delivered(t, service)
	if status.DeadLetters != 2 {
		t.Errorf("%+v", status)
	}
	cancel()
	<-ended
}

func TestErasedStatementsLeaveNoDeadLetter(t *testing.T) {
	s := newSource(t)
	x := newThere(t, func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		http.Error(w, "ann@example.com is not welcome", 400)
		return true
	})
	s.some(t, 1, 2)
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	delivered(t, service)
	if err := service.Forget(t.Context(), []string{id(1)}); err != nil {
		t.Fatal(err)
	}
	letters, err := service.DeadLetters(t.Context(), "there", 0, 10)
	if err != nil || len(letters) != 1 || letters[0].Statement != id(2) {
		t.Errorf("letters %+v, %v", letters, err)
	}
}

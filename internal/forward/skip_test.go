package forward_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/forward"
)

// failsAt is a store that answers 500 to whatever holds lesson n.
func failsAt(lesson string) func(http.ResponseWriter, *http.Request, []byte) bool {
	return func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if r.Method != http.MethodPost || !strings.Contains(string(body), lesson) {
			return false
		}
		http.Error(w, "null pointer", http.StatusInternalServerError)
		return true
	}
}

func TestStatementThatHoldsUpOthersCanBeSkipped(t *testing.T) {
	s, x := newSource(t), newThere(t, failsAt("/lesson/3\""))
	s.some(t, 1, 5)
	service, _ := s.service(t)
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	until(t, service, "statement that blocks", func(st forward.Status) bool { return st.State == forward.Waiting && st.Delivered == 2 })

	skipped, err := service.Skip(t.Context(), "there")
	if err != nil || skipped.Statement != id(3) || skipped.Reason != "skipped by hand: the store answered 500: null pointer" {
		t.Fatalf("skipped %+v, %v", skipped, err)
	}
	delivered(t, service)
	x.expect(t, 1, 2, 4, 5)
	letters, err := service.DeadLetters(t.Context(), "there", 0, 10)
	if err != nil || len(letters) != 1 || letters[0].Statement != id(3) || letters[0].Reason != skipped.Reason {
		t.Fatalf("letters %+v, %v", letters, err)
	}
	x.open()
	if n, err := service.Replay(t.Context(), "there", nil); n != 1 || err != nil {
		t.Errorf("replay gives %d, %v", n, err)
	}
	x.expect(t, 1, 2, 4, 5, 3)
}

func TestSkippingDeliversWhatIsTakenAndFindsTheOneThatIsNot(t *testing.T) {
	s, x := newSource(t), newThere(t, failsAt("/lesson/4\""))
	s.some(t, 1, 6)
	service, stop := s.service(t)
	stop() // nothing was tried yet
	add(t, service, forward.Forwarding{Endpoint: x.URL + "/xapi"}, forward.FromBeginning)
	if skipped, err := service.Skip(t.Context(), "there"); err != nil || skipped.Statement != id(4) {
		t.Fatalf("skipped %+v, %v", skipped, err)
	}
	x.expect(t, 1, 2, 3)
	if _, err := service.Skip(t.Context(), "there"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("with nothing that blocks: %v, want a conflict", err)
	}
	x.expect(t, 1, 2, 3, 5, 6)
	if _, err := service.Skip(t.Context(), "elsewhere"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("of no forwarding: %v", err)
	}
}

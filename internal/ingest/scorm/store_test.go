package scorm_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/ingest/scorm"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/xapi"
)

// TestTheRecordStoreKeepsALessonOnce sends both lessons in all forms to the real
// record store, the time of its clock passing, and reads them back.
func TestTheRecordStoreKeepsALessonOnce(t *testing.T) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{Merge: xapi.MergeDefinition})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	service := lrs.New(store, lrs.Options{HomePage: "https://lrs.example.com"})
	handler := scorm.New(service, scorm.Options{Now: now}).Handler()
	caller := &access.Caller{Credential: "c1", Scopes: []access.Scope{access.StatementsWrite}}
	for scenario, requests := range recorded(t) {
		query := learner()
		query.Set("activity", "https://lms.example.com/"+strings.Fields(scenario)[0])
		for _, r := range requests {
			request := httptest.NewRequest(http.MethodPost, "/scorm/commit?"+query.Encode(), strings.NewReader(r.Body))
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, request.WithContext(access.With(request.Context(), caller)))
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", scenario, w.Code, w.Body)
			}
		}
	}
	for lesson, want := range lessons {
		page, err := service.Query(t.Context(), lrs.Reader{}, lrs.Query{Registration: strings.ToLower(learner().Get("registration")), Activity: "https://lms.example.com/" + lesson, RelatedActivities: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Statements) != len(want) {
			t.Errorf("%s: %d statements, want %d", lesson, len(page.Statements), len(want))
		}
	}
}

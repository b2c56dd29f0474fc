package app_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// track sends a batch of events to a workspace.
func (s *served) track(workspace, batch string) {
	s.t.Helper()
	made, err := s.remote(workspace).Keys.Add(s.t.Context(), access.Wish{Kind: access.WriteKeyKind})
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+"/v1/batch", strings.NewReader(batch))
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth(made.Secret, "")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("events: %d", resp.StatusCode)
	}
}

// entries gives the names of a person's archive and one of its files.
func entries(t *testing.T, w *server.Workspace, person, file string) (names []string, text string) {
	t.Helper()
	var out bytes.Buffer
	if err := w.Privacy.ExportActor(t.Context(), &out, []string{person}); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.File {
		names = append(names, f.Name)
		if f.Name != file {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		text = string(data)
	}
	return names, text
}

func TestIgnoredEventsAreHandedOutAndErasedWithThePerson(t *testing.T) {
	s := startServing(t, t.TempDir())
	w := s.remote("default")
	if err := w.Events.MapEvent(t.Context(), "Noise", server.EventMap{Ignore: true}); err != nil {
		t.Fatal(err)
	}
	s.track("default", `{"batch":[{"type":"track","userId":"ann","event":"Noise","messageId":"m1"},{"type":"track","userId":"bob","event":"Noise","messageId":"m2"},
		{"type":"track","userId":"ann","event":"Report Exported","messageId":"m3"}]}`)
	names, text := entries(t, w, "ann", "ignored_events.jsonl")
	if want := []string{"statements.jsonl", "documents.jsonl", "facts/usage.jsonl", "ignored_events.jsonl", "manifest.json"}; !cmp.Equal(names, want) {
		t.Errorf("the archive has %q, want %q", names, want)
	}
	if !strings.Contains(text, `"m1"`) || strings.Contains(text, `"m2"`) || strings.Contains(text, `"m3"`) {
		t.Errorf("ignored events: %s", text)
	}

	receipt, err := w.Privacy.EraseActor(t.Context(), []string{"ann"})
	if err != nil || receipt.Other != 1 || receipt.By != "local" || receipt.FinishedAt.Before(receipt.At) || !cmp.Equal(receipt.Facts, map[string]int{"usage": 1}) {
		t.Errorf("receipt %+v, %v", receipt, err)
	}
	if names, _ := entries(t, w, "ann", ""); strings.Contains(strings.Join(names, " "), "ignored") {
		t.Errorf("afterwards the archive has %q", names)
	}
	again, err := w.Privacy.Erasure(t.Context(), receipt.ID)
	if err != nil || !cmp.Equal(again, receipt) {
		t.Errorf("fetched again: %+v, %v", again, err)
	}
	if all, err := w.Privacy.Erasures(t.Context()); err != nil || len(all) != 1 || !cmp.Equal(all[0], receipt) {
		t.Errorf("listed: %+v, %v", all, err)
	}
	if _, err := w.Privacy.Erasure(t.Context(), "another"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a receipt that is not there: %v", err)
	}
}

func TestViewsThroughTheServerAreThoseOfTheFacts(t *testing.T) {
	s := startServing(t, t.TempDir())
	w := s.remote("default")
	s.track("default", `{"batch":[{"type":"identify","userId":"ann","traits":{"email":"ann@example.com"}},{"type":"group","userId":"ann","groupId":"acme"},
		{"type":"track","userId":"ann","event":"Course Completed","properties":{"course_id":"basics"},"timestamp":"2026-03-01T12:00:00Z"},
		{"type":"identify","userId":"bob"}]}`)
	activities, err := w.Views.Activities(t.Context(), warehouse.Search{Limit: 10})
	if err != nil || len(activities) != 1 || activities[0].ID != "basics" || activities[0].Kind != "course" || activities[0].Learners != 1 || activities[0].Rows != 1 || activities[0].LastSeen.Year() != 2026 {
		t.Errorf("activities %+v, %v", activities, err)
	}
	actors, err := w.Views.Actors(t.Context(), warehouse.Search{Text: "EXAMPLE.com", Limit: 10})
	if err != nil || len(actors) != 1 || actors[0].Person != "ann" || actors[0].Account != "acme" || !cmp.Equal(actors[0].Names, []string{"ann@example.com"}) {
		t.Errorf("people %+v, %v", actors, err)
	}
	behind, err := w.Views.Actors(t.Context(), warehouse.Search{After: "ann", Limit: 10})
	if err != nil || len(behind) != 1 || behind[0].Person != "bob" {
		t.Errorf("people behind ann %+v, %v", behind, err)
	}
}

package privacy_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/privacy"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/vault"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/xapi"
)

func TestExportHoldsEverythingOfThePerson(t *testing.T) {
	w := withFacts(t)
	const sha2 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" // SHA-256 of "test"
	w.putText(xapi.V1, `{"id":"`+id(1)+`","actor":`+ann+`,"verb":{"id":"https://x.com/did"},"object":{"id":"https://x.com/lesson"},
		"attachments":[{"usageType":"https://x.com/proof","display":{"en":"p"},"contentType":"text/plain","length":4,"sha2":"`+sha2+`"}]}`,
		xapi.Part{SHA2: sha2, ContentType: "text/plain", Data: []byte("test")})
	w.put(xapi.V1, 2, bob, `"context":{"instructor":`+ann+`}`)
	w.put(xapi.V1, 3, bob, "")
	key := state.DocumentKey{Shelf: state.Shelf{Resource: state.AgentProfile, Agent: "mbox::mailto:Ann.Lovelace@x.com"}, ID: "p"}
	w.must(w.store.ChangeDocument(t.Context(), key, func(*state.Document) (*state.Document, error) {
		return &state.Document{ContentType: "image/png", Body: []byte{0x89, 'P', 0xff}}, nil
	}))
	_, err := w.facts.Take(t.Context(), warehouse.Delta{Source: "track", Rows: []warehouse.Row{
		{Fact: "usage", Values: map[string]any{"event_id": "e1", "time": w.now, "person_id": "ann.lovelace@x.com", "feature": "export"}},
		{Fact: "usage", Values: map[string]any{"event_id": "e2", "time": w.now, "person_id": "bob@x.com", "feature": "export"}},
	}})
	w.must(err)
	var out bytes.Buffer
	manifest, err := w.privacy.Export(t.Context(), &out, []string{"Ann.Lovelace@x.com"})
	w.must(err)
	files := unzip(t, out.Bytes())
	want := []string{"attachments/" + sha2, "documents.jsonl", "facts/usage.jsonl", "manifest.json", "statements.jsonl"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(files))); diff != "" {
		t.Error(diff)
	}
	if lines := strings.Split(strings.TrimSpace(files["statements.jsonl"]), "\n"); len(lines) != 2 || lines[1] != w.body(2) {
		t.Errorf("statements %q", lines)
	}
	if files["attachments/"+sha2] != "test" || !strings.Contains(files["documents.jsonl"], `"base64":"iVD/"`) || !strings.Contains(files["facts/usage.jsonl"], "e1") {
		t.Errorf("files %q", files)
	}
	if strings.Contains(files["facts/usage.jsonl"], "e2") {
		t.Error("somebody else's facts are there")
	}
	if diff := cmp.Diff([]string{"Ann Lovelace"}, manifest.Names); diff != "" {
		t.Error(diff)
	}
}

func unzip(t *testing.T, data []byte) map[string]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

func TestRetentionDeletesWhatIsOlder(t *testing.T) {
	w := newWorkspace(t)
	w.put(xapi.V1, 1, ann, "")
	w.now = w.now.AddDate(0, 0, 20)
	w.put(xapi.V1, 2, ann, "")
	if done, err := w.privacy.Retain(t.Context()); err != nil || done.Statements != 0 {
		t.Errorf("without a policy %+v, %v", done, err)
	}
	w.must(w.privacy.SetPolicy(t.Context(), privacy.Policy{Days: 30}))
	w.now = w.now.AddDate(0, 0, 15)
	if done, err := w.privacy.Retain(t.Context()); err != nil || done.Statements != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	if diff := cmp.Diff([]string{"2"}, w.ids()); diff != "" {
		t.Error(diff)
	}
	if err := w.privacy.SetPolicy(t.Context(), privacy.Policy{Days: -1}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a negative period gives %v", err)
	}
}

func TestDeletionOfARangeIsHalfOpenAndCountsFirst(t *testing.T) {
	w := newWorkspace(t)
	var times []time.Time
	for n := 1; n <= 5; n++ {
		w.put(xapi.V1, n, ann, "")
		st, err := w.store.Statement(t.Context(), id(n))
		w.must(err)
		times = append(times, st.Stored)
	}
	r := privacy.Range{From: times[1], To: times[3], DryRun: true}
	if done, err := w.privacy.Delete(t.Context(), r); err != nil || done.Statements != 2 || !done.DryRun || len(w.ids()) != 5 {
		t.Errorf("dry run %+v, %v, left %v", done, err, w.ids())
	}
	r.DryRun = false
	if done, err := w.privacy.Delete(t.Context(), r); err != nil || done.Statements != 2 {
		t.Errorf("%+v, %v", done, err)
	}
	if diff := cmp.Diff([]string{"1", "4", "5"}, w.ids()); diff != "" {
		t.Error(diff)
	}
	for name, bad := range map[string]privacy.Range{"without bounds": {}, "backwards": {From: times[3], To: times[1]}, "empty": {From: times[1], To: times[1]}} {
		if _, err := w.privacy.Delete(t.Context(), bad); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a range %s gives %v", name, err)
		}
	}
}

func TestRetentionThatKeepsFactsWaitsForThem(t *testing.T) {
	w := withFacts(t)
	w.put(xapi.V1, 1, ann, "")
	w.put(xapi.V1, 2, ann, "")
	first, err := w.store.Statement(t.Context(), id(1))
	w.must(err)
	_, err = w.facts.Take(t.Context(), warehouse.Delta{Source: "statements", Cursor: first.Seq, Rows: []warehouse.Row{
		{Fact: "learning", Values: map[string]any{"event_id": id(1), "time": w.now, "person_id": "p", "activity_id": "a", "verb": "completed"}}}})
	w.must(err)
	done, err := w.privacy.Delete(t.Context(), privacy.Range{To: w.now.AddDate(1, 0, 0), KeepFacts: true})
	if err != nil || done.Statements != 1 || done.Left != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	w.must(w.facts.Forget(t.Context(), "statements"))
	var facts int
	w.must(w.facts.SQL().QueryRow("SELECT count(*) FROM learning").Scan(&facts))
	if facts != 1 {
		t.Errorf("%d facts are left, want 1", facts)
	}
}

func TestFilesHoldNothingOfAnErasedPerson(t *testing.T) {
	w := withFacts(t)
	w.put(xapi.V1, 1, ann, "")
	w.put(xapi.V1, 2, bob, `"context":{"instructor":`+ann+`}`)
	w.must(w.store.ChangeDocument(t.Context(), state.DocumentKey{Shelf: state.Shelf{Resource: state.AgentProfile, Agent: "mbox::mailto:Ann.Lovelace@x.com"}, ID: "p"},
		func(*state.Document) (*state.Document, error) {
			return &state.Document{ContentType: "text/plain", Body: []byte("Ann Lovelace")}, nil
		}))
	_, err := w.facts.Take(t.Context(), warehouse.Delta{Source: "track", Rows: []warehouse.Row{
		{Fact: "person", Values: map[string]any{"person_id": "u-lovelace", "email": "ann.lovelace@x.com"}}}})
	w.must(err)
	w.close()
	if raw := w.raw(); !bytes.Contains(raw, []byte("lovelace")) {
		t.Fatal("the search finds nothing before either")
	}
	w.open()
	w.erase("Ann.Lovelace@x.com")
	w.close()
	w.open() // which writes the facts anew
	w.close()
	raw := w.raw()
	w.open()
	for at := 0; ; {
		i := bytes.Index(raw[at:], []byte("lovelace"))
		if i < 0 {
			break
		}
		at += i
		t.Errorf("the files still hold %q", raw[max(at-60, 0):min(at+30, len(raw))])
		at++
	}
}

func TestStoreHoldsNothingOfAnErasedPersonWhenTheReceiptIsThere(t *testing.T) {
	w := newWorkspace(t)
	for n := 1; n <= 30; n++ {
		w.put(xapi.V1, n, ann, "")
	}
	if !bytes.Contains(w.raw(), []byte("lovelace")) {
		t.Fatal("the search finds nothing before either")
	}
	w.erase("Ann.Lovelace@x.com")
	if raw := w.raw(); bytes.Contains(raw, []byte("lovelace")) { // the store is still open
		at := bytes.Index(raw, []byte("lovelace"))
		t.Errorf("the files still hold %q", raw[max(at-60, 0):at+30])
	}
}

func TestWhatIsKeptBesideIsRetainedAndHandedOutToo(t *testing.T) {
	w := newWorkspace(t)
	var before time.Time
	key, err := vault.Open(w.dir)
	w.must(err)
	service := privacy.New(w.store, nil, key, privacy.Options{
		Now:      w.clock,
		OnRetain: func(_ context.Context, at time.Time) (int64, error) { before = at; return 3, nil },
		OnExport: func(_ context.Context, keys []string, each func(string, map[string]any) error) error {
			return each("waiting", map[string]any{"of": keys[0]})
		},
	})
	w.must(service.SetPolicy(t.Context(), privacy.Policy{Days: 30}))
	if done, err := service.Retain(t.Context()); err != nil || done.Other != 3 || !before.Equal(w.now.AddDate(0, 0, -30)) {
		t.Errorf("%+v, %v, before %s", done, err, before)
	}
	var out bytes.Buffer
	manifest, err := service.Export(t.Context(), &out, []string{"u-ann"})
	w.must(err)
	if files := unzip(t, out.Bytes()); files["waiting.jsonl"] != `{"of":"u-ann"}`+"\n" || manifest.Files["waiting.jsonl"] != 1 {
		t.Errorf("files %q, manifest %v", files, manifest.Files)
	}
}

// raw gives the bytes of all files of the workspace, in lower case.
func (w *workspace) raw() (all []byte) {
	entries, err := os.ReadDir(w.dir)
	w.must(err)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(w.dir, e.Name()))
		w.must(err)
		all = append(all, bytes.ToLower(data)...)
	}
	return all
}

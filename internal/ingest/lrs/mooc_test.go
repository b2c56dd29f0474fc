package lrs_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"sort"
	"testing"

	"github.com/liftmark/liftmark/internal/ingest/lrs"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

// lines reads the 22,000 statements of FUN-MOOC as they are.
func lines(t testing.TB) [][]byte {
	t.Helper()
	file, err := os.Open(reference.Path(t, "fun-mooc", "statements.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(text), []byte("\n"))
}

// verbsOfVideos says which learning verb each verb of the corpus is, read from
// the video profile and not from the package.
var verbsOfVideos = map[string]string{
	"https://w3id.org/xapi/video/verbs/played":   "viewed",
	"https://w3id.org/xapi/video/verbs/paused":   "progressed",
	"https://w3id.org/xapi/video/verbs/seeked":   "progressed",
	"http://adlnet.gov/expapi/verbs/initialized": "started",
	"http://adlnet.gov/expapi/verbs/completed":   "completed",
	"http://adlnet.gov/expapi/verbs/terminated":  "progressed",
	"http://id.tincanapi.com/verb/downloaded":    "viewed",
	"http://adlnet.gov/expapi/verbs/interacted":  "",
}

func TestRealStatementsBecomeFacts(t *testing.T) {
	b := newBench(t)
	counts, people, activities := map[string]int{}, map[string]map[string]bool{}, map[string]bool{}
	var batch []state.NewStatement
	for _, line := range lines(t) {
		s, err := xapi.Parse(xapi.V1, line)
		b.check(err)
		batch = append(batch, stored(s, ""))
		if verb := verbsOfVideos[s.Verb.ID]; verb != "" {
			counts[verb]++
			if people[verb] == nil {
				people[verb] = map[string]bool{}
			}
			people[verb][s.Actor.Account.HomePage+"|"+s.Actor.Account.Name] = true
			activities[s.Object.Activity.ID] = true
		}
	}
	for from := 0; from < len(batch); from += 2000 {
		_, err := b.store.PutStatements(t.Context(), batch[from:min(from+2000, len(batch))], nil, nil)
		b.check(err)
	}
	p, err := lrs.NewProjector(b.store, b.facts, lrs.Options{})
	b.check(err)
	b.check(p.CatchUp(t.Context()))
	var want []string
	for verb, n := range counts {
		want = append(want, fmt.Sprint(verb, " ", n, " ", len(people[verb])))
	}
	sort.Strings(want)
	b.want("SELECT verb, count(*), count(DISTINCT person_id) FROM learning GROUP BY ALL ORDER BY 1", want...)
	b.want("SELECT count(*) FROM activity WHERE format = 'video' AND course IS NOT NULL", fmt.Sprint(len(activities)))
	b.want("SELECT count(*) FROM activity WHERE kind = 'course'", "2") // FUN-MOOC+00001 and +00002
	b.want("SELECT sum(n)::BIGINT FROM stream_seen", "22000")
}

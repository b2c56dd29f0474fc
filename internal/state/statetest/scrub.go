package statetest

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/liftmark/liftmark/internal/state"
)

// secret is in everything that is deleted, and never in what stays.
const secret = "Quetzalcoatl"

var scrubTests = []test{
	{"NothingDeletedIsInTheFiles", func(s *suite) { scrubs(s, 1) }},
	{"NothingDeletedFromAmongManyIsInTheFiles", func(s *suite) { scrubs(s, 150) }},
	{"ScrubbingTwiceChangesNothing", func(s *suite) {
		s.put(plain(1, agent("a")))
		s.ok(s.Scrub(s.ctx))
		s.ok(s.Scrub(s.ctx))
		s.finds(all(agent("a")), 1)
		s.put(plain(2, agent("a")))
		s.reopen()
		s.finds(all(agent("a")), 2, 1)
	}},
}

// scrubs stores statements, documents, names and attachments of a person among
// those of n others, deletes them and looks for them in the files.
func scrubs(s *suite, n int) {
	dir := s.TempDir()
	s.ok(s.Store.Close())
	s.Store = s.open(s.T, filepath.Join(dir, "scrubbed"), s.options())
	person := secret + "@example.com"
	var deleted, kept []string
	for i := range n {
		deleted, kept = append(deleted, s.tell(3*i, person)), append(kept, s.tell(3*i+1, other(i)))
		s.ok(s.ReplaceStatement(s.ctx, named(3*i+1, other(i))))
		s.write(state.DocumentKey{Shelf: state.Shelf{Resource: state.AgentProfile, Agent: person}, ID: fmt.Sprint(secret, i)}, secret)
		key := state.DocumentKey{Shelf: state.Shelf{Resource: state.AgentProfile, Agent: other(i)}, ID: "x"}
		s.write(key, secret+" replaced")
		s.write(key, "y")
	}
	if !holds(s.T, dir, secret) {
		s.Fatal("what was stored is not in the files: nothing is tested")
	}
	s.ok2(s.DeleteStatements(s.ctx, deleted))
	s.ok2(s.ForgetAgent(s.ctx, person))
	s.ok(s.Scrub(s.ctx))
	if n == 1 && holds(s.T, dir, secret) { // nothing was moved
		s.Error("what was deleted is in the files still")
	}
	s.ok(s.Store.Close())
	s.Store = s.open(s.T, filepath.Join(dir, "scrubbed"), s.options())
	if holds(s.T, dir, secret) {
		s.Error("what was deleted is in the files still, after they were opened again")
	}
	if got := s.find(state.Filter{}); len(got) != len(kept) {
		s.Errorf("%d statements are left, want %d", len(got), len(kept))
	}
	if !holds(s.T, dir, other(n-1)) {
		s.Error("what was kept is not in the files: the search is blind")
	}
}

// tell stores a statement that says much of a person.
func (s *suite) tell(i int, person string) string {
	n := named(i, person)
	n.Attachments = []string{"sha2" + person}
	_, err := s.PutStatements(s.ctx, []state.NewStatement{n}, []state.Content{{SHA2: "sha2" + person, Data: bytes.Repeat([]byte(person), 500)}}, nil)
	s.ok(err)
	return n.ID
}

func named(i int, person string) state.NewStatement {
	r := rand.New(rand.NewPCG(uint64(i), 1))
	n := plain(r.IntN(1<<30), agent(person))
	n.Body = fmt.Appendf(nil, `{"actor":%q,"filler":%q}`, person, bytes.Repeat([]byte("0123456789"), r.IntN(300)))
	n.Names = []state.AgentName{{Agent: person, Name: fmt.Sprintf("%x %s", r.Uint64(), person)}}
	return n
}

// other is somebody else, sorted before or behind the person.
func other(i int) string { return fmt.Sprintf("%c%d@example.com", 'A'+i%40, i) }

// holds says whether a text is in any file of a directory.
func holds(t testing.TB, dir, text string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // below the test's directory
		found = found || bytes.Contains(data, []byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
